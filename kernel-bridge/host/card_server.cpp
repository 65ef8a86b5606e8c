// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/card_server.h"

#include <algorithm>

namespace mtty {
namespace {

using std::chrono::steady_clock;

constexpr unsigned kConfigRegion = 7;  // VFIO_PCI_CONFIG_REGION_INDEX
constexpr unsigned kLookEvery = 256;   // steps of a busy card between two looks at signals

mtty_bridge_status status_of(PciStatus status) {
  switch (status) {
    case PciStatus::kDone:
      return MTTY_BRIDGE_OK;
    case PciStatus::kMasterAbort:
      return MTTY_BRIDGE_MASTER_ABORT;
    case PciStatus::kTargetAbort:
      break;
  }
  return MTTY_BRIDGE_TARGET_ABORT;
}

}  // namespace

CardServer::CardServer(BridgeEndpoint& endpoint, Dut& dut, const ProgrammedCard& card,
                       PaceSetting pace, std::function<void(const std::string&)> tell)
    : endpoint_(endpoint),
      dut_(dut),
      card_(card),
      pace_(pace),
      tell_(std::move(tell)),
      wall_(steady_clock::now(), dut.now(), pace.factor) {}

BridgeWake serve_cards(const std::vector<CardServer*>& cards, BridgeWait& wait) {
  using Moment = CardServer::Moment;
  for (unsigned steps = 0;;) {
    std::optional<Moment> now;  // where somebody wants to know
    const auto passed = [&](Moment moment) {
      if (moment == Moment::min() || moment == Moment::max()) return moment == Moment::min();
      if (!now) now = steady_clock::now();
      return moment <= *now;
    };
    Moment next = Moment::max();
    for (CardServer* card : cards) {
      if (card->endpoint().pending() || passed(card->next_step())) card->step();
      next = std::min(next, card->next_step());
    }
    BridgeWake wake = BridgeWake::kRequest;
    if (next > Moment::min()) wake = wait.wait(next);
    if (wake == BridgeWake::kRequest && ++steps % kLookEvery == 0) wake = wait.look();
    if (wake == BridgeWake::kClosed || wake == BridgeWake::kWatched) return wake;
  }
}

void CardServer::step() {
  while (const auto request = endpoint_.poll()) answer(*request);
  next_step_ = move_on();
  tell_intx();
}

void CardServer::tell_intx() {
  const bool intx = dut_.intx();
  if (intx == endpoint_.intx()) return;
  keep_();
  endpoint_.set_intx(intx);
}

void CardServer::answer(const BridgeRequest& request) {
  held_until_.reset();
  if (request.op == MTTY_BRIDGE_RESET)
    answer_reset(request);
  else
    answer_access(request);
}

PciRequest CardServer::pci_request(const BridgeRequest& request) const {
  const bool write = request.op == MTTY_BRIDGE_WRITE;
  PciRequest pci{};
  pci.lanes = lanes_of(request.offset, request.size);
  if (request.region == kConfigRegion) {
    pci.command = write ? PciCommand::kConfigWrite : PciCommand::kConfigRead;
    pci.address = request.offset & ~3u;
  } else {
    pci.command = write ? PciCommand::kIoWrite : PciCommand::kIoRead;
    pci.address = card_.bar(request.region) + request.offset;
  }
  if (write) pci.data = request.data << (8 * (request.offset & 3));
  return pci;
}

void CardServer::answer_access(const BridgeRequest& request) {
  ++accesses_;
  const PciResult result = dut_.access(pci_request(request), clock_of_access());
  keep_();
  const std::uint32_t data =
      (result.data >> (8 * (request.offset & 3))) & mtty_bridge_all_ones(request.size);
  endpoint_.respond(request, data, status_of(result.status), dut_.intx());
}

void CardServer::answer_reset(const BridgeRequest& request) {
  switch (request.data) {
    case MTTY_BRIDGE_POWER_ON:
      tell_("the card was opened");
      break;
    case MTTY_BRIDGE_POWER_OFF:
      tell_("the card was closed");
      break;
    default:
      tell_("the card was reset");
  }
  dut_.reset(clock_of_access());
  keep_();
  endpoint_.respond(request, 0, MTTY_BRIDGE_OK, dut_.intx());
}

/// The clock at which an access comes that the guest makes now. A body that has fallen behind takes
/// it where it is.
Clock CardServer::clock_of_access() {
  if (pace_.kind != PaceSetting::Kind::kWall) return dut_.now();
  const Clock now = dut_.now();
  const Clock wanted = wall_.clock_at(steady_clock::now());
  return wanted > now && wanted - now <= dut_.clocks_at_once() ? wanted : now;
}

/// Moves time on as far as the pace allows at this moment. Returns until when there is nothing to
/// do; Moment::min() where there is.
CardServer::Moment CardServer::move_on() {
  switch (pace_.kind) {
    case PaceSetting::Kind::kWall:
      return follow(wall_);
    case PaceSetting::Kind::kGuest:
      return move_on_with_guest();
    case PaceSetting::Kind::kFree:
      break;
  }
  return skip_to_next_interrupt();
}

CardServer::Moment CardServer::follow(const WallTime& wall) {
  const Clock now = dut_.now();
  const Clock wanted = wall.clock_at(steady_clock::now());
  if (wanted > now)
    dut_.advance_to(wanted - now > dut_.clocks_at_once() ? now + dut_.clocks_at_once() : wanted);
  if (dut_.now() < wanted) return Moment::min();
  return wall.moment_of(dut_.next_interrupt());
}

CardServer::Moment CardServer::move_on_with_guest() {
  if (!waits_for_guest()) {
    held_until_.reset();
    return skip_to_next_interrupt();
  }
  const Moment now = steady_clock::now();
  if (!held_until_) held_until_.emplace(now + pace_.patience, dut_.now(), 1.0);
  const Moment end = held_until_->moment_of(0);
  if (now < end) return end;
  return follow(*held_until_);  // a guest that never looks still sees its overruns
}

CardServer::Moment CardServer::skip_to_next_interrupt() {
  const Clock next = dut_.next_interrupt();
  if (next == kNever) return Moment::max();
  const Clock now = dut_.now();
  // What is planned on the lines for this very clock comes with it.
  dut_.advance_to(next <= now                          ? now
                  : next - now > dut_.clocks_at_once() ? now + dut_.clocks_at_once()
                                                       : next);
  return Moment::min();
}

/// Something has been told to the guest and it has not looked yet. Received data of which an
/// interrupt is still to tell is not that: trigger level and character timeout need time to pass.
bool CardServer::waits_for_guest() const {
  if (dut_.intx()) return true;
  for (unsigned port = 0; port < dut_.ports(); ++port)
    if (dut_.data_ready(port) && !card_.interrupts_on_receive(port)) return true;
  return false;
}

}  // namespace mtty
