// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/torture/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <system_error>

namespace mtty::torture {

void Report::check(bool good, const std::string& what) {
  fmt::print("{} {} - {}\n", good ? "ok" : "not ok", ++count_, what);
  std::fflush(stdout);
  failures_ += !good;
}

void Report::note(const std::string& text) const {
  fmt::print("# {}\n", text);
  std::fflush(stdout);
}

void Report::progress(const std::string& what, uint64_t done, uint64_t total) {
  const auto now = Time::now();
  if (now - told_ < std::chrono::seconds(2)) return;
  told_ = now;
  note(fmt::format("{}: {} of {}", what, done, total));
}

unsigned Report::finish() const {
  fmt::print("1..{}\n", count_);
  return failures_;
}

void Durations::add(const Durations& more) {
  values_.insert(values_.end(), more.values_.begin(), more.values_.end());
}

size_t Durations::beyond(Time::duration limit) const {
  return static_cast<size_t>(
      std::count_if(values_.begin(), values_.end(), [&](auto d) { return d > limit; }));
}

std::string Durations::text() const {
  if (values_.empty()) return "none";
  std::vector<Time::duration> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const auto ms = [&](double share) {
    const auto at = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
    return std::chrono::duration<double, std::milli>(sorted[at]).count();
  };
  return fmt::format("median {:.3f} ms, 99 % {:.3f} ms, most {:.3f} ms", ms(0.5), ms(0.99), ms(1));
}

KernelLog::KernelLog() : fd_(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (fd_.get() < 0) throw std::system_error(errno, std::generic_category(), "/dev/kmsg");
  lseek(fd_.get(), 0, SEEK_END);
}

unsigned KernelLog::count_new(const std::string& text) {
  static const std::regex kReport(
      "WARNING:|BUG:|Oops|Call Trace|refcount_t|blocked for more than|general protection|"
      "possible circular|inconsistent lock|suspicious RCU|Unable to handle|stalls? on");
  unsigned found = 0;
  char record[8192];
  for (;;) {
    const ssize_t size = read(fd_.get(), record, sizeof record);
    if (size < 0 && errno == EPIPE) continue;  // the ring went round: the next read goes on
    if (size <= 0) return found;
    const std::string line(record, static_cast<size_t>(size));
    found += line.find(text) != std::string::npos;
    if (std::regex_search(line, kReport)) reports_.push_back(line.substr(line.find(';') + 1));
  }
}

int write_file(const std::string& path, const std::string& text) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) return errno;
  return write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

}  // namespace mtty::torture
