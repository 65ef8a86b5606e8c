// SPDX-License-Identifier: Apache-2.0
#include "tb/wavepic/timing_diagram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace mtty {
namespace {

using testing::HasSubstr;

RecordedWaves waves() {
  std::istringstream vcd(R"($timescale 1 ns $end
$scope module card $end
$var wire 1 ! bit $end
$var wire 8 " word [7:0] $end
$upscope $end
$enddefinitions $end
#300
0!
bx "
#330
1!
b101 "
#360
z!
bz "
#420
)");
  return read_vcd(vcd);
}

TimingDiagram diagram() {
  TimingDiagram d{"A <title>", 10, 14, {}, {}};
  d.rows = {{"PCI", "", {}}, {"BIT", "card.bit", {}}, {"WORD", "card.word", {}}};
  return d;
}

// A clock is 66 pixels wide here; the first edge is at 120, the rows begin at 54.
TEST(TimingDiagram, bits_are_low_high_and_between) {
  const std::string svg = draw(diagram(), waves());
  EXPECT_THAT(svg, HasSubstr("class=\"wave\" d=\"M120 96H186\"")) << "low from clock 10 to 11";
  EXPECT_THAT(svg, HasSubstr("class=\"wave\" d=\"M186 96V80\"")) << "it rises";
  EXPECT_THAT(svg, HasSubstr("class=\"wave\" d=\"M186 80H252\""));
  EXPECT_THAT(svg, HasSubstr("class=\"z\" d=\"M252 88H384\"")) << "nobody drives to the end";
}

TEST(TimingDiagram, values_are_hex_digits_or_words) {
  TimingDiagram d = diagram();
  EXPECT_THAT(draw(d, waves()), HasSubstr(">05</text>"));
  d.rows[2].words["05"] = "five";
  EXPECT_THAT(draw(d, waves()), HasSubstr(">five</text>"));
  d.rows[2].words["05"] = "a word that is too long";
  EXPECT_THAT(draw(d, waves()), HasSubstr(">05</text>"));
}

TEST(TimingDiagram, unknown_values_have_no_digits) {
  const std::string svg = draw(diagram(), waves());
  EXPECT_THAT(svg, HasSubstr("class=\"x\" d=\"M120"));
  EXPECT_THAT(svg, HasSubstr("class=\"z\" d=\"M252 114H384\""));
}

TEST(TimingDiagram, marks_and_texts) {
  TimingDiagram d = diagram();
  d.marks = {{11, "here & now"}};
  const std::string svg = draw(d, waves());
  EXPECT_THAT(svg, HasSubstr("A &lt;title&gt;"));
  EXPECT_THAT(svg, HasSubstr("here &amp; now"));
  EXPECT_THAT(svg, HasSubstr("class=\"at\" d=\"M186 "));
}

TEST(TimingDiagram, what_cannot_be_drawn) {
  TimingDiagram d = diagram();
  d.rows.push_back({"none", "card.none", {}});
  EXPECT_THROW(draw(d, waves()), std::runtime_error);
  d = diagram();
  d.to = 15;
  EXPECT_THROW(draw(d, waves()), std::runtime_error);
  d.to = 10;
  EXPECT_THROW(draw(d, waves()), std::runtime_error);
  d = diagram();
  d.marks = {{15, "late"}};
  EXPECT_THROW(draw(d, waves()), std::runtime_error);
}

}  // namespace
}  // namespace mtty
