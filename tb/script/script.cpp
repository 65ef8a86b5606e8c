// SPDX-License-Identifier: Apache-2.0
#include "tb/script/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "model/pci/config_space.h"

namespace mtty {
namespace {

using Kind = Action::Kind;
using When = Action::When;

constexpr std::pair<std::string_view, Kind> kVerbs[] = {
    {"reset", Kind::kReset}, {"cfgr", Kind::kConfigRead}, {"cfgw", Kind::kConfigWrite},
    {"ior", Kind::kIoRead},  {"iow", Kind::kIoWrite},     {"bus", Kind::kBus},
    {"intx", Kind::kIntx},   {"pin", Kind::kPin},         {"plug", Kind::kPlug},
    {"rx", Kind::kReceive},  {"tx", Kind::kTransmitted},  {"wait", Kind::kWait},
};
constexpr std::pair<std::string_view, InputPin> kPins[] = {
    {"sin", kSin}, {"cts", kCts}, {"dsr", kDsr}, {"ri", kRi}, {"dcd", kDcd}};

template <typename Value, std::size_t kSize>
std::optional<Value> find(const std::pair<std::string_view, Value> (&table)[kSize],
                          std::string_view name) {
  for (const auto& [known, value] : table)
    if (known == name) return value;
  return std::nullopt;
}

template <typename Value, std::size_t kSize>
std::string_view name_in(const std::pair<std::string_view, Value> (&table)[kSize], Value wanted) {
  for (const auto& [name, value] : table)
    if (value == wanted) return name;
  return {};
}

template <typename Value, std::size_t kSize>
std::string names_in(const std::pair<std::string_view, Value> (&table)[kSize]) {
  std::string names;
  for (const auto& [name, value] : table)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

/// The words of one line, taken one after the other. Errors are std::string, without file and line.
class Words {
 public:
  explicit Words(std::string_view line) {
    line = line.substr(0, line.find('#'));
    constexpr std::string_view kSpace = " \t\r\f\v";
    for (std::size_t begin = 0; (begin = line.find_first_not_of(kSpace, begin)) != line.npos;) {
      const std::size_t end = std::min(line.find_first_of(kSpace, begin), line.size());
      words_.push_back(line.substr(begin, end - begin));
      begin = end;
    }
  }

  bool done() const { return next_ == words_.size(); }
  std::string_view peek() const { return done() ? std::string_view() : words_[next_]; }
  std::string_view take(std::string_view what) {
    if (done()) throw fmt::format("{} is missing", what);
    return words_[next_++];
  }
  bool take_if(std::string_view word) {
    if (peek() != word) return false;
    ++next_;
    return true;
  }

  std::uint64_t number(std::string_view what, std::uint64_t largest) {
    return parse(take(what), what, largest);
  }
  static std::uint64_t parse(std::string_view word, std::string_view what, std::uint64_t largest) {
    std::string_view digits = word;
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x') {
      digits.remove_prefix(2);
      base = 16;
    }
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error == std::errc::result_out_of_range || (error == std::errc() && value > largest))
      throw fmt::format("{} {} is out of range (0 to {})", what, word, largest);
    if (error != std::errc() || end != digits.data() + digits.size())
      throw fmt::format("{} '{}' is not a number", what, word);
    return value;
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
};

/// One line to one action.
class Parser {
 public:
  Parser(Words& words, unsigned ports) : words_(words), ports_(ports) {}

  Action parse() {
    parse_when();
    const std::string_view verb = words_.take("an action");
    const auto kind = find(kVerbs, verb);
    if (!kind) throw fmt::format("there is no action '{}' (known: {})", verb, names_in(kVerbs));
    action_.kind = *kind;
    parse_operands();
    if (!words_.done()) throw fmt::format("'{}' is too much", words_.peek());
    return std::move(action_);
  }

