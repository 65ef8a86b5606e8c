// SPDX-License-Identifier: Apache-2.0
#include "tb/script/access_log.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace mtty {

namespace {

/// An ordinary access of 1, 2 or 4 bytes to a configuration register or inside a BAR.
bool is_plain(const PciRequest& request, const ProgrammedCard& card) {
  if (!request.manners.ordinary()) return false;
  const unsigned size = unsigned(__builtin_popcount(request.lanes));
  const bool whole = size == 1 || size == 2 || size == 4;
  if (request.is_config())
    return whole && !(request.address & 3) && request.address < pci::kConfigBytes &&
           request.lanes == lanes_of(unsigned(__builtin_ctz(request.lanes)), size);
  if ((static_cast<unsigned>(request.command) & 0xe) != 0x2) return false;
  return whole && (request.address & 3) + size <= 4 &&
         request.lanes == lanes_of(request.address, size) && card.bar_at(request.address);
}

}  // namespace

Action action_of(const PciRequest& request, const PciResult& result, const ProgrammedCard& card) {
  using Kind = Action::Kind;
  Action action;
  action.checked = !request.is_write();
  action.value = request.is_write() ? request.data : result.data;
  if (!is_plain(request, card)) {
    action.kind = Kind::kBus;
    action.size = 4;
    action.request = request;
    return action;
  }
  action.size = unsigned(__builtin_popcount(request.lanes));
  if (request.is_config()) {
    action.kind = request.is_write() ? Kind::kConfigWrite : Kind::kConfigRead;
    action.offset = request.address + unsigned(__builtin_ctz(request.lanes));
  } else {
    action.kind = request.is_write() ? Kind::kIoWrite : Kind::kIoRead;
    action.bar = *card.bar_at(request.address);
    action.offset = request.address & (pci::kBarBytes - 1);
  }
  action.value = (action.value & bits_of(request.lanes)) >> (8 * (action.offset & 3));
  return action;
}

AccessLog::AccessLog(const std::string& file, const ProgrammedCard& card)
    : card_(card), file_(file), out_(std::fopen(file.c_str(), "w")) {
  if (!out_)
    throw std::system_error(errno, std::generic_category(), "cannot write the log " + file);
  std::fputs("# PCI clocks of 30 ns; plays back with: mttysim run FILE --dut D\n", out_);
}

AccessLog::~AccessLog() {
  if (out_) std::fclose(out_);
}

void AccessLog::close() {
  if (begun_) {
    Action action = action_of(begun_->second, PciResult{}, card_);
    action.checked = false;
    note(action, begun_->first);
  }
  write_before(kNever);
  const bool failed = std::ferror(out_) | std::fclose(std::exchange(out_, nullptr));
  if (failed)
    throw std::system_error(errno, std::generic_category(), "cannot write the log " + file_);
}

void AccessLog::write_before(Clock clock) {
  const auto end = lines_.lower_bound(clock);
  for (auto line = lines_.begin(); line != end; line = lines_.erase(line))
    std::fprintf(out_, "%s\n", line->second.c_str());
}

void AccessLog::comment(std::string_view text, Clock clock) {
  lines_.emplace(clock, "# " + std::string(text));
}

void AccessLog::note(const Action& action, Clock clock) {
  lines_.emplace(clock, format_action(action, clock));
}

void AccessLog::access_begins(Clock at, const PciRequest& request) {
  write_before(at);
  begun_ = {at, request};
}

void AccessLog::access_ends(const PciRequest& request, const PciResult& result) {
  begun_.reset();
  note(action_of(request, result, card_), result.address_clock);
}

void AccessLog::reset(Clock at, bool asserted) {
  if (!asserted) return;
  Action action;
  action.kind = Action::Kind::kReset;
  note(action, at);
}

void AccessLog::intx(Clock at, bool asserted) {
  Action action;
  action.kind = Action::Kind::kIntx;
  action.level = asserted;
  note(action, at);
}

}  // namespace mtty
