// SPDX-License-Identifier: Apache-2.0
#include "model/pci/pci_target.h"

#include <cstring>

#include "model/time/sc_clock.h"

namespace mtty {
namespace {

std::uint32_t written_data(const tlm::tlm_generic_payload& payload) {
  std::uint32_t data;
  std::memcpy(&data, payload.get_data_ptr(), sizeof data);
  return data;
}

PciResponse give_data(tlm::tlm_generic_payload& payload, PciResponse response) {
  std::memcpy(payload.get_data_ptr(), &response.data, sizeof response.data);
  return response;
}

}  // namespace

PciTarget::PciTarget(const sc_core::sc_module_name& name, ConfigSpace& config, SerialPorts& ports,
                     IntxLine& intx)
    : sc_module(name), config_(config), ports_(ports), intx_(intx) {
  bus.bind(*this);
  for (Clock i = 0; i < lengths_.size(); ++i) lengths_[i] = time_of(i);
}

void PciTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  auto* pci = payload.get_extension<PciExtension>();
  if (!pci || payload.get_data_length() != sizeof(std::uint32_t))
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  const PciResponse response = access(payload, *pci);
  if (response.kind == PciResponse::kUnclaimed)
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  pci->completion_clock = response.completion_clock;
  delay += lengths_[response.completion_clock - pci->address_clock];
  payload.set_response_status(
      response.kind == PciResponse::kDone ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

PciResponse PciTarget::access(tlm::tlm_generic_payload& payload, const PciExtension& pci) {
  const Clock at = pci.address_clock;
  const auto address = std::uint32_t(payload.get_address());
  const Lanes lanes = lanes_of(payload);
  switch (pci.command) {
    case PciCommand::kConfigRead:
      return give_data(payload, access_config(pci.command, at, address, lanes, 0));
    case PciCommand::kConfigWrite:
      return access_config(pci.command, at, address, lanes, written_data(payload));
    case PciCommand::kIoRead:
      return give_data(payload, decoder_.read(at, address, lanes));
    case PciCommand::kIoWrite:
      return decoder_.write(at, address, lanes, written_data(payload));
    default:
      return kUnclaimedPhase;
  }
}

PciResponse PciTarget::access_config(PciCommand command, Clock at, std::uint32_t address,
                                     Lanes lanes, std::uint32_t data) {
  // AD[1:0] tells type 0, which is for the device whose IDSEL is high, from type 1, which is for
  // bridges.
  if (address & 3) return kUnclaimedPhase;
  const unsigned offset = address & (pci::kConfigBytes - 1);
  const Clock edge = at + kAddressToDecision;
  ports_.advance_to(edge - 1);
  std::uint32_t seen = 0;
  if (command == PciCommand::kConfigRead) {
    seen = config_.read(offset, intx_.pending()) & bits_of(lanes);
  } else {
    config_.write(offset, lanes, data);
    intx_.set_disabled(config_.intx_disabled());
  }
  ports_.advance_to(edge);
  intx_.settle(edge);
  return {PciResponse::kDone, seen, edge + 1};
}

}  // namespace mtty