 private:
  void parse_when() {
    const std::string_view word = words_.peek();
    if (word.empty() || (word[0] != '@' && word[0] != '+')) return;
    action_.when = word[0] == '@' ? When::kAt : When::kAfter;
    action_.time = Words::parse(words_.take("time").substr(1), "clock", kLastClock);
  }

  void parse_operands() {
    switch (action_.kind) {
      case Kind::kReset:
        return;
      case Kind::kConfigRead:
      case Kind::kConfigWrite:
        return parse_access(pci::kConfigBytes);
      case Kind::kIoRead:
      case Kind::kIoWrite:
        action_.bar = unsigned(words_.number("BAR", 5));
        if (action_.bar >= ports_) throw fmt::format("the card has no BAR {}", action_.bar);
        return parse_access(pci::kBarBytes);
      case Kind::kBus:
        return parse_bus();
      case Kind::kIntx:
        action_.level = words_.number("level", 1);
        return;
      case Kind::kPin:
        parse_port();
        parse_pin();
        action_.level = words_.number("level", 1);
        return;
      case Kind::kPlug:
        parse_port();
        parse_plug();
        return;
      case Kind::kReceive:
      case Kind::kTransmitted:
        parse_port();
        return parse_bytes();
      case Kind::kWait:
        action_.clocks = words_.number("number of clocks", kLastClock);
        return;
    }
  }

  void parse_access(unsigned space) {
    action_.offset = unsigned(words_.number("offset", space - 1));
    const auto size = unsigned(words_.number("size", 4));
    if (size != 1 && size != 2 && size != 4) throw fmt::format("size {} is not 1, 2 or 4", size);
    if ((action_.offset & 3) + size > 4)
      throw fmt::format("{} bytes at offset {} cross a dword, which no PCI data phase does", size,
                        action_.offset);
    action_.size = size;
    const std::uint64_t largest = (std::uint64_t{1} << (8 * size)) - 1;
    const bool write = action_.kind == Kind::kConfigWrite || action_.kind == Kind::kIoWrite;
    if (write) {
      action_.value = std::uint32_t(words_.number("value", largest));
    } else if (words_.take_if("=")) {
      action_.value = std::uint32_t(words_.number("value", largest));
      action_.checked = true;
    }
  }

  void parse_bus() {
    PciRequest& request = action_.request;
    request.command = static_cast<PciCommand>(words_.number("command", 15));
    request.address = std::uint32_t(words_.number("address", 0xffffffff));
    request.lanes = Lanes(words_.number("lanes", kAllLanes));
    action_.size = 4;
    if (request.is_write()) {
      action_.value = request.data = std::uint32_t(words_.number("value", 0xffffffff));
    } else if (words_.take_if("=")) {
      action_.value = std::uint32_t(words_.number("value", 0xffffffff));
      action_.checked = true;
    }
    PciManners& manners = request.manners;
    while (!words_.done()) {
      if (words_.take_if("irdy-delay"))
        manners.irdy_delay = unsigned(words_.number("delay", 8));
      else if (words_.take_if("burst"))
        manners.burst = true;
      else if (words_.take_if("bad-address-parity"))
        manners.bad_address_parity = true;
      else if (words_.take_if("bad-data-parity"))
        manners.bad_data_parity = true;
      else if (words_.take_if("early-frame-end"))
        manners.early_frame_end = true;
      else if (words_.take_if("back-to-back"))
        manners.back_to_back = true;
      else
        return;
    }
  }

  void parse_port() {
    action_.bar = unsigned(words_.number("port", 255));
    if (action_.bar >= ports_) throw fmt::format("the card has no port {}", action_.bar);
  }

  void parse_pin() {
    const std::string_view name = words_.take("pin");
    const auto pin = find(kPins, name);
    if (!pin) throw fmt::format("there is no input pin '{}' (known: {})", name, names_in(kPins));
    action_.pin = *pin;
  }

  void parse_plug() {
    const std::string_view name = words_.take("plug");
    const auto plug = plug_named(name);
    if (!plug) throw fmt::format("there is no plug '{}' (known: none, loopback, null-modem)", name);
    if (*plug == Plug::kNullModem && ports_ < 2)
      throw std::string("a null modem needs a card with two ports");
    action_.plug = *plug;
  }

