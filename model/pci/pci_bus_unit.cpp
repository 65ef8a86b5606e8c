// SPDX-License-Identifier: Apache-2.0
#include "model/pci/pci_bus_unit.h"

namespace mtty {
namespace {

constexpr RegisterStrobe kNoStrobe{PciBusUnit::kNoPort, 0, false, 0};

bool parity_of(std::uint32_t ad, std::uint8_t cbe_n) {
  return __builtin_parity(ad) ^ __builtin_parity(cbe_n & 0xfu);
}

}  // namespace

void PciBusUnit::reset() { *this = PciBusUnit(*config_); }

RegisterStrobe PciBusUnit::clock(const PciInputs& bus, bool interrupt, bool hold) {
  const bool address_error = state_ == State::kDecode && parity_ != bus.par;
  const bool data_error = check_data_ && parity_ != bus.par;
  const bool responds = config_->command() & pci::kCommandParityResponse;
  const bool system_error = address_error && responds && config_->command() & pci::kCommandSerr;
  check_data_ = false;
  // PAR follows AD by a clock: first what it covers, then what AD becomes.
  drive_parity(bus, data_error && responds, system_error);

  RegisterStrobe strobe = kNoStrobe;
  switch (state_) {
    case State::kIdle:
    case State::kTurn:
      out_.devsel_oe = out_.trdy_oe = out_.stop_oe = false;
      state_ = State::kIdle;
      if (!bus.frame_n) take_address(bus);
      break;
    case State::kDecode:
      state_ = bus.frame_n ? State::kIdle : State::kForeign;
      if (!(address_error && responds)) decode(bus);
      break;
    case State::kForeign:
      if (bus.frame_n) state_ = State::kIdle;
      break;
    case State::kClaimed:
      if (!bus.irdy_n) strobe = serve(bus, interrupt, hold);
      break;
    case State::kEnding:
      finish(bus);
      break;
  }
  if (address_error || data_error) config_->raise_status(pci::kStatusParityError);
  if (system_error) config_->raise_status(pci::kStatusSystemError);
  return strobe;
}

void PciBusUnit::take_address(const PciInputs& bus) {
  address_ = bus.ad;
  command_ = bus.cbe_n & 0xf;
  idsel_ = bus.idsel;
  parity_ = parity_of(bus.ad, bus.cbe_n);
  state_ = State::kDecode;
}

void PciBusUnit::decode(const PciInputs&) {
  const auto command = static_cast<PciCommand>(command_ & ~1);
  if (command == PciCommand::kConfigRead) {
    if (!idsel_ || address_ & 3) return;
    port_ = kNoPort;
  } else if (command == PciCommand::kIoRead) {
    const auto bar = config_->decode_io(address_);
    if (!bar) return;
    port_ = *bar;
  } else {
    return;
  }
  state_ = State::kClaimed;
  served_ = 0;
  out_.devsel_n = false;
  out_.trdy_n = out_.stop_n = true;
  out_.devsel_oe = out_.trdy_oe = out_.stop_oe = true;
  out_.ad = 0;
  out_.ad_oe = !write();
}

RegisterStrobe PciBusUnit::serve(const PciInputs& bus, bool interrupt, bool hold) {
  const auto lanes = Lanes(~bus.cbe_n & kAllLanes);
  if (port_ == kNoPort) {
    const unsigned offset = address_ & (pci::kConfigBytes - 1);
    if (write())
      config_->write(offset, lanes, bus.ad);
    else
      out_.ad = config_->read(offset, interrupt) & bits_of(lanes);
    end_data_phase();
    return kNoStrobe;
  }
  if (!legal_io_lanes(address_, lanes)) {
    abort();
    return kNoStrobe;
  }
  if (lanes == 0) end_data_phase();
  if (lanes == 0 || hold) return kNoStrobe;
  const auto rest = unsigned(lanes & ~served_);
  lane_ = unsigned(__builtin_ctz(rest));
  served_ |= Lanes(1u << lane_);
  if ((rest & (rest - 1)) == 0) end_data_phase();
  return {port_, (address_ & 4) + lane_, write(), std::uint8_t(bus.ad >> (8 * lane_))};
}

void PciBusUnit::read_done(std::uint8_t value) { out_.ad |= std::uint32_t{value} << (8 * lane_); }

void PciBusUnit::abort() {
  config_->raise_status(pci::kStatusTargetAbort);
  out_.devsel_n = true;
  out_.stop_n = false;
  state_ = State::kEnding;
}

/// Every data phase is the last: STOP# comes with TRDY#.
void PciBusUnit::end_data_phase() {
  out_.trdy_n = out_.stop_n = false;
  state_ = State::kEnding;
}

void PciBusUnit::finish(const PciInputs& bus) {
  if (!out_.trdy_n && bus.irdy_n) return;
  if (!out_.trdy_n && write()) {
    parity_ = parity_of(bus.ad, bus.cbe_n);
    check_data_ = true;
  }
  out_.trdy_n = true;
  if (!bus.frame_n) return;
  out_.devsel_n = out_.stop_n = true;
  out_.ad_oe = false;
  state_ = State::kTurn;
}

void PciBusUnit::drive_parity(const PciInputs& bus, bool data_error, bool system_error) {
  out_.par = parity_of(out_.ad, bus.cbe_n);
  out_.par_oe = out_.ad_oe;
  out_.perr_oe = data_error || !out_.perr_n;  // driven high for a clock before it is released
  out_.perr_n = !data_error;
  out_.serr_oe = system_error;
}

}  // namespace mtty
