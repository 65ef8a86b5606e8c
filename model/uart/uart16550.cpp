// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#include "model/uart/uart16550.h"

namespace mtty {

Uart16550::Uart16550(const sc_core::sc_module_name& name, SerialPorts& ports, unsigned index)
    : sc_module(name), ports_(ports), index_(index) {
  registers.bind(*this);
}

void Uart16550::end_of_elaboration() {
  const std::pair<InputPort*, InputPin> inputs[] = {
      {&sin, kSin}, {&cts, kCts}, {&dsr, kDsr}, {&ri, kRi}, {&dcd, kDcd}};
  for (const auto& [port, pin] : inputs) {
    if (port->size() == 0) continue;
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&(*port)->value_changed_event());
    auto follow = [this, port = port, pin = pin] {
      ports_.force(clock_now(), index_, pin, (*port)->read());
    };
    sc_core::sc_spawn(follow, sc_core::sc_gen_unique_name("follow"), &options);
  }
}

void Uart16550::start_of_simulation() {
  driven_ = OutputPins(~ports_.outputs(index_));
  drive_outputs(0, ports_.outputs(index_));
}

bool Uart16550::watched() const {
  return sout.bound() || rts.bound() || dtr.bound() || out1.bound() || out2.bound();
}

void Uart16550::drive_outputs(Clock at, OutputPins pins) {
  const OutputPins changed = pins ^ driven_;
  driven_ = pins;
  if (changed & kSout) sout.set(at, pins & kSout);
  if (changed & kRts) rts.set(at, pins & kRts);
  if (changed & kDtr) dtr.set(at, pins & kDtr);
  if (changed & kOut1) out1.set(at, pins & kOut1);
  if (changed & kOut2) out2.set(at, pins & kOut2);
}

void Uart16550::b_transport(tlm::tlm_generic_payload& strobe, sc_core::sc_time&) {
  const auto* extension = strobe.get_extension<StrobeExtension>();
  const auto offset = strobe.get_address();
  if (!extension || offset > reg::kScr || strobe.get_data_length() != 1) {
    strobe.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  unsigned char& data = *strobe.get_data_ptr();
  if (strobe.is_write())
    ports_.write(extension->clock, index_, unsigned(offset), data);
  else
    data = ports_.read(extension->clock, index_, unsigned(offset));
  strobe.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace mtty
