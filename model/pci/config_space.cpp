// SPDX-License-Identifier: Apache-2.0
#include "model/pci/config_space.h"

#include <cstring>

namespace mtty {
namespace {

constexpr std::uint32_t kId = 0x3253'4348;
constexpr std::uint32_t kClassRevision = 0x0700'0210;
constexpr std::uint32_t kDevselMedium = 0x0200'0000;
constexpr std::uint32_t kInterruptPinA = 0x0000'0100;
constexpr std::uint32_t kBarIo = 0x1;

constexpr std::uint32_t kCommandWritable =
    pci::kCommandIo | pci::kCommandParityResponse | pci::kCommandSerr | pci::kCommandIntxDisable;
constexpr std::uint32_t kStatusClearable =
    pci::kStatusTargetAbort | pci::kStatusSystemError | pci::kStatusParityError;

/// Read-only bytes behind the header: what the kernel's mtty sample shows there, which its users
/// may look for.
std::uint32_t sample_bytes(unsigned offset) {
  constexpr char kName[17] = "PCI Serial/UART";
  constexpr unsigned kNameOffset = 0x60;
  switch (offset) {
    case 0x40:
      return 0x8000'0023;
    case 0x44:
    case 0x48:
    case 0x4c:
      return 0x23;
  }
  if (offset < kNameOffset || offset >= kNameOffset + 16) return 0;
  std::uint32_t dword;
  std::memcpy(&dword, kName + offset - kNameOffset, sizeof dword);
  return dword;
}

}  // namespace

void ConfigSpace::reset() {
  command_ = 0;
  status_ = 0;
  bars_ = {};
  interrupt_line_ = 0;
}

std::uint32_t ConfigSpace::read(unsigned offset, bool interrupt) const {
  switch (offset) {
    case 0x00:
    case 0x2c:
      return kId;
    case pci::kCommandStatus:
      return kDevselMedium | status_ | (interrupt ? pci::kStatusInterrupt : 0) | command_;
    case 0x08:
      return kClassRevision;
    case pci::kBar0:
      return bars_[0] | kBarIo;
    case pci::kBar1:
      return ports_ > 1 ? bars_[1] | kBarIo : 0;
    case pci::kInterruptLine:
      return kInterruptPinA | interrupt_line_;
    default:
      return sample_bytes(offset);
  }
}

void ConfigSpace::write(unsigned offset, Lanes lanes, std::uint32_t value) {
  const std::uint32_t mask = bits_of(lanes);
  const auto merge = [&](std::uint32_t old, std::uint32_t writable) {
    return (old & ~(mask & writable)) | (value & mask & writable);
  };
  switch (offset) {
    case pci::kCommandStatus:
      command_ = merge(command_, kCommandWritable);
      status_ &= ~(value & mask & kStatusClearable);
      return;
    case pci::kBar0:
      bars_[0] = merge(bars_[0], pci::kBarMask);
      return;
    case pci::kBar1:
      if (ports_ > 1) bars_[1] = merge(bars_[1], pci::kBarMask);
      return;
    case pci::kInterruptLine:
      interrupt_line_ = std::uint8_t(merge(interrupt_line_, 0xff));
      return;
    default:
      return;
  }
}

}  // namespace mtty
