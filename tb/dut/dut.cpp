// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/dut.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "model/card/pin_card.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/systemc_pin_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty {

std::vector<std::string> dut_names() { return {"tlm", "pins", "rtl", "lockstep"}; }

std::unique_ptr<Dut> make_dut(std::string_view name, unsigned ports) {
  if (name == "tlm") return std::make_unique<TlmDut>(ports);
  if (name == "pins") return std::make_unique<PinDut>(std::make_unique<SystemCPinCard>(ports));
  if (name == "rtl") return std::make_unique<PinDut>(make_rtl_card(ports));
  if (name == "lockstep")
    return std::make_unique<PinDut>(
        std::make_unique<LockstepCard>(std::make_unique<PinCard>(ports), make_rtl_card(ports)));
  throw std::invalid_argument(
      fmt::format("there is no body '{}'; choose one of: {}", name, fmt::join(dut_names(), ", ")));
}

}  // namespace mtty
