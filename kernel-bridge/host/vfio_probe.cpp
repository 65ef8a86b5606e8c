// SPDX-License-Identifier: Apache-2.0
// Drives a card through VFIO without a VM: single accesses, or a check of the whole contract.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <sstream>
#include <vector>

#include "kernel-bridge/host/vfio_check.h"

namespace {

using mtty::VfioCard;

// "cfgr 0 4" -> cfgr, {0, 4}. Throws std::invalid_argument.
std::pair<std::string, std::vector<uint32_t>> parse(const std::string& action) {
  std::istringstream words(action);
  std::string name, word;
  words >> name;
  std::vector<uint32_t> numbers;
  while (words >> word) {
    size_t used = 0;
    const unsigned long number = std::stoul(word, &used, 0);
    if (used != word.size()) throw std::invalid_argument(word);
    numbers.push_back(static_cast<uint32_t>(number));
  }
  return {name, numbers};
}

// The times of so many calls, sorted out.
template <typename Access>
void bench(const char* what, uint32_t count, Access access) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::duration> times(std::max(count, 1u));
  for (auto& time : times) {
    const auto begin = Clock::now();
    access();
    time = Clock::now() - begin;
  }
  std::sort(times.begin(), times.end());
  const auto us = [&](double at) {
    return std::chrono::duration<double, std::micro>(
               times[static_cast<size_t>(at * (times.size() - 1))])
        .count();
  };
  fmt::print("{}: median {:.2f} us, 99 % {:.2f} us, most {:.2f} us\n", what, us(0.5), us(0.99),
             us(1.0));
}

// False where it is no action.
bool perform(const VfioCard& card, const std::string& action) {
  const auto [name, n] = parse(action);
  if (name == "cfgr" && n.size() == 2) {
    fmt::print("{:#x}\n", card.get(VFIO_PCI_CONFIG_REGION_INDEX, n[0], n[1]));
  } else if (name == "cfgw" && n.size() == 3) {
    card.put(VFIO_PCI_CONFIG_REGION_INDEX, n[0], n[1], n[2]);
  } else if (name == "ior" && n.size() == 3) {
    fmt::print("{:#x}\n", card.get(n[0], n[1], n[2]));
  } else if (name == "iow" && n.size() == 4) {
    card.put(n[0], n[1], n[2], n[3]);
  } else if (name == "reset" && n.empty()) {
    if (card.reset() < 0) throw std::system_error(errno, std::generic_category(), "reset");
  } else if (name == "pause" && n.empty()) {
    std::fflush(stdout);
    std::getchar();
  } else if (name == "bench" && n.size() == 1) {
    bench("pread of LSR", n[0], [&] { card.get(VFIO_PCI_BAR0_REGION_INDEX, 5, 1); });
  } else if (name == "benchw" && n.size() == 1) {
    bench("pwrite of SCR", n[0], [&] { card.put(VFIO_PCI_BAR0_REGION_INDEX, 7, 1, 0x5a); });
  } else {
    return false;
  }
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Drives a card through VFIO, as a VM would, and prints what it reads.");
  std::string uuid;
  std::vector<std::string> actions;
  bool check = false;
  app.add_option("uuid", uuid, "The card's mdev")->required();
  app.add_option(
      "actions", actions,
      "\"cfgr OFF SIZE\", \"cfgw OFF SIZE VALUE\", \"ior BAR OFF SIZE\", \"iow BAR OFF SIZE "
      "VALUE\", \"reset\", \"pause\" (till a line on stdin), \"bench COUNT\" and "
      "\"benchw COUNT\": the times of so many reads or writes");
  app.add_flag("--check", check, "Check the whole VFIO contract, in TAP");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  try {
    const VfioCard card(uuid);
    for (const std::string& action : actions) {
      bool known = false;
      try {
        known = perform(card, action);
      } catch (const std::invalid_argument&) {
      }
      if (!known) {
        fmt::print(stderr, "vfio_probe: '{}' is no action (--help lists them)\n", action);
        return 2;
      }
    }
    return check && mtty::check_card(card) != 0 ? 1 : 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "vfio_probe: {}\n", error.what());
    return 3;
  }
}
