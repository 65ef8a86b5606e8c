// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/dut.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "tb/dut/pin_dut.h"
#include "tb/dut/systemc_pin_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty {

std::vector<std::string> dut_names() { return {"tlm", "pins"}; }

std::unique_ptr<Dut> make_dut(std::string_view name, unsigned ports) {
  if (name == "tlm") return std::make_unique<TlmDut>(ports);
  if (name == "pins") return std::make_unique<PinDut>(std::make_unique<SystemCPinCard>(ports));
  throw std::invalid_argument(
      fmt::format("there is no body '{}'; choose one of: {}", name, fmt::join(dut_names(), ", ")));
}

}  // namespace mtty
