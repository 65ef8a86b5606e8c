// SPDX-License-Identifier: Apache-2.0
#include "model/wave/vcd_reader.h"

#include <algorithm>
#include <stdexcept>

namespace mtty {
namespace {

class VcdReader {
 public:
  explicit VcdReader(std::istream& in) : in_(in) {}

  RecordedWaves read() {
    std::string word;
    while (in_ >> word && word != "$enddefinitions") declaration(word);
    if (!in_) throw std::runtime_error("not a value change dump: $enddefinitions is missing");
    skip_to_end();
    while (in_ >> word) change(word);
    return std::move(waves_);
  }

 private:
  void declaration(const std::string& keyword) {
    if (keyword == "$var") return variable();
    if (keyword == "$scope") {
      std::string type, name;
      in_ >> type >> name;
      scopes_.push_back(name + '.');
    } else if (keyword == "$upscope" && !scopes_.empty()) {
      scopes_.pop_back();
    }
    skip_to_end();
  }

  /// $var TYPE WIDTH CODE NAME [RANGE] $end
  void variable() {
    std::string type, code, name, path;
    unsigned width = 0;
    in_ >> type >> width >> code >> name;
    if (!in_ || width == 0) throw std::runtime_error("not a value change dump: bad $var");
    for (const std::string& scope : scopes_) path += scope;
    RecordedSignal& signal = waves_.signals[path + name];
    signal.width = width;
    by_code_[code].push_back(&signal);
    skip_to_end();
  }

  void change(const std::string& word) {
    if (word[0] == '$') return;  // $dumpvars ... $end around values
    if (word[0] == '#') return move_to(std::stoull(word.substr(1)));
    if (word[0] != 'b' && word[0] != 'B') return set(word.substr(1), word.substr(0, 1));
    std::string code;
    in_ >> code;
    set(code, word.substr(1));
  }

  void move_to(std::uint64_t time) {
    if (!begun_) waves_.begin = time;
    if (time < waves_.end) throw std::runtime_error("time goes back in the value change dump");
    begun_ = true;
    waves_.end = time;
  }

  void set(const std::string& code, const std::string& digits) {
    const auto signals = by_code_.find(code);
    if (signals == by_code_.end() || digits.empty())
      throw std::runtime_error("not a value change dump: a change of an unknown signal");
    for (RecordedSignal* signal : signals->second) {
      // Left out on the left: 0 before 0 and 1, else the digit itself (IEEE 1364-2005, 18.2.1).
      const char fill = digits[0] == '1' ? '0' : digits[0];
      const std::size_t missing =
          signal->width - std::min<std::size_t>(signal->width, digits.size());
      signal->changes.emplace_back(waves_.end, std::string(missing, fill) + digits);
    }
  }

  void skip_to_end() {
    for (std::string word; in_ >> word && word != "$end";) continue;
  }

  std::istream& in_;
  RecordedWaves waves_;
  std::vector<std::string> scopes_;
  std::map<std::string, std::vector<RecordedSignal*>> by_code_;
  bool begun_ = false;
};

}  // namespace

std::string RecordedSignal::at(std::uint64_t time) const {
  const auto after = std::upper_bound(changes.begin(), changes.end(), time,
                                      [](std::uint64_t t, const auto& c) { return t < c.first; });
  return after == changes.begin() ? std::string(width, 'x') : std::prev(after)->second;
}

RecordedWaves read_vcd(std::istream& in) { return VcdReader(in).read(); }

}  // namespace mtty
