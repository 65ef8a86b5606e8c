// SPDX-License-Identifier: Apache-2.0
#include "model/pci/bar_decoder.h"

#include "model/time/crystal.h"

namespace mtty {
namespace {

constexpr unsigned kNoPort = kMaxPorts;

}  // namespace

/// `strobe` is called for each lane with its clock, the port, and the offset in it; it returns what
/// a read puts into the dword.
template <typename Strobe>
inline PciResponse BarDecoder::access(Clock at, std::uint32_t address, Lanes lanes, Strobe strobe) {
  const unsigned port = config_.decode_io(address).value_or(kNoPort);
  if (port == kNoPort) return kUnclaimedPhase;
  Clock edge = at + kAddressToDecision;
  if (lanes == 0) return {PciResponse::kDone, 0, edge + 1};
  if (!legal_io_lanes(address, lanes)) {
    config_.raise_status(pci::kStatusTargetAbort);
    return {PciResponse::kTargetAbort, kAllOnes, edge + 1};
  }
  std::uint32_t data = 0;
  for (unsigned rest = lanes; rest != 0; rest &= rest - 1, ++edge) {
    if (crystal::pulse_at(edge)) ++edge;
    data |= strobe(edge, port, (address & 4) | unsigned(__builtin_ctz(rest)));
  }
  return {PciResponse::kDone, data, edge};
}

PciResponse BarDecoder::read(Clock at, std::uint32_t address, Lanes lanes) {
  const auto strobe = [this](Clock edge, unsigned port, unsigned offset) {
    return std::uint32_t{ports_.read(edge, port, offset)} << 8 * (offset & 3);
  };
  return access(at, address, lanes, strobe);
}

PciResponse BarDecoder::write(Clock at, std::uint32_t address, Lanes lanes, std::uint32_t data) {
  const auto strobe = [&](Clock edge, unsigned port, unsigned offset) {
    ports_.write(edge, port, offset, std::uint8_t(data >> 8 * (offset & 3)));
    return 0u;
  };
  return access(at, address, lanes, strobe);
}

}  // namespace mtty
