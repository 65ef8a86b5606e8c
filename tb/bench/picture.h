// SPDX-License-Identifier: Apache-2.0
// The results as a picture.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mtty::bench {

/// An SVG with a value, a reference and a limit for each row of build/bench.json, each row in its
/// own scale.
std::string draw(const nlohmann::ordered_json& results);

/// As tables and pictures show it: three digits.
std::string number(double value);
/// "<= 4", or nothing where the row has no bar.
std::string bar_text(const nlohmann::ordered_json& result);

}  // namespace mtty::bench
