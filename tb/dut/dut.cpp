// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/dut.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "model/card/pin_card.h"
#include "tb/dut/lockstep_card.h"
#include "tb/dut/lockstep_dut.h"
#include "tb/dut/pin_dut.h"
#include "tb/dut/rtl_card.h"
#include "tb/dut/systemc_pin_card.h"
#include "tb/dut/tlm_dut.h"

namespace mtty {

namespace {

[[noreturn]] void unknown_body(std::string_view name) {
  throw std::invalid_argument(
      fmt::format("there is no body '{}'; choose one of: {}", name, fmt::join(dut_names(), ", ")));
}

/// A card for a board of its own; null for a body without pins.
std::unique_ptr<PinLevelCard> make_pin_card(std::string_view name, unsigned ports) {
  if (name == "pins") return std::make_unique<PinCard>(ports);
  if (name == "rtl") return make_rtl_card(ports);
  if (name == "tlm") return nullptr;
  unknown_body(name);
}

/// Two bodies with pins share one board and are compared in every clock; with tlm each has its own.
std::unique_ptr<Dut> make_pair(std::string_view a, std::string_view b, unsigned ports) {
  auto card_a = make_pin_card(a, ports), card_b = make_pin_card(b, ports);
  if (card_a && card_b)
    return std::make_unique<PinDut>(
        std::make_unique<LockstepCard>(std::move(card_a), std::move(card_b)));
  if (!card_a && !card_b)
    throw std::invalid_argument("one of two bodies in lockstep must have pins");
  const auto board = [&](std::unique_ptr<PinLevelCard> card) -> std::unique_ptr<Dut> {
    if (card) return std::make_unique<PinDut>(std::move(card));
    return std::make_unique<TlmDut>(ports);
  };
  auto dut_a = board(std::move(card_a));
  return std::make_unique<LockstepDut>(std::move(dut_a), board(std::move(card_b)));
}

}  // namespace

std::vector<std::string> dut_names() { return {"tlm", "pins", "rtl", "lockstep"}; }

std::unique_ptr<Dut> make_dut(std::string_view name, unsigned ports) {
  if (name == "lockstep") name = "pins+rtl";
  if (const auto plus = name.find('+'); plus != name.npos)
    return make_pair(name.substr(0, plus), name.substr(plus + 1), ports);
  if (name == "tlm") return std::make_unique<TlmDut>(ports);
  if (name == "pins") return std::make_unique<PinDut>(std::make_unique<SystemCPinCard>(ports));
  if (name == "rtl") return std::make_unique<PinDut>(make_rtl_card(ports));
  unknown_body(name);
}

std::vector<std::unique_ptr<Dut>> make_duts(std::string_view name,
                                            const std::vector<unsigned>& ports) {
  std::vector<std::unique_ptr<Dut>> duts;
  if (name == "tlm")
    for (auto& dut : TlmDut::make(ports)) duts.push_back(std::move(dut));
  else if (ports.size() == 1)
    duts.push_back(make_dut(name, ports[0]));
  else
    throw std::invalid_argument(
        fmt::format("of the body {} there is one in a process; several cards need tlm", name));
  return duts;
}

}  // namespace mtty
