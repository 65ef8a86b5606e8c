// SPDX-License-Identifier: Apache-2.0
// How many PCI clocks a second the bodies do.
#include <memory>
#include <stdexcept>
#include <systemc>

#include "model/card/pin_card.h"
#include "model/time/sc_clock.h"
#include "tb/bench/busy_ports.h"
#include "tb/bench/evals.h"
#include "tb/bench/rows.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty::bench {
namespace {

using Round = std::function<Lap()>;

/// A body under a driver's load, so many clocks a round.
template <typename Make>
Contender busy(Make make, Clock clocks, std::uint8_t divisor = 1) {
  return {[=]() -> Round {
    const std::shared_ptr<Dut> dut = make();
    const auto ports = std::make_shared<BusyPorts>(*dut, divisor);
    return [=] {
      const std::uint64_t before = ports->characters();
      const Lap lap = cpu_lap([&] {
        const Clock begin = dut->now();
        ports->run_to(begin + clocks);
        return double(dut->now() - begin);
      });
      if (ports->characters() == before) throw std::runtime_error("no character has come in");
      return lap;
    };
  }};
}

Contender busy_tlm(unsigned ports = 2, std::uint8_t divisor = 1) {
  return busy([=] { return std::make_unique<TlmDut>(ports); }, 4'000'000, divisor);
}

/// A second passes in steps of so many, and nothing happens.
Contender idle_tlm(unsigned steps) {
  return {[=]() -> Round {
    const auto dut = std::make_shared<TlmDut>(2);
    return [=] {
      return cpu_lap([=] {
        constexpr unsigned kSeconds = 1000;
        const Clock second = 1'000'000'000 / kNanosecondsPerClock;
        for (unsigned i = 0; i < kSeconds * steps; ++i)
          dut->advance_to(dut->now() + second / steps);
        return kSeconds * second;
      });
    };
  }};
}

/// Twelve dual cards in one simulation, or one, all under a driver's load for the same simulated
/// time.
Contender busy_cards(unsigned count) {
  return {[=]() -> Round {
    using Cards = std::vector<std::unique_ptr<TlmDut>>;
    const auto cards = std::make_shared<Cards>(TlmDut::make(std::vector<unsigned>(count, 2)));
    const auto ports = std::make_shared<std::vector<BusyPorts>>();
    for (const auto& card : *cards) ports->emplace_back(*card);
    return [=, keep = cards, now = Clock{10'000}]() mutable {
      constexpr Clock kClocks = 400'000, kStep = 4'000;
      return cpu_lap([&] {
        for (const Clock end = now + kClocks; now < end;) {
          now += kStep;
          for (BusyPorts& card : *ports) card.run_to(now);
        }
        return double(kClocks);
      });
    };
  }};
}

Contender busy_pins() {
  return busy([] { return make_dut("pins", 2); }, 30'000);
}

template <typename MakeCard>
Contender busy_board(MakeCard make_card) {
  return busy([=] { return std::make_unique<PinDut>(make_card()); }, 100'000);
}

std::unique_ptr<PinLevelCard> pin_card() { return std::make_unique<PinCard>(2); }
std::unique_ptr<PinLevelCard> rtl_card() { return make_rtl_card(2); }
std::unique_ptr<PinLevelCard> both_cards() {
  return std::make_unique<LockstepCard>(pin_card(), rtl_card());
}

struct EmptyClocked : sc_core::sc_module {
  sc_core::sc_clock clk{"clk", time_of(1)};
  std::uint64_t count = 0;
  explicit EmptyClocked(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(EmptyClocked);
    SC_METHOD(edge);
    sensitive << clk.posedge_event();
    dont_initialize();
  }
  void edge() { ++count; }
};

Round empty_clock() {
  const auto module = std::make_shared<EmptyClocked>("empty");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  return [module] {
    constexpr Clock kClocks = 100'000;
    return cpu_lap([] {
      sc_core::sc_start(time_of(kClocks));
      return double(kClocks);
    });
  };
}

}  // namespace

std::vector<Row> clock_rows() {
  const Contender rtl = busy_board(rtl_card), pins = busy_board(pin_card);
  return {
      {"tlm_busy",
       "both ports full duplex at 115200, body tlm",
       "body rtl",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       200,
       busy_tlm(),
       {rtl}},
      {"pins_clocks",
       "the same, body pins",
       "an empty sc_clock with one method",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       0,
       busy_pins(),
       {{empty_clock}}},
      {"rtl_clocks",
       "the same, body rtl",
       "Vmtty_card.eval alone",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       0,
       rtl,
       {{card_evals}}},
      {"rtl_eval",
       "Vmtty_card.eval alone",
       "one UART's eval alone",
       Figure::kTime,
       "ns",
       1e9,
       1.5,
       {card_evals},
       {{uart_evals}}},
      {"lockstep_clocks",
       "pins and rtl compared in each clock",
       "the slower of the two alone",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       0.7,
       busy_board(both_cards),
       {rtl, pins}},
      {"cards_1",
       "a busy dual card",
       "body rtl doing the same",
       Figure::kTime,
       "ns/clock",
       1e9,
       0,
       busy_cards(1),
       {rtl}},
      {"cards_12",
       "twelve busy dual cards in one process",
       "one",
       Figure::kTime,
       "ns/clock",
       1e9,
       12.5,
       busy_cards(12),
       {busy_cards(1)}},
  };
}

std::vector<Series> clock_growth() {
  constexpr double kSecond = 1e3 * 1e9 / kNanosecondsPerClock;  // ms for a simulated second
  return {
      {"traffic",
       "ms for a simulated second, two ports",
       kSecond,
       {{"idle", idle_tlm(1)},
        {"9600", busy_tlm(2, 12)},
        {"38400", busy_tlm(2, 3)},
        {"115200", busy_tlm(2, 1)}}},
      {"ports",
       "ms for a simulated second at 115200",
       kSecond,
       {{"1", busy_tlm(1)}, {"2", busy_tlm(2)}}},
      {"cards",
       "ms for a simulated second, two ports each at 115200",
       kSecond,
       {{"1", busy_cards(1)},
        {"2", busy_cards(2)},
        {"4", busy_cards(4)},
        {"8", busy_cards(8)},
        {"12", busy_cards(12)}}},
      {"idle steps",
       "ms for an idle simulated second that passes in so many steps",
       kSecond,
       {{"1", idle_tlm(1)}, {"10", idle_tlm(10)}, {"100", idle_tlm(100)}}},
  };
}

}  // namespace mtty::bench
