// SPDX-License-Identifier: Apache-2.0
#include "model/line/cabling.h"

#include <utility>

namespace mtty {
namespace {

constexpr std::pair<std::string_view, Plug> kNames[] = {
    {"none", Plug::kNone}, {"loopback", Plug::kLoopback}, {"null-modem", Plug::kNullModem}};

/// The far end of the cable drives these into the near one.
InputPins crossed(OutputPins far) {
  return (far & kSout ? kSin : 0) | (far & kRts ? kCts : 0) | (far & kDtr ? kDsr | kDcd : 0);
}

}  // namespace

std::optional<Plug> plug_named(std::string_view name) {
  for (const auto& [known, plug] : kNames)
    if (known == name) return plug;
  return std::nullopt;
}

std::string_view name_of(Plug plug) {
  for (const auto& [name, known] : kNames)
    if (known == plug) return name;
  return {};
}

InputPins Cabling::from_plug(unsigned port, const Outputs& outputs) const {
  switch (plugs_[port]) {
    case Plug::kLoopback:
      return crossed(outputs[port]);
    case Plug::kNullModem:
      return crossed(outputs[1 - port]);
    case Plug::kNone:
      break;
  }
  return kInputsIdle;
}

InputPins Cabling::inputs(unsigned port, const Outputs& outputs) const {
  InputPins pins = from_plug(port, outputs);
  pins = InputPins((pins & ~forced_[port]) | (levels_[port] & forced_[port]));
  if (!sender_[port]) pins &= ~kSin;
  return pins;
}

void Cabling::plan(Clock at, Change change) {
  planned_.emplace(at, change);
  next_ = planned_.begin()->first;
}

bool Cabling::apply(Clock clock) {
  if (next_ > clock) return false;
  while (next_ <= clock) {
    perform(planned_.begin()->second);
    planned_.erase(planned_.begin());
    next_ = planned_.empty() ? kNever : planned_.begin()->first;
  }
  return true;
}

void Cabling::perform(const Change& change) {
  const unsigned port = change.port;
  const unsigned other = 1 - port;
  switch (change.kind) {
    case Change::kPlug:
      if (change.plug == Plug::kNullModem)
        plugs_[other] = Plug::kNullModem;
      else if (plugs_[port] == Plug::kNullModem)
        plugs_[other] = Plug::kNone;
      plugs_[port] = change.plug;
      forced_[port] = 0;
      break;
    case Change::kForce:
      forced_[port] |= change.pin;
      levels_[port] = change.level ? levels_[port] | change.pin : levels_[port] & ~change.pin;
      break;
    case Change::kSend:
      sender_[port] = change.level;
      break;
  }
}

}  // namespace mtty