  void parse_bytes() {
    const bool may_be_none = action_.kind == Kind::kTransmitted;
    if (words_.done() && !may_be_none) throw std::string("bytes are missing");
    while (!words_.done()) action_.bytes.push_back(std::uint8_t(words_.number("byte", 0xff)));
  }

  // Far enough from the end of the number range that sums of two stay inside.
  static constexpr Clock kLastClock = kNever >> 12;

  Words& words_;
  const unsigned ports_;
  Action action_;
};

std::string format_access(std::string_view verb, const Action& action, bool io) {
  std::string text(verb);
  if (io) text += fmt::format(" {}", action.bar);
  text += fmt::format(" {:#04x} {}", action.offset, action.size);
  const bool write = action.kind == Kind::kConfigWrite || action.kind == Kind::kIoWrite;
  if (write || action.checked)
    text += fmt::format("{} {:#0{}x}", write ? "" : " =", action.value, 2 + 2 * action.size);
  return text;
}

std::string format_bus(const Action& action) {
  const PciRequest& request = action.request;
  const PciManners& manners = request.manners;
  std::string text = fmt::format("bus {} {:#010x} {:#x}", static_cast<unsigned>(request.command),
                                 request.address, request.lanes);
  if (request.is_write() || action.checked)
    text += fmt::format("{} {:#010x}", request.is_write() ? "" : " =", action.value);
  if (manners.irdy_delay) text += fmt::format(" irdy-delay {}", manners.irdy_delay);
  if (manners.burst) text += " burst";
  if (manners.bad_address_parity) text += " bad-address-parity";
  if (manners.bad_data_parity) text += " bad-data-parity";
  if (manners.early_frame_end) text += " early-frame-end";
  if (manners.back_to_back) text += " back-to-back";
  return text;
}

}  // namespace

std::vector<Action> read_script(std::istream& text, const std::string& file, unsigned ports) {
  std::vector<Action> actions;
  Clock last_at = 0;
  unsigned number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    try {
      Words words(line);
      if (words.done()) continue;
      Action action = Parser(words, ports).parse();
      if (action.when == When::kAt) {
        if (action.time < last_at)
          throw fmt::format("@{} lies before @{} further up", action.time, last_at);
        last_at = action.time;
      }
      action.line = number;
      actions.push_back(std::move(action));
    } catch (const std::string& wrong) {
      throw ScriptError(fmt::format("{}:{}: {}", file, number, wrong));
    }
  }
  if (text.bad()) throw ScriptError(fmt::format("{}: cannot be read", file));
  return actions;
}

std::string format_action(const Action& action, Clock clock) {
  const std::string_view verb = name_in(kVerbs, action.kind);
  std::string text = fmt::format("@{} ", clock);
  switch (action.kind) {
    case Kind::kReset:
      return text + std::string(verb);
    case Kind::kConfigRead:
    case Kind::kConfigWrite:
      return text + format_access(verb, action, false);
    case Kind::kIoRead:
    case Kind::kIoWrite:
      return text + format_access(verb, action, true);
    case Kind::kBus:
      return text + format_bus(action);
    case Kind::kIntx:
      return text + fmt::format("{} {:d}", verb, action.level);
    case Kind::kPin:
      return text + fmt::format("{} {} {} {:d}", verb, action.bar, name_in(kPins, action.pin),
                                action.level);
    case Kind::kPlug:
      return text + fmt::format("{} {} {}", verb, action.bar, name_of(action.plug));
    case Kind::kReceive:
    case Kind::kTransmitted:
      text += fmt::format("{} {}", verb, action.bar);
      for (const std::uint8_t byte : action.bytes) text += fmt::format(" {:#04x}", byte);
      return text;
    case Kind::kWait:
      return text + fmt::format("{} {}", verb, action.clocks);
  }
  return text;
}

}  // namespace mtty
