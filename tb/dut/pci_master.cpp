// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/pci_master.h"

#include <algorithm>
#include <utility>

namespace mtty {
namespace {

// DEVSEL# may come 1 to 3 clocks after the address phase, or from subtractive decoding one later
// (3.3.3.1).
constexpr Clock kDevselLimit = 4;

}  // namespace

void PciMaster::begin(const PciRequest& request) {
  if (busy())
    next_ = request;
  else
    drive_address(request);
}

std::optional<PciResult> PciMaster::take_result() {
  if (results_.empty()) return std::nullopt;
  const PciResult result = results_.front();
  results_.pop_front();
  return result;
}

void PciMaster::reset() {
  out_ = {};
  state_ = State::kIdle;
  next_.reset();
  results_.clear();
}

void PciMaster::clock(Clock now, const PciWires& wires) {
  // PAR follows what this master drove on AD by a clock.
  const bool address_parity = state_ == State::kAddress;
  const bool wrong = address_parity ? request_.manners.bad_address_parity
                                    : request_.manners.bad_data_parity && request_.is_write();
  const bool covers = state_ != State::kIdle;
  out_.par = pci_parity(out_.ad, out_.cbe_n) ^ (covers && wrong);
  out_.par_oe = out_.ad_oe;

  switch (state_) {
    case State::kIdle:  // the bus is parked here: AD and C/BE# are kept driven
      out_.ad_oe = out_.cbe_oe = true;
      break;
    case State::kAddress:
      address_clock_ = now;
      irdy_clock_ =
          now + std::max(request_.manners.irdy_delay, unsigned{request_.manners.early_frame_end});
      claimed_ = false;
      drive_data(now);
      break;
    case State::kData:
      sample_data(now, wires);
      break;
    case State::kLastIrdy:
      release();
      break;
  }
}

void PciMaster::drive_address(const PciRequest& request) {
  request_ = request;
  out_.ad = request_.address;
  out_.cbe_n = static_cast<std::uint8_t>(request_.command);
  out_.ad_oe = out_.cbe_oe = true;
  out_.frame_n = false;
  out_.irdy_n = true;
  out_.idsel = request_.is_config();
  state_ = State::kAddress;
}

void PciMaster::drive_data(Clock now) {
  out_.idsel = false;
  out_.cbe_n = std::uint8_t(~request_.lanes & kAllLanes);
  out_.ad_oe = request_.is_write();
  if (request_.is_write()) out_.ad = request_.data;
  state_ = State::kData;
  drive_ready(now);
}

void PciMaster::sample_data(Clock now, const PciWires& wires) {
  claimed_ |= !wires.devsel_n;
  const bool ready = !wires.in.irdy_n;
  if (!claimed_ && now >= address_clock_ + kDevselLimit)
    return end(now, PciStatus::kMasterAbort, kAllOnes);
  if (ready && !wires.trdy_n) {
    const std::uint32_t data = request_.is_write() ? request_.data : wires.in.ad;
    if (wires.stop_n && request_.manners.burst)
      return;  // a target that bursts: the monitor has a word to say
    return end(now, PciStatus::kDone, data);
  }
  if (ready && !wires.stop_n) return end(now, PciStatus::kTargetAbort, kAllOnes);
  if (!ready) drive_ready(now);
}

void PciMaster::drive_ready(Clock now) {
  const PciManners& manners = request_.manners;
  out_.irdy_n = now < irdy_clock_;
  out_.frame_n = manners.early_frame_end || !(out_.irdy_n || manners.burst);
}

/// FRAME# may only go high while IRDY# is low, so a transaction that ends early takes one more
/// clock (3.3.3.1).
void PciMaster::end(Clock now, PciStatus status, std::uint32_t data) {
  results_.push_back({status, data, address_clock_, now});
  if (out_.frame_n) return release();
  out_.frame_n = true;
  out_.irdy_n = false;
  state_ = State::kLastIrdy;
}

void PciMaster::release() {
  out_.frame_n = out_.irdy_n = true;
  out_.ad_oe = out_.cbe_oe = false;
  state_ = State::kIdle;
  if (!next_) return;
  drive_address(*std::exchange(next_, std::nullopt));
}

}  // namespace mtty
