// SPDX-License-Identifier: Apache-2.0
// One card of `mttysim serve`: its end of the bridge, its body, its files.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "kernel-bridge/host/bridge_endpoint.h"
#include "kernel-bridge/host/card_server.h"
#include "model/state/state_file.h"
#include "tb/mttysim/commands.h"
#include "tb/mttysim/recording.h"

namespace mtty {

/// First all cards are attached, then their bodies are made, then they begin. Errors that a user
/// can mend are UsageError, BridgeError and StateError.
class ServedCard {
 public:
  /// Looks at the state file, if there is one, and attaches. `options` are this card's alone.
  ServedCard(const std::string& uuid, const ServeOptions& options);
  ServedCard(const ServedCard&) = delete;
  ServedCard& operator=(const ServedCard&) = delete;

  unsigned ports() const { return endpoint_->ports(); }
  /// With a new body, which becomes the one of the state file.
  void begin(std::unique_ptr<Dut> dut, PaceSetting pace);
  CardServer& server() { return *server_; }
  /// Completes the files, after an end for this reason.
  ExitCode close(const std::string& reason);

 private:
  void attach();
  void plug_in();
  void keep();
  template <class Archive>
  void visit(Archive& archive);
  void note(const std::string& event);
  void say(const std::string& what) const;

  const std::string uuid_;
  const ServeOptions options_;
  const std::string prefix_;  // of what is said: the UUID, where there are several cards
  std::optional<StateFile> state_;
  bool restored_ = false;
  std::unique_ptr<BridgeEndpoint> endpoint_;
  std::array<Plug, kMaxPorts> plugs_{};    // as the user wants them
  std::array<Plug, kMaxPorts> plugged_{};  // as they are
  std::optional<RecordedCard> recorded_;
  std::optional<CardServer> server_;
};

}  // namespace mtty
