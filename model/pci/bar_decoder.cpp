// SPDX-License-Identifier: Apache-2.0
#include "model/pci/bar_decoder.h"

#include <cstring>

#include "model/time/crystal.h"

namespace mtty {
BarDecoder::BarDecoder(const sc_core::sc_module_name& name, const ConfigSpace& config,
                       unsigned ports)
    : sc_module(name), config_(config) {
  port.init(ports);
  io.bind(*this);
  strobe_.set_extension(&strobe_clock_);
  strobe_.set_data_length(1);
  strobe_.set_streaming_width(1);
}

BarDecoder::~BarDecoder() { strobe_.clear_extension(&strobe_clock_); }

void BarDecoder::b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) {
  const auto address = std::uint32_t(phase.get_address());
  const auto bar = config_.decode_io(address);
  if (!bar) return phase.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);

  auto* pci = phase.get_extension<PciExtension>();
  Clock edge = pci->address_clock + kAddressToDecision;
  const Lanes lanes = lanes_of(phase);
  if (!legal_io_lanes(address, lanes)) {
    pci->completion_clock = edge + 1;
    return phase.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  }
  strobe_.set_command(phase.get_command());
  if (phase.is_read()) std::memset(phase.get_data_ptr(), 0, 4);
  for (unsigned rest = lanes; rest != 0; rest &= rest - 1, ++edge) {
    const auto lane = unsigned(__builtin_ctz(rest));
    if (crystal::pulse_at(edge)) ++edge;
    strobe_.set_address((address & (pci::kBarBytes - 1) & ~3u) + lane);
    strobe_.set_data_ptr(phase.get_data_ptr() + lane);
    strobe_clock_.clock = edge;
    port[*bar]->b_transport(strobe_, delay);
  }
  pci->completion_clock = lanes ? edge : edge + 1;
  phase.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace mtty
