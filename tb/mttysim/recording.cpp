// SPDX-License-Identifier: Apache-2.0
#include "tb/mttysim/recording.h"

#include <fmt/format.h>

#include <cstdio>
#include <system_error>
#include <utility>

namespace mtty {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Looks at the options before any file is made.
void check(const RecordingOptions& options) {
  if (options.wave.empty() && (options.wave_from || options.wave_to))
    throw UsageError(fmt::format("{}: there are no waves without --wave FILE",
                                 options.wave_from ? "--wave-from" : "--wave-to"));
  if (!options.wave.empty() && !ends_with(options.wave, ".vcd") && !ends_with(options.wave, ".fst"))
    throw UsageError(fmt::format("--wave {}: the name must end in .vcd or .fst", options.wave));
  if (options.wave_from && options.wave_to && *options.wave_from > *options.wave_to)
    throw UsageError(fmt::format("--wave-from {} lies behind --wave-to {}", *options.wave_from,
                                 *options.wave_to));
}

std::unique_ptr<WaveWriter> make_writer(const RecordingOptions& options) {
  auto file = ends_with(options.wave, ".fst") ? make_fst_writer(options.wave)
                                              : make_vcd_writer(options.wave);
  if (!options.wave_from && !options.wave_to) return file;
  return make_wave_window(std::move(file), options.wave_from.value_or(0),
                          options.wave_to.value_or(kNever));
}

std::unique_ptr<Dut> make(const std::string& name, unsigned ports) try {
  return make_dut(name, ports);
} catch (const std::invalid_argument& unknown) {
  throw UsageError(fmt::format("--dut: {}", unknown.what()));
}

}  // namespace

/// A wave file that was begun does not stay where the log cannot be written.
std::unique_ptr<AccessLog> RecordedCard::make_log(const RecordingOptions& options) try {
  return std::make_unique<AccessLog>(options.log, card);
} catch (const std::system_error&) {
  waves_.reset();
  if (!options.wave.empty()) std::remove(options.wave.c_str());
  throw;
}

RecordedCard::RecordedCard(std::unique_ptr<Dut> body) : dut(std::move(body)), card(dut->ports()) {
  dut->observe(card);
}

RecordedCard::RecordedCard(const std::string& name, unsigned ports, const RecordingOptions& options)
    : RecordedCard((check(options), make(name, ports))) {
  record(options);
}

void RecordedCard::record(const RecordingOptions& options) try {
  check(options);
  options_ = options;
  if (!options.wave.empty()) waves_ = std::make_unique<CardWaves>(make_writer(options), *dut, card);
  if (!options.log.empty()) log = make_log(options);
  if (log) dut->observe(*log);
  if (waves_) dut->observe(*waves_);
} catch (const std::system_error& error) {
  throw UsageError(error.what());
}

void RecordedCard::close() try {
  if (log) log->close();
  if (!waves_) return;
  waves_->close(dut->now());
  if (dut->now() < options_.wave_from.value_or(0))
    fmt::print(stderr,
               "mttysim: {} has no waves: the run ended at clock {}, before --wave-from {}\n",
               options_.wave, dut->now(), *options_.wave_from);
} catch (const std::system_error& error) {
  throw UsageError(error.what());
}

}  // namespace mtty
