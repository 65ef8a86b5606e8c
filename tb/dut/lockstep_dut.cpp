// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/lockstep_dut.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtty {

LockstepDut::LockstepDut(std::unique_ptr<Dut> a, std::unique_ptr<Dut> b)
    : a_(std::move(a)), b_(std::move(b)) {
  a_->observe(seen_a_);
  b_->observe(seen_b_);
}

void LockstepDut::advance_to(Clock clock) {
  a_->advance_to(clock);
  b_->advance_to(clock);
  compare_changes();
}

PciResult LockstepDut::access(const PciRequest& request, Clock at) {
  at = std::max(at, bus_free());
  const PciResult result = a_->access(request, at);
  compare(result, b_->access(request, at));
  compare_changes();
  return result;
}

std::pair<PciResult, PciResult> LockstepDut::access_back_to_back(const PciRequest& write,
                                                                 const PciRequest& next, Clock at) {
  at = std::max(at, bus_free());
  const auto results = a_->access_back_to_back(write, next, at);
  const auto others = b_->access_back_to_back(write, next, at);
  compare(results.first, others.first);
  compare(results.second, others.second);
  compare_changes();
  return results;
}

/// State(at) is the reset state (docs/timing.md). Whether a body tells on its way there, at the
/// same clock, what the edge would have done without RST# is not a difference.
void LockstepDut::reset(Clock at) {
  at = std::max({at, bus_free(), now()});
  a_->reset(at);
  b_->reset(at);
  seen_a_.forget(at);
  seen_b_.forget(at);
  compare_changes();
  compare_levels();
}

void LockstepDut::plug(Clock at, unsigned port, Plug plug) {
  a_->plug(at, port, plug);
  b_->plug(at, port, plug);
}

void LockstepDut::force(Clock at, unsigned port, InputPin pin, bool level) {
  a_->force(at, port, pin, level);
  b_->force(at, port, pin, level);
}

void LockstepDut::send(Clock at, unsigned port, bool level) {
  a_->send(at, port, level);
  b_->send(at, port, level);
}

void LockstepDut::compare(const PciResult& a, const PciResult& b) const {
  if (a.status == b.status && a.data == b.data && a.address_clock == b.address_clock &&
      a.completion_clock == b.completion_clock)
    return;
  const auto text = [](const PciResult& r) {
    constexpr const char* kStatus[] = {"done", "master abort", "target abort"};
    return fmt::format("{} with {:#010x} at clock {}", kStatus[static_cast<int>(r.status)], r.data,
                       r.completion_clock);
  };
  throw LockstepDifference(a.address_clock, fmt::format("clock {}: the access ends {} and {}",
                                                        a.address_clock, text(a), text(b)));
}

/// Both bodies have told all up to the earlier of their times.
void LockstepDut::compare_changes() {
  const Clock known = std::min(a_->now(), b_->now());
  for (;;) {
    const bool in_a = !seen_a_.changes.empty() && seen_a_.changes.front().at <= known;
    const bool in_b = !seen_b_.changes.empty() && seen_b_.changes.front().at <= known;
    if (!in_a && !in_b) return;
    const Change* a = in_a ? &seen_a_.changes.front() : nullptr;
    const Change* b = in_b ? &seen_b_.changes.front() : nullptr;
    const bool alike = a && b && a->at == b->at && a->kind == b->kind && a->port == b->port &&
                       a->value == b->value;
    if (!alike) {
      const Clock first = std::min(a ? a->at : kNever, b ? b->at : kNever);
      throw LockstepDifference(
          first, fmt::format("clock {}: {} and {}", first, a ? text_of(*a) : "no change",
                             b ? text_of(*b) : "no change"));
    }
    seen_a_.changes.pop_front();
    seen_b_.changes.pop_front();
  }
}

void LockstepDut::compare_levels() const {
  bool alike = a_->intx() == b_->intx();
  for (unsigned i = 0; i < ports(); ++i)
    alike &= a_->outputs(i) == b_->outputs(i) && a_->inputs(i) == b_->inputs(i);
  if (!alike)
    throw LockstepDifference(now(),
                             fmt::format("clock {}: INTA# or a serial pin after RST#", now()));
}

std::string LockstepDut::text_of(const Change& change) {
  switch (change.kind) {
    case Change::kIntx:
      return fmt::format("INTA# {} at {}", change.value ? "asserted" : "deasserted", change.at);
    case Change::kOutputs:
      return fmt::format("outputs of port {} {:#04x} at {}", change.port, change.value, change.at);
    case Change::kInputs:
      break;
  }
  return fmt::format("inputs of port {} {:#04x} at {}", change.port, change.value, change.at);
}

void LockstepDut::Recorder::forget(Clock at) {
  const auto told_at = [at](const Change& change) { return change.at == at; };
  changes.erase(std::remove_if(changes.begin(), changes.end(), told_at), changes.end());
}

void LockstepDut::Recorder::access_begins(Clock at, const PciRequest& request) {
  if (forwards_) owner_.tell([&](DutObserver& o) { o.access_begins(at, request); });
}
void LockstepDut::Recorder::access_ends(const PciRequest& request, const PciResult& result) {
  if (forwards_) owner_.tell([&](DutObserver& o) { o.access_ends(request, result); });
}
void LockstepDut::Recorder::reset(Clock at, bool asserted) {
  if (forwards_) owner_.tell([&](DutObserver& o) { o.reset(at, asserted); });
}
void LockstepDut::Recorder::intx(Clock at, bool asserted) {
  changes.push_back({at, Change::kIntx, 0, asserted});
  if (forwards_) owner_.tell([&](DutObserver& o) { o.intx(at, asserted); });
}
void LockstepDut::Recorder::outputs(Clock at, unsigned port, OutputPins pins) {
  changes.push_back({at, Change::kOutputs, port, pins});
  if (forwards_) owner_.tell([&](DutObserver& o) { o.outputs(at, port, pins); });
}
void LockstepDut::Recorder::inputs(Clock at, unsigned port, InputPins pins) {
  changes.push_back({at, Change::kInputs, port, pins});
  if (forwards_) owner_.tell([&](DutObserver& o) { o.inputs(at, port, pins); });
}

}  // namespace mtty
