// SPDX-License-Identifier: Apache-2.0
#include "tb/dut/card_waves.h"

#include <string>
#include <utility>

namespace mtty {
namespace {

constexpr std::pair<const char*, OutputPins> kOutputNames[] = {
    {"sout", kSout}, {"rts", kRts}, {"dtr", kDtr}, {"out1", kOut1}, {"out2", kOut2}};
constexpr std::pair<const char*, InputPins> kInputNames[] = {
    {"sin", kSin}, {"cts", kCts}, {"dsr", kDsr}, {"ri", kRi}, {"dcd", kDcd}};

}  // namespace

CardWaves::CardWaves(std::unique_ptr<WaveWriter> writer, const Dut& dut)
    : writer_(std::move(writer)) {
  rst_n_ = writer_->add("card.pci.rst_n", 1);
  inta_n_ = writer_->add("card.pci.inta_n", 1);
  busy_ = writer_->add("card.pci.busy", 1);
  command_ = writer_->add("card.pci.command", 4);
  address_ = writer_->add("card.pci.address", 32);
  enables_ = writer_->add("card.pci.byte_enables", 4);
  data_ = writer_->add("card.pci.data", 32);
  status_ = writer_->add("card.pci.status", 2);
  for (unsigned port = 0; port < dut.ports(); ++port) {
    const std::string scope = "card.uart" + std::to_string(port) + '.';
    for (unsigned i = 0; i < kOutputs; ++i)
      ports_[port].outputs[i] = writer_->add(scope + kOutputNames[i].first, 1);
    for (unsigned i = 0; i < kInputs; ++i)
      ports_[port].inputs[i] = writer_->add(scope + kInputNames[i].first, 1);
  }
  const Clock now = dut.now();
  writer_->change(now, rst_n_, true);
  writer_->change(now, inta_n_, !dut.intx());
  writer_->change(now, busy_, false);
  for (unsigned port = 0; port < dut.ports(); ++port) {
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
}

void CardWaves::outputs(Clock at, unsigned port, OutputPins pins) {
  for (unsigned i = 0; i < kOutputs; ++i)
    writer_->change(at, ports_[port].outputs[i], (pins & kOutputNames[i].second) != 0);
}

void CardWaves::inputs(Clock at, unsigned port, InputPins pins) {
  for (unsigned i = 0; i < kInputs; ++i)
    writer_->change(at, ports_[port].inputs[i], (pins & kInputNames[i].second) != 0);
}

}  // namespace mtty
