// SPDX-License-Identifier: Apache-2.0
// The signals of a card in a wave file: the transaction on the bus, INTA#, the pins of each port.
#pragma once

#include <array>
#include <memory>

#include "model/wave/wave_writer.h"
#include "tb/dut/dut.h"

namespace mtty {

/// Observes a body and writes its waves. Modem lines are logical (1 = asserted).
class CardWaves : public DutObserver {
 public:
  CardWaves(std::unique_ptr<WaveWriter> writer, const Dut& dut);

  /// Ends the file. Throws std::system_error where it could not be written in full.
  void close(Clock end) { writer_->close(end); }

  void access_begins(Clock at, const PciRequest& request) override;
  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock at, bool asserted) override { writer_->change(at, rst_n_, !asserted); }
  void intx(Clock at, bool asserted) override { writer_->change(at, inta_n_, !asserted); }
  void outputs(Clock at, unsigned port, OutputPins pins) override;
  void inputs(Clock at, unsigned port, InputPins pins) override;

 private:
  using Signal = WaveWriter::Signal;
  static constexpr unsigned kOutputs = 5, kInputs = 5;
  struct Port {
    std::array<Signal, kOutputs> outputs;
    std::array<Signal, kInputs> inputs;
  };

  std::unique_ptr<WaveWriter> writer_;
  Signal rst_n_, inta_n_, busy_, command_, address_, enables_, data_, status_;
  std::array<Port, kMaxPorts> ports_{};
};

}  // namespace mtty
