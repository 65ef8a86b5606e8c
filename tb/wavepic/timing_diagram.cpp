// SPDX-License-Identifier: Apache-2.0
#include "tb/wavepic/timing_diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mtty {
namespace {

// All lengths are in pixels.
constexpr int kLabelWidth = 120, kMargin = 12;
constexpr int kRowHeight = 26, kWaveHeight = 16, kHeadHeight = 54, kMarkHeight = 16;
constexpr int kWidestClock = 66, kNarrowestClock = 30, kWavesWidth = 960;
constexpr int kDigitWidth = 7;  // of the 11 pixel monospaced font, generously
constexpr int kSlope = 3;

constexpr const char* kStyle = R"(<style>
text { font: 11px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1b1f24 }
.title { font-size: 13px; font-weight: bold }
.head { font-weight: bold; fill: #57606a }
.clock { fill: #57606a; text-anchor: middle }
.value { text-anchor: middle }
.mark { fill: #b42318; stroke: #ffffff; stroke-width: 4; paint-order: stroke }
.grid { stroke: #e3e6ea; fill: none }
.at { stroke: #b42318; stroke-dasharray: 3 3; fill: none }
.wave { stroke: #0b5cad; stroke-width: 1.6; fill: none; stroke-linejoin: round }
.bus { stroke: #0b5cad; stroke-width: 1.3; fill: #eaf3fc }
.z { stroke: #c77700; stroke-width: 1.3; stroke-dasharray: 2 2; fill: none }
.x { stroke: #8c959f; fill: #d0d7de }
</style>
)";

struct Segment {
  std::uint64_t begin, end;  // nanoseconds
  std::string value;
};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

bool holds(const std::string& value, char digit) { return value.find(digit) != value.npos; }

std::string hex(const std::string& bits) {
  return fmt::format("{:0{}x}", std::stoull(bits, nullptr, 2), (bits.size() + 3) / 4);
}

class Drawing {
 public:
  Drawing(const TimingDiagram& diagram, const RecordedWaves& waves)
      : diagram_(diagram),
        waves_(waves),
        begin_(diagram.from * kNanosecondsPerClock),
        end_(diagram.to * kNanosecondsPerClock) {
    if (end_ <= begin_ || begin_ < waves.begin || end_ > waves.end)
      throw std::runtime_error(fmt::format(
          "clocks {} to {} are not all in the waves, which have {} to {}", diagram.from, diagram.to,
          waves.begin / kNanosecondsPerClock, waves.end / kNanosecondsPerClock));
    const int clocks = int(diagram.to - diagram.from);
    clock_width_ = std::clamp(kWavesWidth / clocks, kNarrowestClock, kWidestClock);
    width_ = kLabelWidth + clocks * clock_width_ + kMargin;
    for (const DiagramMark& mark : diagram.marks) {
      if (mark.clock < diagram.from || mark.clock > diagram.to)
        throw std::runtime_error(fmt::format("the mark at clock {} is outside", mark.clock));
      width_ = std::max(width_, mark_x(mark) + int(mark.text.size()) * kDigitWidth + kMargin);
    }
    marks_top_ = kHeadHeight + int(diagram.rows.size()) * kRowHeight + 6;
    height_ = marks_top_ + int(diagram.marks.size()) * kMarkHeight + kMargin;
  }

  std::string draw() {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\">\n",
        width_, height_);
    out_ += kStyle;
    out_ += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    text(kMargin, 20, "title", diagram_.title);
    grid();
    mark_lines();
    int top = kHeadHeight;
    for (const DiagramRow& row : diagram_.rows) {
      draw_row(row, top);
      top += kRowHeight;
    }
    mark_texts();
    return out_ + "</svg>\n";
  }

 private:
  int x_of(std::uint64_t nanoseconds) const {
    return kLabelWidth + int((nanoseconds - begin_) * clock_width_ / kNanosecondsPerClock);
  }

  void text(int x, int y, const char* style, const std::string& what) {
    out_ +=
        fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, x, y, escaped(what));
  }
  void path(const char* style, const std::string& d) {
    out_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, d);
  }

  /// A line and a number at every rising edge; where clocks are narrow at every fifth.
  void grid() {
    const unsigned step = clock_width_ < 40 ? 5 : 1;
    for (Clock clock = diagram_.from; clock <= diagram_.to; ++clock) {
      const int x = x_of(clock * kNanosecondsPerClock);
      path("grid", fmt::format("M{} {}V{}", x, kHeadHeight - 6, marks_top_));
      if (clock % step == 0) text(x, kHeadHeight - 12, "clock", std::to_string(clock));
    }
    text(kMargin, kHeadHeight - 12, "head", "PCI clock");
  }

  void draw_row(const DiagramRow& row, int top) {
    const int baseline = top + kWaveHeight - 4;
    if (row.path.empty()) return text(kMargin, baseline + 5, "head", row.label);
    text(kMargin, baseline, "label", row.label);
    const auto found = waves_.signals.find(row.path);
    if (found == waves_.signals.end())
      throw std::runtime_error(fmt::format("the waves have no signal {}", row.path));
    const std::vector<Segment> segments = segments_of(found->second);
    if (found->second.width == 1)
      draw_bit(segments, top);
    else
      for (const Segment& segment : segments) draw_value(segment, row, top);
  }

  std::vector<Segment> segments_of(const RecordedSignal& signal) const {
    std::vector<Segment> segments{{begin_, end_, signal.at(begin_)}};
    for (const auto& [time, value] : signal.changes) {
      if (time <= begin_ || time >= end_ || value == segments.back().value) continue;
      segments.back().end = time;
      segments.push_back({time, end_, value});
    }
    return segments;
  }

  static int level(const std::string& value, int top) {
    if (value == "1") return top;
    return value == "0" ? top + kWaveHeight : top + kWaveHeight / 2;
  }

  /// Undriven between high and low, so that neither is claimed.
  void draw_bit(const std::vector<Segment>& segments, int top) {
    std::string before;
    for (const Segment& segment : segments) {
      const bool driven = segment.value == "0" || segment.value == "1";
      const int x = x_of(segment.begin), y = level(segment.value, top);
      if (!before.empty()) path("wave", fmt::format("M{} {}V{}", x, level(before, top), y));
      path(driven ? "wave" : "z", fmt::format("M{} {}H{}", x, y, x_of(segment.end)));
      before = segment.value;
    }
  }

  void draw_value(const Segment& segment, const DiagramRow& row, int top) {
    const int left = x_of(segment.begin), right = x_of(segment.end), middle = kWaveHeight / 2;
    if (holds(segment.value, 'z'))
      return path("z", fmt::format("M{} {}H{}", left, top + middle, right));
    const bool unknown = holds(segment.value, 'x');
    path(unknown ? "x" : "bus",
         fmt::format("M{} {}l{} {}H{}l{} {}l{} {}H{}Z", left, top + middle, kSlope, -middle,
                     right - kSlope, kSlope, middle, -kSlope, middle, left + kSlope));
    if (!unknown)
      text((left + right) / 2, top + kWaveHeight - 4, "value",
           shown(segment.value, row, (right - left - 2 * kSlope) / kDigitWidth));
  }

  /// Word, full value, value without leading zeros: the first that fits.
  static std::string shown(const std::string& bits, const DiagramRow& row, int digits) {
    std::string value = hex(bits);
    const auto word = row.words.find(value);
    if (word != row.words.end() && int(word->second.size()) <= digits) return word->second;
    if (int(value.size()) <= digits) return value;
    const std::string brief =
        value.substr(std::min(value.find_first_not_of('0'), value.size() - 1));
    return int(brief.size()) <= digits ? brief : "";
  }

  int mark_y(std::size_t index) const { return marks_top_ + 12 + int(index) * kMarkHeight; }
  int mark_x(const DiagramMark& mark) const { return x_of(mark.clock * kNanosecondsPerClock); }

  /// Below the waves, so that values stay legible.
  void mark_lines() {
    for (std::size_t i = 0; i < diagram_.marks.size(); ++i)
      path("at", fmt::format("M{} {}V{}", mark_x(diagram_.marks[i]), kHeadHeight - 6, mark_y(i)));
  }
  void mark_texts() {
    for (std::size_t i = 0; i < diagram_.marks.size(); ++i)
      text(mark_x(diagram_.marks[i]) + 4, mark_y(i), "mark", diagram_.marks[i].text);
  }

  const TimingDiagram& diagram_;
  const RecordedWaves& waves_;
  const std::uint64_t begin_, end_;  // nanoseconds
  int clock_width_ = 0, width_ = 0, height_ = 0, marks_top_ = 0;
  std::string out_;
};

}  // namespace

std::string draw(const TimingDiagram& diagram, const RecordedWaves& waves) {
  return Drawing(diagram, waves).draw();
}

}  // namespace mtty
