// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/picture.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtty::bench {
namespace {

using Json = nlohmann::ordered_json;

// All lengths are in pixels.
constexpr int kNameWidth = 210, kBarsWidth = 420, kTextWidth = 330, kMargin = 12;
constexpr int kHeadHeight = 44, kRowHeight = 40, kBarHeight = 11;

constexpr const char* kStyle = R"(<style>
text { font: 11px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1b1f24 }
.title { font-size: 13px; font-weight: bold }
.small { fill: #57606a }
.met { fill: #2f7d4f } .missed { fill: #b42318 } .report { fill: #0b5cad }
.reference { fill: #b7bec7 }
.limit { stroke: #1b1f24; stroke-width: 1.5 }
</style>
)";

const char* style_of(const Json& result) {
  if (!result.contains("met")) return "report";
  return result["met"].get<bool>() ? "met" : "missed";
}

std::string row(const Json& result, int top) {
  const double value = result["value"], reference = result["reference"];
  const double limit = result.contains("bar") ? result["bar"].get<double>() * reference : 0;
  const double scale = kBarsWidth / std::max({value, reference, limit});
  const auto text = [&](int x, int line, const char* style, const std::string& what) {
    return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, x,
                       top + 10 + line * 14, what);
  };
  const auto bar = [&](int line, const char* style, double length) {
    return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n",
                       style, kNameWidth, top + line * (kBarHeight + 2),
                       std::max(1.0, length * scale), kBarHeight);
  };
  std::string out = text(kMargin, 0, "", result["name"]);
  std::string verdict = "report";
  if (limit > 0)
    verdict =
        fmt::format("bar {}{}", result["less_is_better"] ? "≤ " : "≥ ", number(result["bar"]));
  out += text(kMargin, 1, "small", fmt::format("ratio {}, {}", number(result["ratio"]), verdict));
  out += bar(0, style_of(result), value) + bar(1, "reference", reference);
  if (limit > 0) {
    const double x = kNameWidth + limit * scale;
    out += fmt::format("<path class=\"limit\" d=\"M{0:.1f} {1}V{2}\"/>\n", x, top - 3,
                       top + 2 * kBarHeight + 5);
  }
  const int texts = kNameWidth + kBarsWidth + kMargin;
  const std::string unit = result["unit"];
  out += text(texts, 0, "", fmt::format("{} {}", number(value), unit));
  out +=
      text(texts, 1, "small",
           fmt::format("{} {}: {}", number(reference), unit, result["against"].get<std::string>()));
  return out;
}

}  // namespace

std::string number(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string bar_text(const Json& result) {
  if (!result.contains("bar")) return "";
  return fmt::format("{} {}",
                     result["less_is_better"].get<bool>() ? "<=" : ">=", number(result["bar"]));
}

std::string draw(const Json& results) {
  const int width = kNameWidth + kBarsWidth + kTextWidth + 2 * kMargin;
  const int height = kHeadHeight + int(results.size()) * kRowHeight + kMargin;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\">\n{2}<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
      "<text class=\"title\" x=\"{3}\" y=\"20\">Each row in its own scale: value (coloured), "
      "reference (grey), limit (line)</text>\n",
      width, height, kStyle, kMargin);
  int top = kHeadHeight;
  for (const Json& result : results) {
    out += row(result, top);
    top += kRowHeight;
  }
  return out + "</svg>\n";
}

}  // namespace mtty::bench
