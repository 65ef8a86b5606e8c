// SPDX-License-Identifier: Apache-2.0
// Which bodies the rows run on: all there are.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

std::string body_name(const testing::TestParamInfo<std::string>& info) { return info.param; }

INSTANTIATE_TEST_SUITE_P(Card, UartRows, testing::ValuesIn(dut_names()), body_name);
INSTANTIATE_TEST_SUITE_P(Card, PciRows, testing::ValuesIn(dut_names()), body_name);
INSTANTIATE_TEST_SUITE_P(Card, OnePortPciRows, testing::ValuesIn(dut_names()), body_name);

}  // namespace
}  // namespace mtty::check
