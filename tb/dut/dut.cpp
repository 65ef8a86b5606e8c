// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/dut.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "tb/dut/tlm_dut.h"

namespace mtty {

std::vector<std::string> dut_names() { return {"tlm"}; }

std::unique_ptr<Dut> make_dut(std::string_view name, unsigned ports) {
  if (name == "tlm") return std::make_unique<TlmDut>(ports);
  throw std::invalid_argument(
      fmt::format("there is no body '{}'; choose one of: {}", name, fmt::join(dut_names(), ", ")));
}

}  // namespace mtty
