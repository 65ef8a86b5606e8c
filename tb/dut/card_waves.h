// SPDX-License-Identifier: Apache-2.0
// The signals of a card in a wave file: the transaction on the bus, the wires of the bus where the
// body has them, INTA#, what the transactions have programmed, the pins of each port.
#pragma once

#include <array>
#include <memory>

#include "model/wave/wave_writer.h"
#include "tb/dut/dut.h"
#include "tb/dut/pci_wires.h"
#include "tb/dut/programmed_card.h"

namespace mtty {

/// The wires in the scope card.bus. A wire that nobody drives is z (also where a pull-up keeps it
/// high), so that one sees who drives when; *_oe are the output enables of the card.
class BusWaves {
 public:
  BusWaves(WaveWriter& writer, Clock now, const PciWires& wires);

  void wires(Clock at, const PciWires& wires);

 private:
  using Signal = WaveWriter::Signal;

  void write(Clock at, const PciWires& wires);
  void put(Clock at, Signal signal, bool driven, std::uint32_t value);

  WaveWriter& writer_;
  PciWires last_;
  Signal rst_n_, frame_n_, irdy_n_, devsel_n_, trdy_n_, stop_n_, idsel_, ad_, cbe_n_, par_, perr_n_,
      serr_n_, inta_n_;
  Signal ad_oe_, par_oe_, devsel_oe_, trdy_oe_, stop_oe_, perr_oe_, serr_oe_, inta_oe_;
};

/// What the transactions have programmed, each value from the completion of its transaction on:
/// configuration in the scope card.config, registers in the scope of their port.
class RegisterWaves {
 public:
  /// `programmed`: what is known so far.
  RegisterWaves(WaveWriter& writer, const ProgrammedCard& programmed)
      : writer_(writer), programmed_(programmed) {}

  void add_config();
  void add_port(unsigned port);
  void access_ends(const PciRequest& request, const PciResult& result);
  void reset(Clock at, bool asserted);
  void write(Clock at);

 private:
  void write_config(Clock at);
  void write_port(Clock at, unsigned port);

  using Signal = WaveWriter::Signal;
  struct Port {
    Signal ier, fcr, lcr, mcr, scr, divisor;
  };

  WaveWriter& writer_;
  ProgrammedCard programmed_;
  Signal command_ = 0, bar0_ = 0, bar1_ = 0, interrupt_line_ = 0;
  std::vector<Port> ports_;
};

/// Observes a body and writes its waves. Modem lines are logical (1 = asserted).
class CardWaves : public DutObserver, private WireObserver {
 public:
  /// Of a card after power-on.
  CardWaves(std::unique_ptr<WaveWriter> writer, Dut& dut)
      : CardWaves(std::move(writer), dut, ProgrammedCard(dut.ports())) {}
  /// Of a card that has been programmed already.
  CardWaves(std::unique_ptr<WaveWriter> writer, Dut& dut, const ProgrammedCard& programmed);

  /// Ends the file. Throws std::system_error where it could not be written in full.
  void close(Clock end) { writer_->close(end); }

  void access_begins(Clock at, const PciRequest& request) override;
  void access_ends(const PciRequest& request, const PciResult& result) override;
  void reset(Clock at, bool asserted) override;
  void intx(Clock at, bool asserted) override { writer_->change(at, inta_n_, !asserted); }
  void outputs(Clock at, unsigned port, OutputPins pins) override;
  void inputs(Clock at, unsigned port, InputPins pins) override;

 private:
  using Signal = WaveWriter::Signal;
  using PinSignals = std::array<Signal, 8>;  // by the bits of OutputPins or InputPins
  struct Port {
    PinSignals outputs, inputs;
    OutputPins driven;  // as written last
    InputPins sampled;
  };

  void write_pins(Clock at, const PinSignals& signals, unsigned changed, unsigned pins);
  void wires(Clock at, const PciWires& wires) override { bus_->wires(at, wires); }

  std::unique_ptr<WaveWriter> writer_;
  Signal rst_n_, inta_n_, busy_, command_, address_, enables_, data_, status_;
  std::array<Port, kMaxPorts> ports_{};
  RegisterWaves registers_;
  std::unique_ptr<BusWaves> bus_;  ///< null where the body has no wires
};

}  // namespace mtty
