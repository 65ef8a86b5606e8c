// SPDX-License-Identifier: Apache-2.0
// A body with what is recorded of it: --wave and --log.
#pragma once

#include <memory>
#include <optional>

#include "tb/dut/card_waves.h"
#include "tb/dut/dut.h"
#include "tb/dut/programmed_card.h"
#include "tb/mttysim/commands.h"
#include "tb/script/access_log.h"

namespace mtty {

/// Throws UsageError for a body, wave or log file that cannot be had; no file is made before all
/// are known to be possible.
class RecordedCard {
 public:
  RecordedCard(const std::string& dut, unsigned ports, const RecordingOptions& options);
  /// Records nothing before record().
  explicit RecordedCard(std::unique_ptr<Dut> dut);
  void record(const RecordingOptions& options);

  /// Completes the files. Throws UsageError where one could not be written in full.
  void close();

  std::unique_ptr<Dut> dut;
  ProgrammedCard card;
  std::unique_ptr<AccessLog> log;  ///< null without --log

 private:
  std::unique_ptr<AccessLog> make_log(const RecordingOptions& options);

  RecordingOptions options_;
  std::unique_ptr<CardWaves> waves_;
};

}  // namespace mtty
