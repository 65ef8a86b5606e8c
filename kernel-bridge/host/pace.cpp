// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/pace.h"

#include <charconv>
#include <stdexcept>

namespace mtty {

PaceSetting PaceSetting::parse(const std::string& text) {
  constexpr double kLargest = 1e6;
  if (text == "wall") return {Kind::kWall, 1};
  if (text == "guest") return {Kind::kGuest, 1};
  if (text == "free") return {Kind::kFree, 1};
  if (text.rfind("wall*", 0) == 0) {
    double factor = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + 5, end, factor);
    if (error == std::errc() && rest == end && factor > 1 / kLargest && factor < kLargest)
      return {Kind::kWall, factor};
  }
  throw std::invalid_argument("there is no pace '" + text +
                              "'; choose wall, wall*F (F times as fast), guest or free");
}

}  // namespace mtty
