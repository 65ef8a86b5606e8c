// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
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
    put("$timescale 1 ns $end\n");
  }
  ~VcdWriter() override {
    if (!out_) return;
    flush();
    std::fclose(out_);
  }

 private:
  static constexpr std::size_t kBuffer = 1 << 16;
  static constexpr std::size_t kMostText = 64;  // of a time or a value

  void open_scope(const std::string& name) override { put("$scope module " + name + " $end\n"); }
  void close_scope() override { put("$upscope $end\n"); }

  void declare(const std::string& name, unsigned width) override {
    codes_.push_back(code_of(codes_.size()));
    put("$var wire " + std::to_string(width) + ' ' + codes_.back() + ' ' + name + " $end\n");
  }
  void end_declarations() override { put("$enddefinitions $end\n"); }

  void put_time(std::uint64_t nanoseconds) override {
    char* to = room();
    *to++ = '#';
    to = std::to_chars(to, to + kMostText, nanoseconds).ptr;
    *to++ = '\n';
    end_ = to;
  }

  void put_value(Signal signal, unsigned width, std::uint32_t value) override {
    char* to = room();
    if (width == 1) {
      *to++ = value ? '1' : '0';
    } else {
      *to++ = 'b';
      to = put_bits(to, value);
      *to++ = ' ';
    }
    end_value(to, signal);
  }

  void put_released(Signal signal, unsigned width) override {
    char* to = room();
    if (width > 1) *to++ = 'b';
    *to++ = 'z';  // extended to the left (18.2.1)
    if (width > 1) *to++ = ' ';
    end_value(to, signal);
  }

  /// Without leading zeros (18.2.1), four digits at a time.
  static char* put_bits(char* to, std::uint32_t value) {
    constexpr char kDigits[] = "0000000100100011010001010110011110001001101010111100110111101111";
    char all[32];
    for (unsigned i = 0; i < 8; ++i)
      std::memcpy(all + 4 * i, kDigits + 4 * (value >> (28 - 4 * i) & 15), 4);
    const unsigned digits = value == 0 ? 1 : 32 - unsigned(__builtin_clz(value));
    std::memcpy(to, all + 32 - digits, digits);
    return to + digits;
  }

  void end_value(char* to, Signal signal) {
    for (const char c : codes_[signal]) *to++ = c;
    *to++ = '\n';
    end_ = to;
  }

  /// Where a time or a value may be written.
  char* room() {
    if (std::size_t(end_ - buffer_.data()) > kBuffer) flush();
    return end_;
  }

  void put(const std::string& text) {
    flush();
    std::fwrite(text.data(), 1, text.size(), out_);
  }

  void finish() override {
    flush();
    const bool failed = std::ferror(out_) | std::fclose(std::exchange(out_, nullptr));
    if (failed) fail();
  }

  void flush() {
    std::fwrite(buffer_.data(), 1, std::size_t(end_ - buffer_.data()), out_);
    end_ = buffer_.data();
  }

  [[noreturn]] void fail() const {
    throw std::system_error(errno, std::generic_category(), "cannot write the waves " + file_);
  }

  const std::string file_;
  std::FILE* out_;
  std::vector<char> buffer_ = std::vector<char>(kBuffer + kMostText);
  char* end_ = buffer_.data();  // of what is in it
  std::vector<std::string> codes_;
};

}  // namespace

std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file) {
  return std::make_unique<VcdWriter>(file);
}

}  // namespace mtty
