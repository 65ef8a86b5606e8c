// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/programmed_card.h"

namespace mtty {

void ProgrammedCard::access_ends(const PciRequest& request, const PciResult& result) {
  if (result.status != PciStatus::kDone || !request.is_write()) return;
  if (request.command == PciCommand::kConfigWrite)
    return config_.write(request.address & (pci::kConfigBytes - 4), request.lanes, request.data);
  if (request.command != PciCommand::kIoWrite) return;
  const auto bar = config_.decode_io(request.address);
  if (!bar) return;
  for (unsigned lane = 0; lane < 4; ++lane)
    if (request.lanes >> lane & 1)
      write_register(*bar, (request.address & 4) + lane, std::uint8_t(request.data >> (8 * lane)));
}

void ProgrammedCard::write_register(unsigned port, unsigned offset, std::uint8_t value) {
  constexpr std::uint8_t kIerKept = 0x0f, kFcrKept = 0xc9, kMcrKept = 0x1f;
  PortRegisters& port_registers = registers_[port];
  LineSettings& line = port_registers.line;
  const bool latch = line.lcr & lcr::kDivisorLatch;
  switch (offset) {
    case reg::kDll:
      if (latch) line.divisor = std::uint16_t((line.divisor & 0xff00) | value);
      return;
    case reg::kIer:
      if (latch)
        line.divisor = std::uint16_t((line.divisor & 0x00ff) | value << 8);
      else
        port_registers.ier = value & kIerKept;
      return;
    case reg::kFcr:
      port_registers.fcr = value & fcr::kEnable ? value & kFcrKept : 0;
      return;
    case reg::kLcr:
      line.lcr = value;
      return;
    case reg::kMcr:
      port_registers.mcr = value & kMcrKept;
      return;
    case reg::kScr:
      port_registers.scr = value;
      return;
    default:
      return;
  }
}

void ProgrammedCard::reset(Clock, bool asserted) {
  if (!asserted) return;
  config_.reset();
  registers_ = {};
}

}  // namespace mtty
