// SPDX-License-Identifier: Apache-2.0
// A card under the load that a driver makes.
#pragma once

#include <algorithm>

#include "model/pci/config_space.h"
#include "model/uart/registers.h"
#include "tb/dut/dut.h"

namespace mtty::bench {

constexpr std::uint32_t kBar0 = 0xc000;

/// BARs and Command, as a firmware leaves them.
inline void set_up(Dut& dut) {
  const auto config = [&](unsigned offset, std::uint32_t value) {
    dut.access({PciCommand::kConfigWrite, offset, kAllLanes, value}, 0);
  };
  config(pci::kBar0, kBar0);
  config(pci::kBar1, kBar0 + pci::kBarBytes);
  config(pci::kCommandStatus, pci::kCommandIo);
}

/// All ports full duplex through the loopback plug, at 115200 with divisor 1, served as a driver
/// does: on the interrupt, FIFO by FIFO.
class BusyPorts {
 public:
  explicit BusyPorts(Dut& dut, std::uint8_t divisor = 1) : dut_(dut) {
    set_up(dut_);
    for (unsigned port = 0; port < dut_.ports(); ++port) {
      write(port, reg::kLcr, lcr::kDivisorLatch | 3);
      write(port, reg::kDll, divisor);
      write(port, reg::kLcr, 3);
      write(port, reg::kFcr, 0x81);  // interrupt at eight characters
      write(port, reg::kIer, ier::kReceived | ier::kThrEmpty | ier::kLineStatus);
    }
  }

  void run_to(Clock end) {
    while (dut_.now() < end) {
      if (!dut_.intx()) {
        dut_.advance_to(std::min(end, std::max(dut_.now() + 1, dut_.next_interrupt())));
        continue;
      }
      for (unsigned port = 0; port < dut_.ports(); ++port)
        while (!(read(port, reg::kIir) & iir::kNone)) serve(port);
    }
  }
  /// That have come in.
  std::uint64_t characters() const { return characters_; }

 private:
  void serve(unsigned port) {
    std::uint8_t status;
    while ((status = read(port, reg::kLsr)) & lsr::kDataReady) {
      read(port, reg::kRbr);
      ++characters_;
    }
    if (!(status & lsr::kThrEmpty)) return;
    for (unsigned i = 0; i < 16; ++i) write(port, reg::kThr, std::uint8_t(next_++));
  }

  void write(unsigned port, unsigned offset, std::uint8_t value) {
    const std::uint32_t address = kBar0 + pci::kBarBytes * port + offset;
    dut_.access({PciCommand::kIoWrite, address, lanes_of(address, 1),
                 std::uint32_t{value} << (8 * (address & 3))},
                0);
  }
  std::uint8_t read(unsigned port, unsigned offset) {
    const std::uint32_t address = kBar0 + pci::kBarBytes * port + offset;
    const PciResult result = dut_.access({PciCommand::kIoRead, address, lanes_of(address, 1)}, 0);
    return std::uint8_t(result.data >> (8 * (address & 3)));
  }

  Dut& dut_;
  unsigned next_ = 0;
  std::uint64_t characters_ = 0;
};

}  // namespace mtty::bench
