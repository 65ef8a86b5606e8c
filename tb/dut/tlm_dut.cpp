// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/tlm_dut.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "model/time/sc_clock.h"

namespace mtty {
namespace {

constexpr Clock kMasterAbort = 4;       // clocks without DEVSEL# until the master gives up
constexpr Clock kCompletionToNext = 2;  // one idle clock between transactions
constexpr Clock kQuantum = 33'334;      // 1 ms

}  // namespace

void CardClocks::reached(unsigned card, Clock clock) {
  clocks_[card] = clock;
  if (clock >= next_) follow();
}

void CardClocks::follow() {
  const Clock behind = *std::min_element(clocks_.begin(), clocks_.end());
  const sc_core::sc_time target = time_of(behind);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (target > now) sc_core::sc_start(target - now);
  next_ = behind + kQuantum;
}

unsigned CardClocks::add() {
  clocks_.push_back(0);
  return unsigned(clocks_.size() - 1);
}

TlmDut::TlmDut(unsigned ports) : TlmDut(ports, std::make_shared<CardClocks>()) {
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  reset(0);
}

std::vector<std::unique_ptr<TlmDut>> TlmDut::make(const std::vector<unsigned>& ports) {
  const auto clocks = std::make_shared<CardClocks>();
  std::vector<std::unique_ptr<TlmDut>> cards;
  cards.reserve(ports.size());
  for (const unsigned count : ports)
    cards.push_back(std::unique_ptr<TlmDut>(new TlmDut(count, clocks)));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  for (const auto& card : cards) card->reset(0);
  return cards;
}

TlmDut::TlmDut(unsigned ports, std::shared_ptr<CardClocks> clocks)
    : clocks_(std::move(clocks)),
      index_(clocks_->add()),
      number_(index_ ? std::to_string(index_) : ""),
      card_(("card" + number_).c_str(), ports, this, this) {
  card_.rst_n(rst_n_);
  initiator_.bus.bind(card_.bus());
  phase_.set_extension(&pci_);
  phase_.set_data_ptr(data_);
  phase_.set_data_length(sizeof data_);
  phase_.set_streaming_width(sizeof data_);
  phase_.set_byte_enable_ptr(enables_);
  phase_.set_byte_enable_length(sizeof enables_);
}

TlmDut::~TlmDut() { phase_.clear_extension(&pci_); }

void TlmDut::run_to(Clock clock) { clocks_->reached(index_, clock); }

void TlmDut::advance_to(Clock clock) {
  run_to(clock);
  card_.advance_to(clock);
}

void TlmDut::visit(StateReader& state) {
  visit_members(state);
  clocks_->reached(index_, now());
}

PciResult TlmDut::access(const PciRequest& request, Clock at) {
  if (!request.manners.ordinary())
    throw std::invalid_argument("a body without pins knows ordinary masters only");
  at = std::max(at, bus_free());
  run_to(at);
  if (observed()) {
    card_.advance_to(at);
    tell([&](DutObserver& o) { o.access_begins(at, request); });
  }
  phase_.set_command(request.is_write() ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  phase_.set_address(request.address);
  phase_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  for (unsigned lane = 0; lane < 4; ++lane)
    enables_[lane] = request.lanes >> lane & 1 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
  // A read fills the lanes in: what it leaves out shows.
  const std::uint32_t data = request.is_write() ? request.data : kAllOnes;
  std::memcpy(data_, &data, sizeof data_);
  pci_.command = request.command;
  pci_.address_clock = at;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  initiator_.bus->b_transport(phase_, delay);

  PciResult result{PciStatus::kDone, kAllOnes, at, pci_.completion_clock};
  switch (phase_.get_response_status()) {
    case tlm::TLM_OK_RESPONSE:
      std::memcpy(&result.data, data_, sizeof data_);
      break;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      result.status = PciStatus::kMasterAbort;
      result.completion_clock = at + kMasterAbort;
      break;
    default:
      result.status = PciStatus::kTargetAbort;
      break;
  }
  bus_free_ = result.completion_clock + kCompletionToNext;
  card_.advance_to(result.completion_clock);
  tell([&](DutObserver& o) { o.access_ends(request, result); });
  return result;
}

std::pair<PciResult, PciResult> TlmDut::access_back_to_back(const PciRequest&, const PciRequest&,
                                                            Clock) {
  throw std::invalid_argument("a body without pins knows no fast back-to-back");
}

void TlmDut::drive_reset(Clock at, bool asserted) {
  run_to(at);
  if (at > now()) card_.advance_to(at - 1);
  tell([&](DutObserver& o) { o.reset(at, asserted); });
  card_.set_reset(at, asserted);
}

void TlmDut::reset(Clock at) {
  at = std::max({at, bus_free_, now()});
  drive_reset(at, true);
  drive_reset(at + kResetClocks, false);
  bus_free_ = at + kResetClocks + kCompletionToNext;
}

void TlmDut::outputs_changed(Clock at, unsigned port, OutputPins pins) {
  tell([&](DutObserver& o) { o.outputs(at, port, pins); });
}

void TlmDut::inputs_changed(Clock at, unsigned port, InputPins pins) {
  tell([&](DutObserver& o) { o.inputs(at, port, pins); });
}

void TlmDut::intx_changed(Clock at, bool asserted) {
  tell([&](DutObserver& o) { o.intx(at, asserted); });
}

}  // namespace mtty
