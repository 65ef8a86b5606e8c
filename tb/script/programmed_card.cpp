// SPDX-License-Identifier: Apache-2.0
#include "tb/script/programmed_card.h"

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
  LineSettings& line = lines_[port];
  if (offset == reg::kLcr) line.lcr = value;
  if (!(line.lcr & lcr::kDivisorLatch)) {
    if (offset == reg::kIer) enables_[port] = value;
    return;
  }
  if (offset == reg::kDll) line.divisor = std::uint16_t((line.divisor & 0xff00) | value);
  if (offset == reg::kDlm) line.divisor = std::uint16_t((line.divisor & 0x00ff) | value << 8);
}

void ProgrammedCard::reset(Clock, bool asserted) {
  if (!asserted) return;
  config_.reset();
  lines_ = {};
  enables_ = {};
}

}  // namespace mtty
