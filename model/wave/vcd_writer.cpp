// SPDX-License-Identifier: Apache-2.0
#include <array>
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

/// Writes times in decimal. From one to the next it is mostly the lower digits that change, so the
/// upper ones are kept as text.
class TimeText {
 public:
  /// Returns the end; up to 16 characters behind it may have been written too.
  char* put(char* to, std::uint64_t time) {
    auto lower = std::uint32_t(time % kLower);
    if (time < kLower) return std::to_chars(to, to + kLowerDigits, lower).ptr;
    if (time / kLower != upper_) set_upper(time / kLower);
    std::memcpy(to, text_.data(), text_.size());
    to += length_;
    for (unsigned i = kLowerDigits; i-- > 0; lower /= 10) to[i] = char('0' + lower % 10);
    return to + kLowerDigits;
  }

 private:
  static constexpr unsigned kLowerDigits = 6;
  static constexpr std::uint64_t kLower = 1'000'000;

  void set_upper(std::uint64_t upper) {
    upper_ = upper;
    length_ = std::to_chars(text_.begin(), text_.end(), upper).ptr - text_.begin();
  }

  std::uint64_t upper_ = 0;
  std::array<char, 16> text_{};  // of upper_
  std::ptrdiff_t length_ = 0;
};

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

  /// What stands behind a signal's value: its code.
  struct LineEnd {
    std::array<char, 8> text;
    unsigned length;
  };

  void open_scope(const std::string& name) override { put("$scope module " + name + " $end\n"); }
  void close_scope() override { put("$upscope $end\n"); }

  void declare(const std::string& name, unsigned width) override {
    const std::string code = code_of(line_ends_.size());
    put("$var wire " + std::to_string(width) + ' ' + code + ' ' + name + " $end\n");
    line_ends_.push_back({{}, unsigned(code.size()) + 1});
    (code + '\n').copy(line_ends_.back().text.data(), sizeof LineEnd::text);
  }
  void end_declarations() override { put("$enddefinitions $end\n"); }

  void put_time(std::uint64_t nanoseconds) override {
    *end_ = '#';
    char* to = time_.put(end_ + 1, nanoseconds);
    *to = '\n';
    written(to + 1);
  }

  void put_value(Signal signal, unsigned width, std::uint32_t value) override {
    char* to = end_;
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
    char* to = end_;
    if (width > 1) *to++ = 'b';
    *to++ = 'z';  // extended to the left (18.2.1)
    if (width > 1) *to++ = ' ';
    end_value(to, signal);
  }

  /// Without leading zeros (18.2.1), four digits at a time from the highest one on.
  static char* put_bits(char* to, std::uint32_t value) {
    static constexpr char kDigits[] =
        "0000000100100011010001010110011110001001101010111100110111101111";
    const unsigned digits = value == 0 ? 1 : 32 - unsigned(__builtin_clz(value));
    value <<= 32 - digits;
    for (unsigned i = 0; i < digits; i += 4, value <<= 4)
      std::memcpy(to + i, kDigits + 4 * (value >> 28), 4);
    return to + digits;
  }

  void end_value(char* to, Signal signal) {
    const LineEnd& line_end = line_ends_[signal];
    std::memcpy(to, line_end.text.data(), line_end.text.size());
    written(to + line_end.length);
  }

  /// The buffer is filled up to here; there is always room for one more time or value.
  void written(char* end) {
    end_ = end;
    if (std::size_t(end_ - buffer_.data()) > kBuffer) flush();
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
  std::vector<LineEnd> line_ends_;
  TimeText time_;
};

}  // namespace

std::unique_ptr<WaveWriter> make_vcd_writer(const std::string& file) {
  return std::make_unique<VcdWriter>(file);
}

}  // namespace mtty
