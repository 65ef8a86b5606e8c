// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/rtl_card.h"

#include "Vmtty_card.h"
#include "Vmtty_card___024root.h"
#include "Vmtty_card_one.h"
#include "Vmtty_card_one___024root.h"
#include "tb/dut/verilated_card.h"

namespace mtty {
namespace {

/// What the testbench looks at inside a port.
struct Probe {
  const CData* received;  // characters in the receive FIFO
  const CData* to_send;   // in the transmit FIFO
  const CData* sending;   // a frame is on the line
  const CData* receiver;  // state; 0 is idle
  const SData* timeout;   // ticks that the character timeout still has to go
};

// Verilator flattens the hierarchy into names.
template <typename Root>
Probe probe0(const Root& root) {
  return {
      &root.mtty_card__DOT__gen_port__BRA__0__KET____DOT__u_uart__DOT__u_rx_fifo__DOT__u_fifo__DOT__count_q,
      &root.mtty_card__DOT__gen_port__BRA__0__KET____DOT__u_uart__DOT__u_tx_fifo__DOT__count_q,
      &root.mtty_card__DOT__gen_port__BRA__0__KET____DOT__u_uart__DOT__u_tx__DOT__busy_q,
      &root.mtty_card__DOT__gen_port__BRA__0__KET____DOT__u_uart__DOT__u_rx__DOT__state_q,
      &root.mtty_card__DOT__gen_port__BRA__0__KET____DOT__u_uart__DOT__u_timeout__DOT__ticks_q};
}

template <typename Root>
Probe probe1(const Root& root) {
  return {
      &root.mtty_card__DOT__gen_port__BRA__1__KET____DOT__u_uart__DOT__u_rx_fifo__DOT__u_fifo__DOT__count_q,
      &root.mtty_card__DOT__gen_port__BRA__1__KET____DOT__u_uart__DOT__u_tx_fifo__DOT__count_q,
      &root.mtty_card__DOT__gen_port__BRA__1__KET____DOT__u_uart__DOT__u_tx__DOT__busy_q,
      &root.mtty_card__DOT__gen_port__BRA__1__KET____DOT__u_uart__DOT__u_rx__DOT__state_q,
      &root.mtty_card__DOT__gen_port__BRA__1__KET____DOT__u_uart__DOT__u_timeout__DOT__ticks_q};
}

template <typename Verilated, unsigned kPorts>
class RtlCard final : public VerilatedCard<Verilated, kPorts> {
 public:
  RtlCard() {
    const auto& root = *this->card().rootp;
    probes_[0] = probe0(root);
    if constexpr (kPorts == 2) probes_[1] = probe1(root);
  }

  bool data_ready(unsigned port) const override { return *probes_[port].received != 0; }

  bool resting() const override {
    for (const Probe& port : probes_)
      if (*port.to_send || *port.sending || *port.receiver || *port.timeout) return false;
    return true;
  }

 private:
  std::array<Probe, kPorts> probes_{};
};

}  // namespace

std::unique_ptr<PinLevelCard> make_rtl_card(unsigned ports) {
  if (ports == 1) return std::make_unique<RtlCard<Vmtty_card_one, 1>>();
  return std::make_unique<RtlCard<Vmtty_card, 2>>();
}

}  // namespace mtty
