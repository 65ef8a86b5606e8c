// SPDX-License-Identifier: Apache-2.0
// What a register access costs at the card's socket, and what time costs that passes without one.
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <stdexcept>
#include <systemc>

#include "model/time/sc_clock.h"
#include "tb/bench/busy_ports.h"
#include "tb/bench/rows.h"
#include "tb/dut/tlm_dut.h"

namespace mtty::bench {
namespace {

constexpr unsigned kAccesses = 300'000;

/// Eight registers behind a simple_target_socket and nothing else: the floor of a register access.
class BareRegisters : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<BareRegisters> socket{"socket"};
  explicit BareRegisters(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &BareRegisters::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& access, sc_core::sc_time&) {
    unsigned char& data = *access.get_data_ptr();
    if (access.is_read())
      data = read(access.get_address());
    else
      write(access.get_address(), data);
    access.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned char read(std::uint64_t offset) {
    switch (offset & 7) {
      case reg::kRbr:
        return received_;
      case reg::kIer:
        return enables_;
      case reg::kIir:
        return interrupt_;
      case reg::kLcr:
        return line_control_;
      case reg::kMcr:
        return modem_control_;
      case reg::kLsr:
        return line_status_;
      case reg::kMsr:
        return modem_status_;
      default:
        return scratch_;
    }
  }
  void write(std::uint64_t offset, unsigned char value) {
    switch (offset & 7) {
      case reg::kThr:
        to_send_ = value;
        break;
      case reg::kIer:
        enables_ = value;
        break;
      case reg::kFcr:
        fifo_control_ = value;
        break;
      case reg::kLcr:
        line_control_ = value;
        break;
      case reg::kMcr:
        modem_control_ = value;
        break;
      case reg::kScr:
        scratch_ = value;
        break;
      default:
        break;
    }
  }
  unsigned char received_ = 0, to_send_ = 0, enables_ = 0, interrupt_ = 1, fifo_control_ = 0,
                line_control_ = 0, modem_control_ = 0, line_status_ = 0x60, modem_status_ = 0,
                scratch_ = 0;
};

Lap bare_accesses(PciInitiator& initiator, tlm::tlm_command command, unsigned offset) {
  tlm::tlm_generic_payload access;
  unsigned char data = 0;
  access.set_data_ptr(&data);
  access.set_data_length(1);
  access.set_streaming_width(1);
  access.set_address(offset);
  access.set_command(command);
  return cpu_lap([&] {
    for (unsigned i = 0; i < kAccesses; ++i) {
      sc_core::sc_time delay;
      access.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      initiator.bus->b_transport(access, delay);
    }
    return kAccesses;
  });
}

Lap card_accesses(TlmDut& dut, PciCommand command, unsigned offset) {
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
  Clock next = dut.bus_free();
  const Lap lap = cpu_lap([&] {
    for (unsigned i = 0; i < kAccesses; ++i) {
      sc_core::sc_time delay;
      pci.address_clock = next;
      phase.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      dut.initiator().bus->b_transport(phase, delay);
      next = pci.completion_clock + 2;
    }
    return kAccesses;
  });
  phase.clear_extension(&pci);
  if (!phase.is_response_ok()) throw std::runtime_error("the card does not answer");
  dut.advance_to(next);
  return lap;
}

Contender card(PciCommand command, unsigned offset) {
  return {[=]() -> std::function<Lap()> {
    const auto dut = std::make_shared<TlmDut>(2);
    set_up(*dut);
    return [=] { return card_accesses(*dut, command, offset); };
  }};
}

Contender bare(tlm::tlm_command command, unsigned offset) {
  return {[=]() -> std::function<Lap()> {
    const auto registers = std::make_shared<BareRegisters>("bare");
    const auto initiator = std::make_shared<PciInitiator>("initiator");
    initiator->bus.bind(registers->socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    return [=, keep = registers] { return bare_accesses(*initiator, command, offset); };
  }};
}

constexpr unsigned kIdleSeconds = 10'000;
constexpr Clock kClocksPerSecond = 1'000'000'000 / kNanosecondsPerClock;

std::function<Lap()> idle_card() {
  const auto dut = std::make_shared<TlmDut>(2);
  return [dut] {
    return cpu_lap([&] {
      for (unsigned i = 0; i < kIdleSeconds; ++i) dut->advance_to(dut->now() + kClocksPerSecond);
      return kIdleSeconds;
    });
  };
}

std::function<Lap()> empty_simulation() {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  return [] {
    return cpu_lap([] {
      for (unsigned i = 0; i < kIdleSeconds; ++i) sc_core::sc_start(time_of(kClocksPerSecond));
      return kIdleSeconds;
    });
  };
}

}  // namespace

std::vector<Row> access_rows() {
  return {
      {"tlm_read",
       "LSR read at the card's socket",
       "read of a bare simple_target_socket",
       Figure::kTime,
       "ns",
       1e9,
       4,
       card(PciCommand::kIoRead, reg::kLsr),
       {bare(tlm::TLM_READ_COMMAND, reg::kLsr)}},
      {"tlm_write",
       "SCR write at the card's socket",
       "write to a bare simple_target_socket",
       Figure::kTime,
       "ns",
       1e9,
       4,
       card(PciCommand::kIoWrite, reg::kScr),
       {bare(tlm::TLM_WRITE_COMMAND, reg::kScr)}},
      {"tlm_idle",
       "an idle simulated second",
       "an empty sc_start of a second",
       Figure::kTime,
       "ns",
       1e9,
       3,
       {idle_card},
       {{empty_simulation}}},
  };
}

}  // namespace mtty::bench
