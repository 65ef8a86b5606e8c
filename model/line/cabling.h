// SPDX-License-Identifier: Apache-2.0
// What hangs on the ports of a card: plugs, forced pins, and somebody sending into SIN.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "model/time/clock.h"
#include "model/uart/pins.h"

namespace mtty {

constexpr unsigned kMaxPorts = 2;

enum class Plug : std::uint8_t {
  kNone,       ///< SIN mark, modem inputs inactive
  kLoopback,   ///< SOUT to SIN, RTS to CTS, DTR to DSR and DCD
  kNullModem,  ///< the same, crossed between the two ports
};
std::optional<Plug> plug_named(std::string_view name);
std::string_view name_of(Plug plug);

/// Inputs of the ports as a function of their outputs and of what has been done to the lines. Wires
/// have no delay. SIN is mark only where plug (or forced level) and sender both are.
class Cabling {
 public:
  using Outputs = std::array<OutputPins, kMaxPorts>;

  InputPins inputs(unsigned port, const Outputs& outputs) const;

  /// What is to happen at clock `at`; in any order, but not before the clock apply() was called
  /// with. A null modem is plugged into both ports; pulling it at one end leaves `none` at the
  /// other. A plug takes forced pins away.
  void plug(Clock at, unsigned port, Plug plug) { plan(at, {Change::kPlug, port, plug, 0, false}); }
  void force(Clock at, unsigned port, InputPin pin, bool level) {
    plan(at, {Change::kForce, port, {}, pin, level});
  }
  void send(Clock at, unsigned port, bool level) {
    plan(at, {Change::kSend, port, {}, kSin, level});
  }

  /// The clock of the next planned change; kNever without one.
  Clock next_event() const { return next_; }
  /// Does all that is planned for clocks <= clock; false where there is nothing.
  bool apply(Clock clock);

  Plug plug_on(unsigned port) const { return plugs_[port]; }

  template <class Archive>
  void visit(Archive& archive) {
    for (Plug& plug : plugs_) archive.limit(plug, Plug::kNullModem);
    archive(forced_, levels_, sender_, next_);
    visit_planned(archive);
  }

 private:
  struct Change {
    enum Kind : std::uint8_t { kPlug, kForce, kSend } kind;
    unsigned port;
    Plug plug;
    InputPins pin;
    bool level;

    template <class Archive>
    void visit(Archive& archive) {
      archive.limit(kind, kSend);
      archive.limit(port, kMaxPorts - 1);
      archive.limit(plug, Plug::kNullModem);
      archive(pin, level);
    }
  };
  template <class Archive>
  void visit_planned(Archive& archive) {
    auto count = std::uint32_t(planned_.size());
    archive(count);
    // clang-tidy 14 takes the branch that is not instantiated for a copy of the other.
    // NOLINTNEXTLINE(bugprone-branch-clone)
    if constexpr (Archive::kReads) {
      planned_.clear();
      for (Clock at; count; --count) {
        Change change{};
        archive(at, change);
        planned_.emplace(at, change);
      }
      archive.check(next_ == (planned_.empty() ? kNever : planned_.begin()->first));
    } else {
      for (auto& [at, change] : planned_) archive(at, change);
    }
  }
  void plan(Clock at, Change change);
  void perform(const Change& change);
  InputPins from_plug(unsigned port, const Outputs& outputs) const;

  std::array<Plug, kMaxPorts> plugs_{Plug::kLoopback, Plug::kLoopback};
  std::array<InputPins, kMaxPorts> forced_{};  // which pins
  std::array<InputPins, kMaxPorts> levels_{};  // of the forced ones
  std::array<bool, kMaxPorts> sender_{true, true};
  std::multimap<Clock, Change> planned_;
  Clock next_ = kNever;
};

}  // namespace mtty
