// SPDX-License-Identifier: Apache-2.0
// How fast the bodies are, each beside what bounds it. Run it on a quiet machine: ratios count, not
// times.
#include <benchmark/benchmark.h>

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "model/card/pin_card.h"
#include "model/card/serial_card.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty {
namespace {

constexpr std::uint32_t kBar0 = 0xc000;

void set_up(Dut& dut) {
  const auto config = [&](unsigned offset, std::uint32_t value) {
    dut.access({PciCommand::kConfigWrite, offset, kAllLanes, value}, 0);
  };
  config(pci::kBar0, kBar0);
  config(pci::kBar1, kBar0 + pci::kBarBytes);
  config(pci::kCommandStatus, pci::kCommandIo);
}

void write_register(Dut& dut, unsigned port, unsigned offset, std::uint8_t value) {
  const std::uint32_t address = kBar0 + pci::kBarBytes * port + offset;
  dut.access({PciCommand::kIoWrite, address, lanes_of(address, 1),
              std::uint32_t{value} << (8 * (address & 3))},
             0);
}

std::uint8_t read_register(Dut& dut, unsigned port, unsigned offset) {
  const std::uint32_t address = kBar0 + pci::kBarBytes * port + offset;
  const PciResult result = dut.access({PciCommand::kIoRead, address, lanes_of(address, 1)}, 0);
  return std::uint8_t(result.data >> (8 * (address & 3)));
}

/// Both ports full duplex through the loopback plug at 115200, served as a driver does: on the
/// interrupt, FIFO by FIFO.
class BusyPorts {
 public:
  explicit BusyPorts(Dut& dut) : dut_(dut) {
    set_up(dut_);
    for (unsigned port = 0; port < 2; ++port) {
      write_register(dut_, port, reg::kLcr, lcr::kDivisorLatch | 3);
      write_register(dut_, port, reg::kDll, 1);
      write_register(dut_, port, reg::kLcr, 3);
      write_register(dut_, port, reg::kFcr, 0x81);
      write_register(dut_, port, reg::kIer, ier::kReceived | ier::kThrEmpty | ier::kLineStatus);
    }
  }

  void run_to(Clock end) {
    while (dut_.now() < end) {
      if (!dut_.intx()) {
        dut_.advance_to(std::min(end, std::max(dut_.now() + 1, dut_.next_interrupt())));
        continue;
      }
      for (unsigned port = 0; port < 2; ++port)
        while (!(read_register(dut_, port, reg::kIir) & iir::kNone)) serve(port);
    }
  }
  std::uint64_t characters() const { return characters_; }

 private:
  void serve(unsigned port) {
    std::uint8_t status;
    while ((status = read_register(dut_, port, reg::kLsr)) & lsr::kDataReady) {
      benchmark::DoNotOptimize(read_register(dut_, port, reg::kRbr));
      ++characters_;
    }
    if (!(status & lsr::kThrEmpty)) return;
    for (unsigned i = 0; i < 16; ++i) write_register(dut_, port, reg::kThr, std::uint8_t(next_++));
  }

