// SPDX-License-Identifier: Apache-2.0
// Verdicts, figures and progress, and what the kernel says meanwhile.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "kernel-bridge/host/os_handles.h"

namespace mtty::torture {

using Time = std::chrono::steady_clock;

/// Prints TAP. One thread.
class Report {
 public:
  void check(bool good, const std::string& what);
  void note(const std::string& text) const;
  /// "# what: done of total", at most every two seconds.
  void progress(const std::string& what, uint64_t done, uint64_t total);
  /// The plan; the number of failures.
  unsigned finish() const;

 private:
  unsigned count_ = 0;
  unsigned failures_ = 0;
  Time::time_point told_ = Time::now();
};

/// Durations, and where a share of them lies.
class Durations {
 public:
  void add(Time::duration d) { values_.push_back(d); }
  void add(const Durations& more);
  size_t size() const { return values_.size(); }
  /// How many are longer than `limit`.
  size_t beyond(Time::duration limit) const;
  /// "median 0.05 ms, 99 % 0.20 ms, most 0.90 ms"
  std::string text() const;

 private:
  std::vector<Time::duration> values_;
};

/// The kernel's log from here on.
class KernelLog {
 public:
  KernelLog();
  /// Reads what has come; how many of the new lines have `text` in them.
  unsigned count_new(const std::string& text);
  /// Lines that no kernel in order writes: warnings, oopses, reports of KASAN and lockdep, hung
  /// tasks. Of all that has been read so far.
  const std::vector<std::string>& reports() const { return reports_; }

 private:
  UniqueFd fd_;
  std::vector<std::string> reports_;
};

/// Writes to a file of sysfs. 0 or errno.
int write_file(const std::string& path, const std::string& text);

}  // namespace mtty::torture
