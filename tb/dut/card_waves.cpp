// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/card_waves.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace mtty {
namespace {

constexpr std::pair<const char*, OutputPins> kOutputNames[] = {
    {"sout", kSout}, {"rts", kRts}, {"dtr", kDtr}, {"out1", kOut1}, {"out2", kOut2}};
constexpr std::pair<const char*, InputPins> kInputNames[] = {
    {"sin", kSin}, {"cts", kCts}, {"dsr", kDsr}, {"ri", kRi}, {"dcd", kDcd}};
constexpr OutputPins kOutputPins = kSout | kRts | kDtr | kOut1 | kOut2;
constexpr InputPins kInputPins = kSin | kModemInputs;

unsigned lowest_bit(unsigned bits) { return unsigned(__builtin_ctz(bits)); }

}  // namespace

BusWaves::BusWaves(WaveWriter& writer, Clock now, const PciWires& wires)
    : writer_(writer), last_(wires) {
  const auto add = [&](const char* name, unsigned width = 1) {
    return writer_.add(std::string("card.bus.") + name, width);
  };
  writer_.add_clock("card.bus.clk");
  rst_n_ = add("rst_n");
  frame_n_ = add("frame_n");
  irdy_n_ = add("irdy_n");
  devsel_n_ = add("devsel_n");
  trdy_n_ = add("trdy_n");
  stop_n_ = add("stop_n");
  idsel_ = add("idsel");
  ad_ = add("ad", 32);
  cbe_n_ = add("cbe_n", 4);
  par_ = add("par");
  perr_n_ = add("perr_n");
  serr_n_ = add("serr_n");
  inta_n_ = add("inta_n");
  ad_oe_ = add("ad_oe");
  par_oe_ = add("par_oe");
  devsel_oe_ = add("devsel_oe");
  trdy_oe_ = add("trdy_oe");
  stop_oe_ = add("stop_oe");
  perr_oe_ = add("perr_oe");
  serr_oe_ = add("serr_oe");
  inta_oe_ = add("inta_oe");
  write(now, wires);
}

void BusWaves::wires(Clock at, const PciWires& wires) {
  if (wires.in.tie() == last_.in.tie() && wires.target.tie() == last_.target.tie() &&
      wires.rst_n == last_.rst_n && wires.master.ad_oe == last_.master.ad_oe &&
      wires.master.cbe_oe == last_.master.cbe_oe && wires.master.par_oe == last_.master.par_oe)
    return;
  last_ = wires;
  write(at, wires);
}

void BusWaves::write(Clock at, const PciWires& wires) {
  const MasterOutputs& master = wires.master;
  const PciOutputs& card = wires.target;
  put(at, rst_n_, true, wires.rst_n);
  put(at, frame_n_, true, wires.in.frame_n);
  put(at, irdy_n_, true, wires.in.irdy_n);
  put(at, devsel_n_, card.devsel_oe, wires.devsel_n);
  put(at, trdy_n_, card.trdy_oe, wires.trdy_n);
  put(at, stop_n_, card.stop_oe, wires.stop_n);
  put(at, idsel_, true, wires.in.idsel);
  put(at, ad_, master.ad_oe || card.ad_oe, wires.in.ad);
  put(at, cbe_n_, master.cbe_oe, wires.in.cbe_n);
  put(at, par_, master.par_oe || card.par_oe, wires.in.par);
  put(at, perr_n_, card.perr_oe, wires.perr_n);
  put(at, serr_n_, card.serr_oe, wires.serr_n);
  put(at, inta_n_, card.inta_oe, wires.inta_n);
  put(at, ad_oe_, true, card.ad_oe);
  put(at, par_oe_, true, card.par_oe);
  put(at, devsel_oe_, true, card.devsel_oe);
  put(at, trdy_oe_, true, card.trdy_oe);
  put(at, stop_oe_, true, card.stop_oe);
  put(at, perr_oe_, true, card.perr_oe);
  put(at, serr_oe_, true, card.serr_oe);
  put(at, inta_oe_, true, card.inta_oe);
}

void BusWaves::put(Clock at, Signal signal, bool driven, std::uint32_t value) {
  if (driven)
    writer_.change(at, signal, value);
  else
    writer_.release(at, signal);
}

void RegisterWaves::add_config() {
  command_ = writer_.add("card.config.command", 16);
  bar0_ = writer_.add("card.config.bar0", 32);
  bar1_ = writer_.add("card.config.bar1", 32);
  interrupt_line_ = writer_.add("card.config.interrupt_line", 8);
}

void RegisterWaves::add_port(unsigned port) {
  const auto add = [&](const char* name, unsigned width = 8) {
    return writer_.add(fmt::format("card.uart{}.{}", port, name), width);
  };
  ports_.push_back(
      {add("ier"), add("fcr"), add("lcr"), add("mcr"), add("scr"), add("divisor", 16)});
}