  Dut& dut_;
  unsigned next_ = 0;
  std::uint64_t characters_ = 0;
};

void report_clocks(benchmark::State& state, Clock clocks) {
  state.counters["clocks"] = benchmark::Counter(double(clocks), benchmark::Counter::kIsRate);
}

/// The Verilated card's eval alone, nothing on its pins but the clock and the crystal.
void rtl_eval(benchmark::State& state) {
  const auto card = make_rtl_card(2);
  CardInputs inputs;
  Clock now = 0;
  for (auto _ : state) {
    inputs.crystal = crystal::pin_at(++now);
    card->clock(inputs);
  }
  report_clocks(state, now);
}
BENCHMARK(rtl_eval);

std::unique_ptr<PinLevelCard> make_card(const std::string& body) {
  if (body == "rtl") return make_rtl_card(2);
  if (body == "pins") return std::make_unique<PinCard>(2);
  return std::make_unique<LockstepCard>(std::make_unique<PinCard>(2), make_rtl_card(2));
}

void busy(benchmark::State& state, const std::string& body) {
  PinDut dut(make_card(body));
  BusyPorts ports(dut);
  const Clock begin = dut.now();
  for (auto _ : state) ports.run_to(dut.now() + 10'000);
  report_clocks(state, dut.now() - begin);
}
BENCHMARK_CAPTURE(busy, rtl_clocks, "rtl");
BENCHMARK_CAPTURE(busy, pins_clocks, "pins");
BENCHMARK_CAPTURE(busy, lockstep_clocks, "lockstep");

// SystemC elaborates once, so its bodies are made before the benchmarks run.
TlmDut* g_tlm = nullptr;

void tlm_busy(benchmark::State& state) {
  static BusyPorts ports(*g_tlm);
  const Clock begin = g_tlm->now();
  for (auto _ : state) ports.run_to(g_tlm->now() + 1'000'000);
  report_clocks(state, g_tlm->now() - begin);
}
BENCHMARK(tlm_busy);

/// Eight registers behind a socket and nothing else: the floor of a register access.
class BareRegisters : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<BareRegisters> socket{"socket"};
  explicit BareRegisters(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &BareRegisters::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
    unsigned char& data = *access.get_data_ptr();
    unsigned char& held = registers_[access.get_address() & 7];
    access.is_read() ? data = held : held = data;
    access.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned char registers_[8] = {};
};

PciInitiator* g_card_initiator = nullptr;
PciInitiator* g_bare_initiator = nullptr;

void access_card(benchmark::State& state, PciCommand command, unsigned offset) {
  tlm::tlm_generic_payload phase;
  PciExtension pci;
  unsigned char data[4] = {}, enables[4] = {};
  phase.set_extension(&pci);
  phase.set_data_ptr(data);
  phase.set_data_length(4);
  phase.set_streaming_width(4);
  phase.set_byte_enable_ptr(enables);
  phase.set_byte_enable_length(4);
  enables[offset & 3] = TLM_BYTE_ENABLED;
  phase.set_address(kBar0 + offset);
  phase.set_command(command == PciCommand::kIoRead ? tlm::TLM_READ_COMMAND
                                                   : tlm::TLM_WRITE_COMMAND);
  pci.command = command;
  Clock next = g_tlm->bus_free();
  for (auto _ : state) {
    sc_core::sc_time delay;
    pci.address_clock = next;
    phase.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    g_card_initiator->bus->b_transport(phase, delay);
    next = pci.completion_clock + 2;
  }
  g_tlm->advance_to(next);
  if (phase.get_response_status() != tlm::TLM_OK_RESPONSE)
    state.SkipWithError("the card does not answer");
  state.SetItemsProcessed(std::int64_t(state.iterations()));
  phase.clear_extension(&pci);
}
BENCHMARK_CAPTURE(access_card, tlm_read, PciCommand::kIoRead, reg::kLsr);
BENCHMARK_CAPTURE(access_card, tlm_write, PciCommand::kIoWrite, reg::kScr);

void bare_socket_read(benchmark::State& state) {
  tlm::tlm_generic_payload access;
  unsigned char data = 0;
  access.set_data_ptr(&data);
  access.set_data_length(1);
  access.set_address(reg::kLsr);
  access.set_command(tlm::TLM_READ_COMMAND);
  for (auto _ : state) {
    sc_core::sc_time delay;
    access.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    g_bare_initiator->bus->b_transport(access, delay);
  }
  state.SetItemsProcessed(std::int64_t(state.iterations()));
}
BENCHMARK(bare_socket_read);

}  // namespace
}  // namespace mtty

int sc_main(int argc, char** argv) {
  using namespace mtty;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  PciInitiator bare_initiator("bare_initiator");
  BareRegisters bare("bare");
  bare_initiator.bus.bind(bare.socket);
  g_bare_initiator = &bare_initiator;
  TlmDut tlm(2);  // starts the simulation
  g_tlm = &tlm;
  g_card_initiator = &tlm.initiator();
  set_up(tlm);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", true);
  return sc_core::sc_elab_and_sim(argc, argv);
}
