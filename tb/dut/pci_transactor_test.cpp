// SPDX-License-Identifier: Apache-2.0
// A SystemC testbench as users write it: a thread with a TLM socket, the transactor, the card with
// pins.
#include "tb/dut/pci_transactor.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>

#include "model/card/pin_card.h"
#include "model/time/sc_clock.h"

namespace mtty {
namespace {

class Testbench : public sc_core::sc_module {
 public:
  explicit Testbench(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Testbench);
    initiator.bind(transactor.bus);
    transactor.clk(clk);
    transactor.card_in(inputs);
    transactor.card_out(outputs);
    module.clk(clk);
    module.rst_n(rst_n);
    module.in(inputs);
    module.out(outputs);
    SC_THREAD(run);
  }

  struct Answer {
    tlm::tlm_response_status status;
    std::uint32_t data;
    Clock length;
  };
  Answer access(PciCommand command, std::uint32_t address, Lanes lanes, std::uint32_t data = 0) {
    tlm::tlm_generic_payload phase;
    auto* pci = new PciExtension;  // freed with the payload
    pci->command = command;
    phase.set_extension(pci);
    phase.set_command(static_cast<unsigned>(command) & 1 ? tlm::TLM_WRITE_COMMAND
                                                         : tlm::TLM_READ_COMMAND);
    phase.set_address(address);
    unsigned char enables[4];
    for (unsigned i = 0; i < 4; ++i)
      enables[i] = lanes >> i & 1 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
    phase.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    phase.set_data_length(4);
    phase.set_streaming_width(4);
    phase.set_byte_enable_ptr(enables);
    phase.set_byte_enable_length(4);
    sc_core::sc_time delay;
    initiator->b_transport(phase, delay);
    return {phase.get_response_status(), data, pci->completion_clock - pci->address_clock};
  }

  tlm_utils::simple_initiator_socket<Testbench> initiator{"initiator"};
  PciTransactor transactor{"transactor", 2};
  PinCard card{2};
  PinSerialCard module{"card", card};
  sc_core::sc_clock clk{"clk", time_of(1), 0.5, time_of(1), true};
  sc_core::sc_signal<bool> rst_n{"rst_n", true};
  sc_core::sc_signal<CardInputs> inputs{"inputs"};
  sc_core::sc_signal<CardOutputs> outputs{"outputs"};
  bool done = false;

 private:
  void run() {
    EXPECT_EQ(access(PciCommand::kIoRead, 0xc000, 1).status, tlm::TLM_ADDRESS_ERROR_RESPONSE)
        << "row MABT";
    const Answer id = access(PciCommand::kConfigRead, 0, kAllLanes);
    EXPECT_EQ(id.status, tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(id.data, 0x32534348u);
    EXPECT_EQ(id.length, 3u) << "DEVSEL# medium, data one clock after the decision";
    access(PciCommand::kConfigWrite, 0x10, kAllLanes, 0xc000);
    access(PciCommand::kConfigWrite, 0x04, 0x3, 1);
    access(PciCommand::kIoWrite, 0xc007, 0x8, 0x5a000000);
    EXPECT_EQ(access(PciCommand::kIoRead, 0xc007, 0x8).data, 0x5a000000u);
    EXPECT_EQ(access(PciCommand::kIoRead, 0xc001, 0x1).status, tlm::TLM_GENERIC_ERROR_RESPONSE)
        << "row BE";
    EXPECT_EQ(transactor.monitor().report(), "");
    done = true;
    sc_core::sc_stop();
  }
};

TEST(PciTransactor, plays_tlm_transactions_on_the_pins) {
  Testbench testbench("testbench");
  sc_core::sc_start(time_of(1000));
  EXPECT_TRUE(testbench.done);
}

}  // namespace
}  // namespace mtty
