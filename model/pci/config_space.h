// SPDX-License-Identifier: Apache-2.0
// The 256 bytes of configuration space, type 0 header (PCI 2.3, chapter 6).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/pci/command.h"

namespace mtty {

/// Register offsets and the bits this card has.
namespace pci {
constexpr unsigned kCommandStatus = 0x04;
constexpr unsigned kBar0 = 0x10;
constexpr unsigned kBar1 = 0x14;
constexpr unsigned kInterruptLine = 0x3c;
constexpr unsigned kConfigBytes = 256;
constexpr unsigned kBarBytes = 8;
constexpr std::uint32_t kBarMask = ~std::uint32_t{kBarBytes - 1};

constexpr std::uint32_t kCommandIo = 1u << 0;
constexpr std::uint32_t kCommandParityResponse = 1u << 6;
constexpr std::uint32_t kCommandSerr = 1u << 8;
constexpr std::uint32_t kCommandIntxDisable = 1u << 10;
constexpr std::uint32_t kStatusInterrupt = 1u << (16 + 3);
constexpr std::uint32_t kStatusTargetAbort = 1u << (16 + 11);
constexpr std::uint32_t kStatusSystemError = 1u << (16 + 14);
constexpr std::uint32_t kStatusParityError = 1u << (16 + 15);
}  // namespace pci

/// Registers of the card's configuration space; a copy is a snapshot.
class ConfigSpace {
 public:
  /// `ports` is 1 or 2: the number of I/O BARs of 8 bytes.
  explicit ConfigSpace(unsigned ports) : ports_(ports) { reset(); }

  void reset();
  /// The dword at `offset` (0..252, a multiple of 4); `interrupt` is the state of the card's
  /// sources for Status[3].
  std::uint32_t read(unsigned offset, bool interrupt) const;
  /// Writes the enabled lanes of the dword at `offset`; bits that are not writable ignore it,
  /// Status bits are cleared by ones.
  void write(unsigned offset, Lanes lanes, std::uint32_t value);

  /// The BAR (0 or 1) that claims an I/O address; none without Command[0].
  std::optional<unsigned> decode_io(std::uint32_t address) const {
    if (!(command_ & pci::kCommandIo)) return std::nullopt;
    const std::uint32_t base = address & pci::kBarMask;
    if (base == bars_[0]) return 0;
    if (ports_ > 1 && base == bars_[1]) return 1;
    return std::nullopt;
  }
  bool intx_disabled() const { return command_ & pci::kCommandIntxDisable; }
  std::uint32_t command() const { return command_; }
  std::uint32_t bar(unsigned index) const { return bars_[index]; }
  std::uint8_t interrupt_line() const { return interrupt_line_; }
  /// Sets Status bits (pci::kStatus...).
  void raise_status(std::uint32_t bits) { status_ |= bits; }

  template <class Archive>
  void visit(Archive& archive) {
    archive.same(ports_);
    archive(command_, status_, bars_, interrupt_line_);
  }

 private:
  unsigned ports_;
  std::uint32_t command_ = 0;
  std::uint32_t status_ = 0;  // the write-one-to-clear bits, at their place in the dword
  std::array<std::uint32_t, 2> bars_{};
  std::uint8_t interrupt_line_ = 0;
};

}  // namespace mtty
