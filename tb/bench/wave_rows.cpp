// SPDX-License-Identifier: Apache-2.0
// What it costs to write waves.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <systemc>

#include "model/time/sc_clock.h"
#include "tb/bench/busy_ports.h"
#include "tb/bench/rows.h"
#include "tb/dut/card_waves.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty::bench {
namespace {

using Round = std::function<Lap()>;
using MakeWriter = std::unique_ptr<WaveWriter> (*)(const std::string&);

std::string scratch_file(const char* ending) {
  return "/tmp/mtty-bench-" + std::to_string(getpid()) + ending;
}

/// A busy card with its waves in a file, which goes away with it.
class WavedCard {
 public:
  WavedCard(std::unique_ptr<Dut> dut, MakeWriter make, const char* ending)
      : dut_(std::move(dut)), file_(scratch_file(ending)), ports_(*dut_) {
    if (!make) return;
    waves_ = std::make_unique<CardWaves>(make(file_), *dut_);
    dut_->observe(*waves_);
  }
  WavedCard(const WavedCard&) = delete;
  WavedCard& operator=(const WavedCard&) = delete;
  ~WavedCard() {
    if (!waves_) return;
    waves_->close(dut_->now());
    std::remove(file_.c_str());
  }

  Lap run(Clock clocks) {
    return cpu_lap([&] {
      const Clock begin = dut_->now();
      ports_.run_to(begin + clocks);
      return double(dut_->now() - begin);
    });
  }

 private:
  std::unique_ptr<Dut> dut_;
  const std::string file_;
  BusyPorts ports_;
  std::unique_ptr<CardWaves> waves_;
};

Contender tlm(MakeWriter make) {
  return {[=]() -> Round {
    const auto card = std::make_shared<WavedCard>(std::make_unique<TlmDut>(2), make, ".vcd");
    return [card] { return card->run(1'000'000); };
  }};
}

Contender rtl(MakeWriter make) {
  return {[=]() -> Round {
    const auto card =
        std::make_shared<WavedCard>(std::make_unique<PinDut>(make_rtl_card(2)), make, ".fst");
    return [card] { return card->run(30'000); };
  }};
}

constexpr Clock kClocks = 30'000;

/// The card's wires as a busy card has them, once: the writers then get the same to write.
class WireRecording : public WireObserver {
 public:
  WireRecording() : dut_(make_rtl_card(2)), ports_(dut_) {
    first = *dut_.observe_wires(*this);
    begin = dut_.now();
    ports_.run_to(begin + kClocks);
    end = dut_.now();
  }
  void wires(Clock at, const PciWires& wires) override {
    const PciWires& last = changes.empty() ? first : changes.back().wires;
    if (std::memcmp(&wires, &last, sizeof wires) != 0) changes.push_back({at, wires});
  }

  struct Change {
    Clock at;
    PciWires wires;
  };
  PciWires first;
  std::vector<Change> changes;
  Clock begin = 0, end = 0;

 private:
  PinDut dut_;
  BusyPorts ports_;
};

/// The project's own writer.
Round own_writer() {
  const auto recording = std::make_shared<WireRecording>();
  return [recording] {
    const std::string file = scratch_file(".vcd");
    const auto writer = make_vcd_writer(file);
    BusWaves waves(*writer, recording->begin, recording->first);
    const Lap lap = cpu_lap([&] {
      for (const auto& change : recording->changes) waves.wires(change.at, change.wires);
      return double(recording->end - recording->begin);
    });
    writer->close(recording->end);
    std::remove(file.c_str());
    return lap;
  };
}

/// SystemC's, which looks at all of them each time the simulation moves on.
class TracedWires : public sc_core::sc_module {
 public:
  explicit TracedWires(const sc_core::sc_module_name& name)
      : sc_module(name), file_(scratch_file("-sc")) {
    trace_ = sc_core::sc_create_vcd_trace_file(file_.c_str());
    trace_->set_time_unit(1, sc_core::SC_NS);
    const auto add = [&](const auto& value, const char* signal) {
      sc_core::sc_trace(trace_, value, signal);
    };
    const PciInputs& in = wires_.in;
    add(wires_.rst_n, "rst_n"), add(in.frame_n, "frame_n"), add(in.irdy_n, "irdy_n");
    add(wires_.devsel_n, "devsel_n"), add(wires_.trdy_n, "trdy_n"), add(wires_.stop_n, "stop_n");
    add(in.idsel, "idsel"), add(in.ad, "ad"), add(in.cbe_n, "cbe_n"), add(in.par, "par");
    add(wires_.perr_n, "perr_n"), add(wires_.serr_n, "serr_n"), add(wires_.inta_n, "inta_n");
    const PciOutputs& out = wires_.target;
    add(out.ad_oe, "ad_oe"), add(out.par_oe, "par_oe"), add(out.devsel_oe, "devsel_oe");
    add(out.trdy_oe, "trdy_oe"), add(out.stop_oe, "stop_oe"), add(out.perr_oe, "perr_oe");
    add(out.serr_oe, "serr_oe"), add(out.inta_oe, "inta_oe");
    SC_HAS_PROCESS(TracedWires);
    SC_METHOD(step);
    sensitive << next_;
    dont_initialize();
  }
  ~TracedWires() override {
    sc_core::sc_close_vcd_trace_file(trace_);
    std::remove((file_ + ".vcd").c_str());
  }

  Lap run() {
    wires_ = recording_.first;
    at_ = recording_.begin;
    change_ = 0;
    next_.notify(time_of(1));
    return cpu_lap([this] {
      sc_core::sc_start(time_of(recording_.end - recording_.begin + 1));
      return double(recording_.end - recording_.begin);
    });
  }

 private:
  void step() {
    ++at_;
    const auto& changes = recording_.changes;
    for (; change_ < changes.size() && changes[change_].at <= at_; ++change_)
      wires_ = changes[change_].wires;
    if (at_ < recording_.end) next_.notify(time_of(1));
  }

  WireRecording recording_;
  PciWires wires_;
  Clock at_ = 0;
  std::size_t change_ = 0;
  sc_core::sc_event next_;
  const std::string file_;
  sc_core::sc_trace_file* trace_;
};

Round systemc_trace() {
  const auto traced = std::make_shared<TracedWires>("traced");
  return [traced] { return traced->run(); };
}

}  // namespace

std::vector<Row> wave_rows() {
  return {
      {"wave_vcd",
       "body tlm, busy, writing VCD",
       "without waves",
       Figure::kTime,
       "ns/clock",
       1e9,
       2,
       tlm(make_vcd_writer),
       {tlm(nullptr)}},
      {"wave_fst",
       "body rtl, busy, writing FST",
       "without waves",
       Figure::kTime,
       "ns/clock",
       1e9,
       0,
       rtl(make_fst_writer),
       {rtl(nullptr)}},
      {"wave_writer",
       "the wires of the bus, own VCD writer",
       "the same wires, sc_trace",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       10,
       {own_writer},
       {{systemc_trace}}},
  };
}

}  // namespace mtty::bench
