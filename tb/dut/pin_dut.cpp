// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/pin_dut.h"

#include <stdexcept>

#include "model/time/crystal.h"

namespace mtty {
namespace {

constexpr Clock kLongestAccess = 100;
constexpr Clock kCompletionToNext = 2;  // one idle clock between transactions

}  // namespace

PinDut::PinDut(std::unique_ptr<PinLevelCard> card)
    : card_(std::move(card)), ports_(card_->ports()), monitor_(ports_) {
  connect();
  reset(0);
}

/// One clock: the card and the master see the wires as they were before the edge; then the wires
/// follow.
void PinDut::tick() {
  card_->clock(inputs_);
  ++now_;
  monitor_.clock(now_, wires_);
  master_.clock(now_, wires_);
  connect();
}

/// Resolves State(now): bus, serial lines, crystal.
void PinDut::connect() {
  const CardOutputs& card = card_->outputs();
  const bool intx = !wires_.inta_n;
  wires_.resolve(master_.outputs(), card.pci);
  inputs_.pci = wires_.in;
  inputs_.crystal = crystal::pin_at(now_ + 1);

  bool lines_changed = !connected_;
  connected_ = true;
  for (unsigned i = 0; i < ports_; ++i) {
    if (card.serial[i] == outputs_[i]) continue;
    outputs_[i] = card.serial[i];
    lines_changed = true;
    tell([&](DutObserver& o) { o.outputs(now_, i, outputs_[i]); });
  }
  lines_changed |= cabling_.apply(now_);
  for (unsigned i = 0; lines_changed && i < ports_; ++i) {
    const InputPins pins = cabling_.inputs(i, outputs_);
    if (pins == inputs_.serial[i]) continue;
    inputs_.serial[i] = pins;
    tell([&](DutObserver& o) { o.inputs(now_, i, pins); });
  }
  if (intx == wires_.inta_n) tell([&](DutObserver& o) { o.intx(now_, !wires_.inta_n); });
  if (wire_observer_) wire_observer_->wires(now_, wires_);
}

/// A change of the lines that is planned for this very clock.
void PinDut::settle_now(Clock at) {
  if (at <= now_) connect();
}

void PinDut::advance_to(Clock clock) {
  while (now_ < clock) tick();
}

/// To State(at): the address phase is about to be answered.
void PinDut::begin(const PciRequest& request, Clock at) {
  advance_to(at - 1);
  master_.begin(request);
  connect();
  tick();
  tell([&](DutObserver& o) { o.access_begins(at, request); });
}

PciResult PinDut::finish(const PciRequest& request) {
  std::optional<PciResult> result;
  for (const Clock deadline = now_ + kLongestAccess; !(result = master_.take_result()); tick())
    if (now_ > deadline)
      throw std::runtime_error("the card does not end a transaction; the bus hangs");
  if (!request.is_write() && result->status == PciStatus::kDone)
    result->data &= bits_of(request.lanes);
  // After a burst FRAME# goes high a clock later.
  bus_free_ = result->completion_clock + kCompletionToNext + master_.busy();
  tell([&](DutObserver& o) { o.access_ends(request, *result); });
  return *result;
}

PciResult PinDut::access(const PciRequest& request, Clock at) {
  begin(request, std::max(at, bus_free()));
  return finish(request);
}

std::pair<PciResult, PciResult> PinDut::access_back_to_back(const PciRequest& write,
                                                            const PciRequest& next, Clock at) {
  begin(write, std::max(at, bus_free()));
  master_.begin(next);
  const PciResult first = finish(write);
  tick();
  tell([&](DutObserver& o) { o.access_begins(now_, next); });
  return {first, finish(next)};
}

void PinDut::drive_reset(bool asserted) {
  tell([&](DutObserver& o) { o.reset(now_, asserted); });
  wires_.rst_n = !asserted;
  if (asserted) master_.reset();
  card_->set_reset(asserted);
  connect();
}

void PinDut::reset(Clock at) {
  at = std::max({at, bus_free_, now()});
  advance_to(at);
  drive_reset(true);
  advance_to(at + kResetClocks);
  drive_reset(false);
  bus_free_ = at + kResetClocks + kCompletionToNext;
}

Clock PinDut::next_interrupt() const { return card_->resting() ? cabling_.next_event() : now_ + 1; }

}  // namespace mtty
