// SPDX-License-Identifier: Apache-2.0
// What random traffic should have done to a card: the functional cover points.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "model/card/pin_card.h"
#include "tb/dut/dut.h"

namespace mtty {

/// How often each point was seen, by group and point; those never seen are there with 0.
using PointCounts = std::map<std::string, std::map<std::string, std::uint64_t>>;

/// Looks at the accesses on a board and, where one begins and ends, at the pin model of two ports
/// that sits on it.
class CardPoints : public DutObserver {
 public:
  explicit CardPoints(const PinCard& card);

  const PointCounts& counts() const { return counts_; }

  void access_begins(Clock at, const PciRequest& request) override;
  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock at, bool asserted) override;

 private:
  struct Port {
    std::uint8_t iir = 0x01;  // IIR[3:0] as the access began
    bool divisor_latch = false;
    bool had_data = false;
    bool fifo = false;
    unsigned trigger = 0;  // FCR[7:6]
  };

  void list_points();
  void hit(const std::string& group, const std::string& point) { ++counts_.at(group).at(point); }
  std::uint8_t source(unsigned port) const { return card_.uart(port).peek(reg::kIir) & 0x0f; }
  void look_at_port(unsigned port);
  void look_at_request(const PciRequest& request);
  void look_at_strobe(unsigned port, unsigned offset, bool write, std::uint8_t value);
  std::string way(unsigned port, unsigned offset, bool write, std::uint8_t value) const;

  const PinCard& card_;
  std::array<Port, kMaxPorts> ports_;
  bool mode_changed_ = false;  // by the last write of FCR
  PointCounts counts_;
};

}  // namespace mtty
