// SPDX-License-Identifier: Apache-2.0
#include "model/pci/bar_decoder.h"

#include "model/time/crystal.h"

namespace mtty {
namespace {

constexpr unsigned kNoPort = kMaxPorts;

}  // namespace

inline PciResponse BarDecoder::access(bool write, Clock at, std::uint32_t address, Lanes lanes,
                                      std::uint32_t data) {
  const unsigned port = config_.decode_io(address).value_or(kNoPort);
  if (port == kNoPort) return kUnclaimedPhase;
  Clock edge = at + kAddressToDecision;
  if (lanes == 0) return {PciResponse::kDone, 0, edge + 1};
  if (!legal_io_lanes(address, lanes)) {
    config_.raise_status(pci::kStatusTargetAbort);
    return {PciResponse::kTargetAbort, kAllOnes, edge + 1};
  }
  std::uint32_t seen = 0;
  for (unsigned rest = lanes; rest != 0; rest &= rest - 1, ++edge) {
    if (crystal::pulse_at(edge)) ++edge;
    const unsigned offset = (address & 4) | unsigned(__builtin_ctz(rest));
    const unsigned shift = 8 * (offset & 3);
    if (write)
      ports_.write(edge, port, offset, std::uint8_t(data >> shift));
    else
      seen |= std::uint32_t{ports_.read(edge, port, offset)} << shift;
  }
  return {PciResponse::kDone, seen, edge};
}

PciResponse BarDecoder::read(Clock at, std::uint32_t address, Lanes lanes) {
  return access(false, at, address, lanes, 0);
}

PciResponse BarDecoder::write(Clock at, std::uint32_t address, Lanes lanes, std::uint32_t data) {
  return access(true, at, address, lanes, data);
}

}  // namespace mtty
