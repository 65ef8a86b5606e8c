// SPDX-License-Identifier: Apache-2.0
#include "model/state/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

namespace mtty {
namespace {

constexpr char kMagic[16] = "mtty card state";
constexpr std::uint32_t kVersion = 1;  // of the layout: to be raised where a visit() changes

}  // namespace

struct StateFile::Header {
  char magic[sizeof kMagic];
  std::uint32_t version;
  char of[64];
  char unused[4096 - sizeof kMagic - 4 - 64];
};

struct StateFile::File {
  Header header;
  Slot slots[2];
};

StateFile::StateFile(std::string path, std::string of)
    : path_(std::move(path)), of_(std::move(of)) {
  static_assert(sizeof(Slot) == 4096 && sizeof(Header) == 4096);
  const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return;
  open(fd);
  try {
    check();
  } catch (...) {
    close(fd_);
    munmap(file_, sizeof(File));
    throw;
  }
}

StateFile::~StateFile() {
  if (unnamed_) unlink(temporary().c_str());
  if (file_) munmap(file_, sizeof(File));
  if (fd_ >= 0) close(fd_);
}

void StateFile::fail(const std::string& why) const { throw StateError(path_ + " " + why); }

StateFile::Slot* StateFile::slots() const { return file_->slots; }

/// Takes over `fd`: a file that is locked and mapped, or none.
void StateFile::open(int fd) {
  const auto give_up = [&](const std::string& why) {
    if (fd >= 0) close(fd);
    fail(why);
  };
  if (fd < 0) give_up(std::string("cannot be opened: ") + std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) < 0) give_up("is in use by another simulator");
  struct stat status {};
  fstat(fd, &status);
  if (!S_ISREG(status.st_mode) || status.st_size != sizeof(File))
    give_up("is no state of a card; choose another name, or remove it");
  void* at = mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) give_up(std::string("cannot be mapped: ") + std::strerror(errno));
  fd_ = fd;
  file_ = static_cast<File*>(at);
}

void StateFile::check() {
  const Header& header = file_->header;
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    fail("is no state of a card; choose another name, or remove it");
  if (header.version != kVersion)
    fail("is of another version of mttysim; remove it to begin with a fresh card");
  if (header.of[sizeof header.of - 1] != 0 || of_ != header.of)
    fail("is the state of another card; choose another name, or remove it");
  for (const Slot& slot : file_->slots) {
    if (slot.generation == 0) continue;
    if (slot.size > sizeof slot.bytes || slot.checksum != checksum_of(slot))
      fail("is damaged; remove it to begin with a fresh card");
  }
  if (!newest()) fail("is damaged; remove it to begin with a fresh card");
  generation_ = slots()[*newest()].generation;
}

/// A file gets its name when it has a state. Its blocks are there then: a full disk is no surprise
/// later.
void StateFile::make() {
  unlink(temporary().c_str());  // of one who was killed here
  const int fd = ::open(temporary().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail(std::string("cannot be made: ") + std::strerror(errno));
  unnamed_ = true;
  if (const int error = posix_fallocate(fd, 0, sizeof(File))) {
    close(fd);
    fail(std::string("cannot be written: ") + std::strerror(error));
  }
  open(fd);
  Header& header = file_->header;
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  std::strncpy(header.of, of_.c_str(), sizeof header.of - 1);
}

/// This very file, and only where there is none: another simulator may be making one of that name.
void StateFile::name() {
  sync();
  const std::string self = "/proc/self/fd/" + std::to_string(fd_);
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) < 0)
    fail(std::string("cannot be made: ") + std::strerror(errno));
  unlink(temporary().c_str());
  unnamed_ = false;
}

std::optional<unsigned> StateFile::newest() const {
  std::optional<unsigned> found;
  for (unsigned i = 0; i < 2; ++i)
    if (slots()[i].generation > (found ? slots()[*found].generation : 0)) found = i;
  return found;
}

/// Who went on from the older state may be killed while it writes its first one: the guest is where
/// that older one is.
StateFile::Slot& StateFile::replaceable() {
  const unsigned older = slots()[0].generation <= slots()[1].generation ? 0 : 1;
  return slots()[chosen_ ? 1 - *std::exchange(chosen_, std::nullopt) : older];
}

bool StateFile::find(std::uint64_t number) {
  std::optional<unsigned> found;
  for (unsigned i = 0; i < 2; ++i) {
    const Slot& slot = slots()[i];
    if (slot.number != number || slot.generation == 0) continue;
    if (!found || slot.generation > slots()[*found].generation) found = i;
  }
  if (found) chosen_ = found;
  return found.has_value();
}

void StateFile::take_newest() { chosen_ = newest(); }

void StateFile::sync() {
  if (!empty()) msync(file_, sizeof(File), MS_SYNC);
}

std::uint32_t StateFile::checksum_of(const Slot& slot) {
  const auto* begin = reinterpret_cast<const unsigned char*>(&slot.number);
  auto sum = crc32(0, begin, offsetof(Slot, checksum) - offsetof(Slot, number));
  sum = crc32(sum, reinterpret_cast<const unsigned char*>(slot.bytes), slot.size);
  return std::uint32_t(sum);
}

}  // namespace mtty
