// SPDX-License-Identifier: Apache-2.0
#include "model/pci/pci_target.h"

#include <cstring>

#include "model/time/sc_clock.h"

namespace mtty {

PciTarget::PciTarget(const sc_core::sc_module_name& name, ConfigSpace& config, IntxLine& intx,
                     std::function<void(Clock)> advance)
    : sc_module(name), config_(config), intx_(intx), advance_(std::move(advance)) {
  bus.bind(*this);
  for (Clock i = 0; i < lengths_.size(); ++i) lengths_[i] = time_of(i);
}

void PciTarget::b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) {
  auto* pci = phase.get_extension<PciExtension>();
  if (!pci || phase.get_data_length() != 4)
    return phase.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  switch (pci->command) {
    case PciCommand::kConfigRead:
    case PciCommand::kConfigWrite:
      access_config(phase, *pci);
      break;
    case PciCommand::kIoRead:
    case PciCommand::kIoWrite:
      access_io(phase, delay);
      break;
    default:
      return phase.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  if (phase.get_response_status() != tlm::TLM_ADDRESS_ERROR_RESPONSE)
    delay += lengths_[pci->completion_clock - pci->address_clock];
}

void PciTarget::access_config(tlm::tlm_generic_payload& phase, PciExtension& pci) {
  // AD[1:0] tells type 0, which is for the device whose IDSEL is high, from type 1, which is for
  // bridges.
  const auto address = std::uint32_t(phase.get_address());
  if (address & 3) return phase.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  const unsigned offset = address & (pci::kConfigBytes - 1);
  const Lanes lanes = lanes_of(phase);
  const Clock edge = pci.address_clock + kAddressToDecision;
  advance_(edge - 1);
  std::uint32_t value;
  if (phase.is_read()) {
    value = config_.read(offset, intx_.pending()) & bits_of(lanes);
    std::memcpy(phase.get_data_ptr(), &value, sizeof value);
  } else {
    std::memcpy(&value, phase.get_data_ptr(), sizeof value);
    config_.write(offset, lanes, value);
    intx_.set_disabled(config_.intx_disabled());
  }
  advance_(edge);
  intx_.settle(edge);
  pci.completion_clock = edge + 1;
  phase.set_response_status(tlm::TLM_OK_RESPONSE);
}

void PciTarget::access_io(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) {
  io->b_transport(phase, delay);
  if (phase.get_response_status() != tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE) return;
  config_.raise_status(pci::kStatusTargetAbort);
  phase.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
}

}  // namespace mtty
