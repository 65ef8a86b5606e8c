// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "model/wave/wave_writer.h"

namespace mtty {
namespace {

/// Short printable names, in the order of creation: ! to ~, then two characters.
std::string code_of(unsigned index) {
  constexpr unsigned kFirst = '!', kCodes = '~' - '!' + 1;
  std::string code(1, char(kFirst + index % kCodes));
  for (index /= kCodes; index > 0; index /= kCodes) code += char(kFirst + (index - 1) % kCodes);
  return code;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t dot; (dot = path.find('.')) != path.npos; path.remove_prefix(dot + 1))
    parts.push_back(path.substr(0, dot));
  parts.push_back(path);
  return parts;
}

class VcdWriter final : public WaveWriter {
 public:
  explicit VcdWriter(const std::string& file) : file_(file), out_(std::fopen(file.c_str(), "w")) {
    if (!out_)
      throw std::system_error(errno, std::generic_category(), "cannot write the waves " + file);
    buffer_.reserve(2 * kFlushBytes);
    buffer_ = "$timescale 1 ns $end\n";
  }
  ~VcdWriter() override {
    if (!out_) return;
    flush();
    std::fclose(out_);
  }

  Signal add(const std::string& path, unsigned width) override {
    const auto parts = split(path);
    enter_scopes({parts.begin(), parts.end() - 1});
    const std::string code = code_of(unsigned(signals_.size()));
    buffer_ += "$var wire " + std::to_string(width) + ' ' + code + ' ' + std::string(parts.back());
    if (width > 1) buffer_ += " [" + std::to_string(width - 1) + ":0]";
    buffer_ += " $end\n";
    signals_.push_back({code, width, 0, false});
    return Signal(signals_.size() - 1);
  }

  void change(Clock at, Signal index, std::uint32_t value) override {
    State& signal = signals_[index];
    if (signal.known && signal.value == value) return;
    signal.known = true;
    signal.value = value;
    stamp(at);
    if (signal.width == 1) {
      buffer_ += value ? '1' : '0';
    } else {
      char bits[35] = {'b'};  // leading zeros are left out (18.2.1)
      char* end = bits + 1;
      const unsigned digits = value == 0 ? 1 : 32 - unsigned(__builtin_clz(value));
      for (unsigned bit = digits; bit-- > 0;) *end++ = char('0' + (value >> bit & 1));
      *end++ = ' ';
      buffer_.append(bits, end);
    }
    buffer_ += signal.code;
    buffer_ += '\n';
    if (buffer_.size() > kFlushBytes) flush();
  }

  void close(Clock end) override {
    stamp(end);
    flush();
    const bool failed = std::ferror(out_) | std::fclose(std::exchange(out_, nullptr));
    if (failed)
      throw std::system_error(errno, std::generic_category(), "cannot write the waves " + file_);
  }

 private:
  struct State {
    std::string code;
    unsigned width;
    std::uint32_t value;
    bool known;
  };
  static constexpr std::size_t kFlushBytes = 1 << 16;

  void enter_scopes(std::vector<std::string_view> wanted) {
    std::size_t common = 0;
    while (common < scopes_.size() && common < wanted.size() && scopes_[common] == wanted[common])
      ++common;
    for (std::size_t i = scopes_.size(); i > common; --i) buffer_ += "$upscope $end\n";
    for (std::size_t i = common; i < wanted.size(); ++i)
      buffer_ += "$scope module " + std::string(wanted[i]) + " $end\n";
    scopes_.assign(wanted.begin(), wanted.end());
  }

  void stamp(Clock at) {
    if (at == time_ && !header_open_) return;
    if (header_open_) {
      enter_scopes({});
      buffer_ += "$enddefinitions $end\n";
      header_open_ = false;
    }
    time_ = at;
    buffer_ += '#';
    buffer_ += std::to_string(at * kNanosecondsPerClock);
    buffer_ += '\n';
  }

  void flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
    buffer_.clear();
  }

  const std::string file_;
  std::FILE* out_;
  std::string buffer_;
  std::vector<std::string> scopes_;
  std::vector<State> signals_;
  Clock time_ = 0;
  bool header_open_ = true;
};

}  // namespace

std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file) {
  return std::make_unique<VcdWriter>(file);
}

}  // namespace mtty
