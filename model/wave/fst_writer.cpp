// SPDX-License-Identifier: Apache-2.0
// On GTKWave's own fstapi, which comes with Verilator.
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "model/wave/fst.h"
#include "model/wave/wave_file.h"

namespace mtty {
namespace {

constexpr int kNanoseconds = -9;  // exponent of the timescale

class FstWriter final : public WaveFile {
 public:
  explicit FstWriter(const std::string& file)
      : file_(file), out_((errno = 0, fstWriterCreate(file.c_str(), true))) {
    if (!out_) fail();
    fstWriterSetTimescale(out_, kNanoseconds);
    fstWriterSetPackType(out_, FST_WR_PT_LZ4);
    fstWriterSetVersion(out_, "mttysim");
    fstWriterSetDate(out_, "");  // the same run gives the same file
  }
  ~FstWriter() override {
    if (out_) fstWriterClose(out_);
  }

 private:
  void open_scope(const std::string& name) override {
    fstWriterSetScope(out_, FST_ST_VCD_MODULE, name.c_str(), nullptr);
  }
  void close_scope() override { fstWriterSetUpscope(out_); }
  void declare(const std::string& name, unsigned width) override {
    handles_.push_back(
        fstWriterCreateVar(out_, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, width, name.c_str(), 0));
  }
  void end_declarations() override {}
  void put_time(std::uint64_t nanoseconds) override { fstWriterEmitTimeChange(out_, nanoseconds); }
  void put_value(Signal signal, unsigned width, std::uint32_t value) override {
    fstWriterEmitValueChange32(out_, handles_[signal], width, value);
  }
  void put_released(Signal signal, unsigned) override {
    constexpr const char* kReleased = "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";  // as many as are needed
    fstWriterEmitValueChange(out_, handles_[signal], kReleased);
  }
  void finish() override {
    errno = 0;
    fst_take_write_error();
    fstWriterClose(std::exchange(out_, nullptr));
    if (fst_take_write_error()) fail();
  }

  [[noreturn]] void fail() const {
    throw std::system_error(errno ? errno : EIO, std::generic_category(),
                            "cannot write the waves " + file_);
  }

  const std::string file_;
  void* out_;
  std::vector<fstHandle> handles_;
};

}  // namespace

std::unique_ptr<WaveWriter> make_fst_writer(const std::string& file) {
  return std::make_unique<FstWriter>(file);
}

}  // namespace mtty
