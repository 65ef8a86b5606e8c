// SPDX-License-Identifier: Apache-2.0
#include "tb/mttysim/recording.h"

#include <fmt/format.h>

#include <system_error>

namespace mtty {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::unique_ptr<Dut> make(const std::string& name, unsigned ports) try {
  return make_dut(name, ports);
} catch (const std::invalid_argument& unknown) {
  throw UsageError(fmt::format("--dut: {}", unknown.what()));
}

}  // namespace

RecordedCard::RecordedCard(const std::string& name, unsigned ports,
                           const RecordingOptions& options) try
    : card(ports) {
  if (!options.wave.empty() && !ends_with(options.wave, ".vcd"))
    throw UsageError(fmt::format("--wave {}: the name must end in .vcd", options.wave));
  dut = make(name, ports);
  if (!options.log.empty()) log = std::make_unique<AccessLog>(options.log, card);
  if (!options.wave.empty())
    waves_ = std::make_unique<CardWaves>(make_vcd_writer(options.wave), *dut);
  dut->observe(card);
  if (log) dut->observe(*log);
  if (waves_) dut->observe(*waves_);
} catch (const std::system_error& error) {
  throw UsageError(error.what());
}

void RecordedCard::close() try {
  if (log) log->close();
  if (waves_) waves_->close(dut->now());
} catch (const std::system_error& error) {
  throw UsageError(error.what());
}

}  // namespace mtty
