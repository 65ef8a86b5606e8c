// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/pci_transactor.h"

#include <cstring>
#include <utility>

#include "model/time/crystal.h"
#include "model/time/sc_clock.h"

namespace mtty {

PciTransactor::PciTransactor(const sc_core::sc_module_name& name, unsigned ports)
    : sc_module(name), monitor_(ports) {
  SC_HAS_PROCESS(PciTransactor);
  bus.register_b_transport(this, &PciTransactor::b_transport);
  SC_METHOD(fall);
  sensitive << clk.neg();
  dont_initialize();
}

/// Half a clock behind the edge: the card has answered it, and the wires are ready for the next.
void PciTransactor::fall() {
  now_ = clock_now();
  monitor_.clock(now_, wires_);
  master_.clock(now_, wires_);
  if (const auto request = std::exchange(request_, std::nullopt)) master_.begin(*request);
  wires_.resolve(master_.outputs(), card_out->read().pci);
  CardInputs inputs = card_in->read();
  inputs.pci = wires_.in;
  inputs.crystal = crystal::pin_at(now_ + 1);
  card_in->write(inputs);
  result_ = master_.take_result();
  if (result_) ended_.notify();
}

void PciTransactor::b_transport(tlm::tlm_generic_payload& phase, sc_core::sc_time& delay) {
  auto* pci = phase.get_extension<PciExtension>();
  if (!pci || phase.get_data_length() != 4)
    return phase.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  one_at_a_time_.lock();
  wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  PciRequest request{pci->command, std::uint32_t(phase.get_address()), lanes_of(phase)};
  std::memcpy(&request.data, phase.get_data_ptr(), sizeof request.data);
  request_ = request;
  wait(ended_);
  const PciResult result = *result_;
  one_at_a_time_.unlock();

  pci->address_clock = result.address_clock;
  pci->completion_clock = result.completion_clock;
  if (phase.is_read()) std::memcpy(phase.get_data_ptr(), &result.data, sizeof result.data);
  switch (result.status) {
    case PciStatus::kDone:
      return phase.set_response_status(tlm::TLM_OK_RESPONSE);
    case PciStatus::kMasterAbort:
      return phase.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    case PciStatus::kTargetAbort:
      return phase.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
}

}  // namespace mtty
