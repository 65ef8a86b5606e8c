// SPDX-License-Identifier: Apache-2.0
// What a master knows of the card from the accesses it made: configuration and programmed
// registers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/line/cabling.h"
#include "model/pci/config_space.h"
#include "model/uart/frame.h"
#include "model/uart/registers.h"
#include "tb/dut/dut.h"

namespace mtty {

/// Line settings of a port as programmed.
struct LineSettings {
  std::uint16_t divisor = 0;
  std::uint8_t lcr = 0;

  LineFormat format() const { return LineFormat(lcr); }
  template <class Archive>
  void visit(Archive& archive) {
    archive(divisor, lcr);
  }
  bool operator==(const LineSettings& other) const {
    return divisor == other.divisor && lcr == other.lcr;
  }
};

/// What was last written into a port's registers, without the bits that are not kept.
struct PortRegisters {
  LineSettings line;
  std::uint8_t ier = 0, fcr = 0, mcr = 0, scr = 0;

  template <class Archive>
  void visit(Archive& archive) {
    archive(line, ier, fcr, mcr, scr);
  }
};

/// Looks over the master's shoulder, so it works with every body.
class ProgrammedCard : public DutObserver {
 public:
  explicit ProgrammedCard(unsigned ports) : ports_(ports), config_(ports) {}

  /// The I/O address of a BAR, 0 before it was set.
  std::uint32_t bar(unsigned index) const { return config_.bar(index); }
  /// The BAR that holds an I/O address, whether I/O is enabled or not.
  std::optional<unsigned> bar_at(std::uint32_t address) const {
    for (unsigned i = 0; i < ports_; ++i)
      if (bar(i) == (address & pci::kBarMask)) return i;
    return std::nullopt;
  }
  const ConfigSpace& config() const { return config_; }
  const PortRegisters& registers(unsigned port) const { return registers_[port]; }
  LineSettings line(unsigned port) const { return registers_[port].line; }
  /// A character that comes in at this port leads to an interrupt, sooner or later.
  bool interrupts_on_receive(unsigned port) const {
    return !config_.intx_disabled() && registers_[port].ier & ier::kReceived;
  }

  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock, bool asserted) override;

  template <class Archive>
  void visit(Archive& archive) {
    archive.same(ports_);
    archive(config_, registers_);
  }

 private:
  void write_register(unsigned port, unsigned offset, std::uint8_t value);

  const unsigned ports_;
  ConfigSpace config_;
  std::array<PortRegisters, kMaxPorts> registers_{};
};

}  // namespace mtty