void RegisterWaves::access_ends(const PciRequest& request, const PciResult& result) {
  if (!request.is_write()) return;
  programmed_.access_ends(request, result);
  if (request.is_config())
    write_config(result.completion_clock);
  else if (const auto port = programmed_.bar_at(request.address))
    write_port(result.completion_clock, *port);
}

void RegisterWaves::reset(Clock at, bool asserted) {
  programmed_.reset(at, asserted);
  write(at);
}

void RegisterWaves::write(Clock at) {
  write_config(at);
  for (unsigned i = 0; i < ports_.size(); ++i) write_port(at, i);
}

void RegisterWaves::write_config(Clock at) {
  const ConfigSpace& config = programmed_.config();
  writer_.change(at, command_, config.command());
  writer_.change(at, bar0_, config.bar(0));
  writer_.change(at, bar1_, config.bar(1));
  writer_.change(at, interrupt_line_, config.interrupt_line());
}

void RegisterWaves::write_port(Clock at, unsigned port) {
  const PortRegisters& held = programmed_.registers(port);
  const Port& signals = ports_[port];
  writer_.change(at, signals.ier, held.ier);
  writer_.change(at, signals.fcr, held.fcr);
  writer_.change(at, signals.lcr, held.line.lcr);
  writer_.change(at, signals.mcr, held.mcr);
  writer_.change(at, signals.scr, held.scr);
  writer_.change(at, signals.divisor, held.line.divisor);
}

CardWaves::CardWaves(std::unique_ptr<WaveWriter> writer, Dut& dut, const ProgrammedCard& programmed)
    : writer_(std::move(writer)), registers_(*writer_, programmed) {
  rst_n_ = writer_->add("card.pci.rst_n", 1);
  inta_n_ = writer_->add("card.pci.inta_n", 1);
  busy_ = writer_->add("card.pci.busy", 1);
  command_ = writer_->add("card.pci.command", 4);
  address_ = writer_->add("card.pci.address", 32);
  enables_ = writer_->add("card.pci.byte_enables", 4);
  data_ = writer_->add("card.pci.data", 32);
  status_ = writer_->add("card.pci.status", 2);
  registers_.add_config();
  for (unsigned port = 0; port < dut.ports(); ++port) {
    const std::string scope = "card.uart" + std::to_string(port) + '.';
    for (const auto& [name, pin] : kOutputNames)
      ports_[port].outputs[lowest_bit(pin)] = writer_->add(scope + name, 1);
    for (const auto& [name, pin] : kInputNames)
      ports_[port].inputs[lowest_bit(pin)] = writer_->add(scope + name, 1);
    registers_.add_port(port);
  }
  const Clock now = dut.now();
  if (const PciWires* wires = dut.observe_wires(*this))
    bus_ = std::make_unique<BusWaves>(*writer_, now, *wires);
  writer_->change(now, rst_n_, true);
  writer_->change(now, inta_n_, !dut.intx());
  writer_->change(now, busy_, false);
  registers_.write(now);
  for (unsigned port = 0; port < dut.ports(); ++port) {
    ports_[port].driven = dut.outputs(port) ^ kOutputPins;
    ports_[port].sampled = dut.inputs(port) ^ kInputPins;
    outputs(now, port, dut.outputs(port));
    inputs(now, port, dut.inputs(port));
  }
}

void CardWaves::access_begins(Clock at, const PciRequest& request) {
  writer_->change(at, busy_, true);
  writer_->change(at, command_, static_cast<std::uint32_t>(request.command));
  writer_->change(at, address_, request.address);
  writer_->change(at, enables_, request.lanes);
  if (request.is_write()) writer_->change(at, data_, request.data);
}

void CardWaves::access_ends(const PciRequest& request, const PciResult& result) {
  const Clock at = result.completion_clock;
  writer_->change(at, busy_, false);
  writer_->change(at, status_, static_cast<std::uint32_t>(result.status));
  if (!request.is_write()) writer_->change(at, data_, result.data);
  registers_.access_ends(request, result);
}

void CardWaves::reset(Clock at, bool asserted) {
  writer_->change(at, rst_n_, !asserted);
  registers_.reset(at, asserted);
}

void CardWaves::outputs(Clock at, unsigned port, OutputPins pins) {
  const OutputPins changed = std::exchange(ports_[port].driven, pins) ^ pins;
  write_pins(at, ports_[port].outputs, changed, pins);
}

void CardWaves::inputs(Clock at, unsigned port, InputPins pins) {
  const InputPins changed = std::exchange(ports_[port].sampled, pins) ^ pins;
  write_pins(at, ports_[port].inputs, changed, pins);
}

void CardWaves::write_pins(Clock at, const PinSignals& signals, unsigned changed, unsigned pins) {
  for (; changed != 0; changed &= changed - 1)
    writer_->change(at, signals[lowest_bit(changed)], pins >> lowest_bit(changed) & 1);
}

}  // namespace mtty
