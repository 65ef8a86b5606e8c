// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/evals.h"

#include <memory>

#include "Vlone_uart.h"
#include "Vmtty_card.h"
#include "model/time/crystal.h"

namespace mtty::bench {
namespace {

constexpr Clock kEvals = 200'000;

/// Verilated design: nothing changes at its pins but the clock and the crystal.
template <typename Verilated>
std::function<Lap()> evals(std::shared_ptr<Verilated> design) {
  design->rst_ni = 0;
  design->eval();
  design->rst_ni = 1;
  design->eval();
  return [design, now = Clock{0}]() mutable {
    return cpu_lap([&] {
      for (Clock i = 0; i < kEvals; ++i) {
        design->crystal_i = crystal::pin_at(++now);
        design->clk_i = 1;
        design->eval();
        design->clk_i = 0;
        design->eval();
      }
      return double(kEvals);
    });
  };
}

}  // namespace

std::function<Lap()> card_evals() {
  auto card = std::make_shared<Vmtty_card>();
  card->frame_ni = card->irdy_ni = 1;
  card->sin_i = card->cts_ni = card->dsr_ni = card->ri_ni = card->dcd_ni = 3;
  return evals(std::move(card));
}

std::function<Lap()> uart_evals() {
  auto uart = std::make_shared<Vlone_uart>();
  uart->sin_i = uart->cts_ni = uart->dsr_ni = uart->ri_ni = uart->dcd_ni = 1;
  return evals(std::move(uart));
}

}  // namespace mtty::bench
