// SPDX-License-Identifier: Apache-2.0
// What it costs to write waves.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <systemc>
#include <utility>
#include <vector>

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

constexpr Clock kClocks = 300'000;

/// All signals of a busy card and their changes, so that two writers get the same to write.
struct Recording {
  struct Signal {
    std::string path;
    unsigned width;
  };
  struct Change {
    Clock at;
    WaveWriter::Signal signal;
    std::uint32_t value;
  };
  std::vector<Signal> signals;
  std::vector<Change> changes;
};

class Recorder final : public WaveWriter {
 public:
  explicit Recorder(Recording& to) : to_(to) {}
  Signal add(const std::string& path, unsigned width) override {
    to_.signals.push_back({path, width});
    values_.push_back(~0u);
    return Signal(values_.size() - 1);
  }
  void add_clock(const std::string&) override {}
  void change(Clock at, Signal signal, std::uint32_t value) override {
    if (std::exchange(values_[signal], value) != value) to_.changes.push_back({at, signal, value});
  }
  void release(Clock at, Signal signal) override { change(at, signal, 0); }
  void close(Clock) override {}

 private:
  Recording& to_;
  std::vector<std::uint32_t> values_;
};

/// The body with the most signals, rtl, from power-on on; of its signals the first `most`.
Recording record_busy_card(std::size_t most) {
  Recording recording;
  PinDut dut(make_rtl_card(2));
  CardWaves waves(std::make_unique<Recorder>(recording), dut);
  dut.observe(waves);
  BusyPorts(dut).run_to(kClocks);
  recording.signals.resize(std::min(most, recording.signals.size()));
  const auto left_out = [&](const auto& change) {
    return change.signal >= recording.signals.size();
  };
  auto& changes = recording.changes;
  changes.erase(std::remove_if(changes.begin(), changes.end(), left_out), changes.end());
  return recording;
}

constexpr std::size_t kAll = ~std::size_t{0};

/// The project's own writer.
Contender own_writer(std::size_t signals = kAll) {
  return {[=]() -> Round {
    const auto recording = std::make_shared<Recording>(record_busy_card(signals));
    return [recording] {
      const std::string file = scratch_file(".vcd");
      const auto writer = make_vcd_writer(file);
      for (const auto& signal : recording->signals) writer->add(signal.path, signal.width);
      const Lap lap = cpu_lap([&] {
        for (const auto& change : recording->changes)
          writer->change(change.at, change.signal, change.value);
        return double(kClocks);
      });
      writer->close(kClocks);
      std::remove(file.c_str());
      return lap;
    };
  }};
}

/// SystemC's, which looks at all of them each time the simulation moves on.
class TracedSignals : public sc_core::sc_module {
 public:
  TracedSignals(const sc_core::sc_module_name& name, std::size_t signals)
      : sc_module(name),
        recording_(record_busy_card(signals)),
        values_(recording_.signals.size()),
        file_(scratch_file("-sc")),
        trace_(trace_file()) {
    for (std::size_t i = 0; i < values_.size(); ++i)
      sc_core::sc_trace(trace_, values_[i], recording_.signals[i].path,
                        int(recording_.signals[i].width));
    SC_HAS_PROCESS(TracedSignals);
    SC_METHOD(step);
    sensitive << next_;
    dont_initialize();
  }
  ~TracedSignals() override {
    sc_core::sc_close_vcd_trace_file(trace_);
    std::remove((file_ + ".vcd").c_str());
  }

  Lap run() {
    at_ = 0;
    change_ = 0;
    next_.notify(time_of(1));
    return cpu_lap([this] {
      sc_core::sc_start(time_of(kClocks));
      return double(kClocks);
    });
  }

 private:
  sc_core::sc_trace_file* trace_file() const {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    return sc_core::sc_create_vcd_trace_file(file_.c_str());
  }

  void step() {
    ++at_;
    const auto& changes = recording_.changes;
    for (; change_ < changes.size() && changes[change_].at <= at_; ++change_)
      values_[changes[change_].signal] = changes[change_].value;
    if (at_ + 1 < kClocks) next_.notify(time_of(1));
  }

  const Recording recording_;
  std::vector<std::uint32_t> values_;
  Clock at_ = 0;
  std::size_t change_ = 0;
  sc_core::sc_event next_;
  const std::string file_;
  sc_core::sc_trace_file* trace_;
};

Contender systemc_trace(std::size_t signals = kAll) {
  return {[=]() -> Round {
    const auto traced = std::make_shared<TracedSignals>("traced", signals);
    return [traced] { return traced->run(); };
  }};
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
       "all signals of body rtl, own VCD writer",
       "the same signals, sc_trace",
       Figure::kRate,
       "Mclock/s",
       1e-6,
       10,
       own_writer(),
       {systemc_trace()}},
  };
}

std::vector<Series> wave_growth() {
  const auto points = [](Contender (*trace)(std::size_t)) {
    std::vector<Series::Point> points;
    for (const std::size_t signals : {10, 20, 40, 70})
      points.push_back({std::to_string(signals), trace(signals)});
    return points;
  };
  return {{"signals, own writer", "ns a clock, body rtl busy", 1e9, points(own_writer)},
          {"signals, sc_trace", "ns a clock, the same changes", 1e9, points(systemc_trace)}};
}

}  // namespace mtty::bench
