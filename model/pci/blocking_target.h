// SPDX-License-Identifier: Apache-2.0
// What answers at a target socket without ever waiting.
#pragma once

#include <tlm>

namespace mtty {

/// To be bound to a plain tlm_target_socket: a call through it costs one virtual call, a third of
/// what simple_target_socket costs. An approximately-timed initiator is answered by early
/// completion (TLM-2.0, base protocol: TLM_COMPLETED to BEGIN_REQ). No direct memory, no debug
/// access: registers have side effects.
class BlockingTarget : public tlm::tlm_fw_transport_if<> {
 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    if (phase == tlm::BEGIN_REQ) b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
};

}  // namespace mtty
