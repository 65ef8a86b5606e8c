// SPDX-License-Identifier: Apache-2.0
// States on disk, so that whoever is killed leaves them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/state/archive.h"

namespace mtty {

/// A file with the last two states of something, each with a number. They lie in memory that is
/// shared with the file, so keeping one costs a copy and no system call, and a process that dies at
/// any instruction leaves at least the one before complete. (A machine that dies may leave what
/// cannot be read any more: then its guests are gone too.)
///
/// Errors are StateError, a line that begins with the file's name; a file that is no state is left
/// as it is.
class StateFile {
 public:
  /// Looks at the file where it exists, and locks it. `of` names what the states are of.
  StateFile(std::string path, std::string of);
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;
  ~StateFile();

  /// There is no file yet.
  bool empty() const { return file_ == nullptr; }
  /// Whether there is a state with this number; that one is what restore() takes.
  bool find(std::uint64_t number);
  /// The newest state is what restore() takes.
  void take_newest();
  /// `visit(reader)` reads it.
  template <typename Visit>
  void restore(Visit visit) const {
    const Slot& slot = slots()[chosen_.value()];
    StateReader reader(slot.bytes, slot.size);
    try {
      visit(reader);
      reader.finish();
    } catch (const StateError& error) {
      fail(error.what());
    }
  }

  /// `visit(writer)` writes the next state, in place of the older of the two, but at first never of
  /// the one that was chosen for restore(); makes the file where there is none.
  template <typename Visit>
  void keep(std::uint64_t number, Visit visit) {
    if (empty()) make();
    Slot& slot = replaceable();
    // A reader that finds generation 0 does not look further; program order is all it needs, as
    // nobody reads before this process is gone.
    __atomic_store_n(&slot.generation, 0, __ATOMIC_SEQ_CST);
    StateWriter writer(slot.bytes, sizeof slot.bytes);
    try {
      visit(writer);
    } catch (const StateError& error) {
      fail(error.what());
    }
    slot.number = number;
    slot.size = std::uint32_t(writer.size());
    slot.checksum = checksum_of(slot);
    __atomic_store_n(&slot.generation, ++generation_, __ATOMIC_SEQ_CST);
    if (unnamed_) name();
  }
  /// Brings the newest state to the disk.
  void sync();

 private:
  struct Slot {
    std::uint64_t generation;  // 0: incomplete
    std::uint64_t number;
    std::uint32_t size;
    std::uint32_t checksum;  // of number, size and bytes
    char bytes[4096 - 24];
  };
  struct Header;
  struct File;

  std::string temporary() const { return path_ + ".new"; }
  [[noreturn]] void fail(const std::string& why) const;
  void open(int fd);
  void check();
  void make();
  void name();
  Slot* slots() const;
  Slot& replaceable();
  std::optional<unsigned> newest() const;
  static std::uint32_t checksum_of(const Slot& slot);

  const std::string path_;
  const std::string of_;
  int fd_ = -1;
  File* file_ = nullptr;
  bool unnamed_ = false;            // the file has no state yet, and not its name
  std::uint64_t generation_ = 0;    // of the newest state
  std::optional<unsigned> chosen_;  // and there is none newer yet
};

}  // namespace mtty
