// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

#include "model/wave/wave_file.h"

namespace mtty {
namespace {

/// Short printable names, in the order of creation: ! to ~, then two characters.
std::string code_of(std::size_t index) {
  constexpr unsigned kFirst = '!', kCodes = '~' - '!' + 1;
  std::string code(1, char(kFirst + index % kCodes));
  for (index /= kCodes; index > 0; index /= kCodes) code += char(kFirst + (index - 1) % kCodes);
  return code;
}

class VcdWriter final : public WaveFile {
 public:
  explicit VcdWriter(const std::string& file) : file_(file), out_(std::fopen(file.c_str(), "w")) {
    if (!out_) fail();
    buffer_.reserve(2 * kFlushBytes);
    buffer_ = "$timescale 1 ns $end\n";
  }
  ~VcdWriter() override {
    if (!out_) return;
    flush();
    std::fclose(out_);
  }

 private:
  static constexpr std::size_t kFlushBytes = 1 << 16;

  void open_scope(const std::string& name) override {
    buffer_ += "$scope module " + name + " $end\n";
  }
  void close_scope() override { buffer_ += "$upscope $end\n"; }

  void declare(const std::string& name, unsigned width) override {
    codes_.push_back(code_of(codes_.size()));
    buffer_ += "$var wire " + std::to_string(width) + ' ' + codes_.back() + ' ' + name + " $end\n";
  }
  void end_declarations() override { buffer_ += "$enddefinitions $end\n"; }

  void put_time(std::uint64_t nanoseconds) override {
    if (buffer_.size() > kFlushBytes) flush();
    char text[24] = {'#'};
    char* end = std::to_chars(text + 1, text + sizeof text, nanoseconds).ptr;
    *end++ = '\n';
    buffer_.append(text, end);
  }

  void put_value(Signal signal, unsigned width, std::uint32_t value) override {
    if (width == 1) {
      buffer_ += value ? '1' : '0';
    } else {
      char bits[35] = {'b'};  // leading zeros are left out (18.2.1)
      char* end = bits + 1;
      const unsigned digits = value == 0 ? 1 : 32 - unsigned(__builtin_clz(value));
      for (unsigned bit = digits; bit-- > 0;) *end++ = char('0' + (value >> bit & 1));
      *end++ = ' ';
      buffer_.append(bits, end);
    }
    end_value(signal);
  }

  void put_released(Signal signal, unsigned width) override {
    buffer_ += width == 1 ? "z" : "bz ";  // extended to the left (18.2.1)
    end_value(signal);
  }

  void end_value(Signal signal) {
    buffer_ += codes_[signal];
    buffer_ += '\n';
  }

  void finish() override {
    flush();
    const bool failed = std::ferror(out_) | std::fclose(std::exchange(out_, nullptr));
    if (failed) fail();
  }

  void flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
    buffer_.clear();
  }

  [[noreturn]] void fail() const {
    throw std::system_error(errno, std::generic_category(), "cannot write the waves " + file_);
  }

  const std::string file_;
  std::FILE* out_;
  std::string buffer_;
  std::vector<std::string> codes_;
};

}  // namespace

std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file) {
  return std::make_unique<VcdWriter>(file);
}

}  // namespace mtty
