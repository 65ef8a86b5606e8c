// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

namespace mtty {

/// How a transaction ended.
enum class End { kDone, kTargetAbort, kMasterAbort };

/// What the master does beyond an ordinary single data phase.
struct Abuse {
  int irdy_delay = 0;              ///< clocks by which IRDY# is late
  int extra_frame = 0;             ///< clocks that FRAME# stays low with IRDY#: a burst
  bool bad_address_par = false;    ///< wrong PAR for the address phase
  bool bad_data_par = false;       ///< wrong PAR for the data phases
  bool fast_back_to_back = false;  ///< no idle clock after it
};

/// What was seen of a transaction. Clock numbers are edges at which a level is sampled;
/// docs/timing.md has the names.
struct Seen {
  End end = End::kMasterAbort;
  uint32_t data = 0xffffffff;
  int64_t address = 0;     ///< N
  int64_t devsel = -1;     ///< first DEVSEL# low
  int64_t completion = 0;  ///< C
};

/// Drives the card's pins clock by clock: PCI clock, crystal, a PCI master. `Card` is a Verilated
/// class.
template <typename Card>
class Bench {
 public:
  Bench() {
    card.rst_ni = 1;
    card.frame_ni = card.irdy_ni = 1;
    card.cbe_ni = 0xf;
    card.sin_i = card.cts_ni = card.dsr_ni = card.ri_ni = card.dcd_ni = 3;
    card.eval();
    card.rst_ni = 0;
    clocks(5);
    card.rst_ni = 1;
  }
  ~Bench() { card.final(); }

  /// Number of the last edge; the card's outputs are State(now()).
  int64_t now() const { return now_; }

  /// The edge at which crystal pulse k is acted on.
  static int64_t pulse(int64_t k) { return (k * 15625 + 863) / 864 + 2; }

  /// True where a register strobe may not fall on this edge.
  static bool is_pulse(int64_t edge) {
    int64_t k = (edge - 2) * 864 / 15625;
    return pulse(k) == edge || pulse(k + 1) == edge;
  }

  /// One PCI clock.
  void clock() {
    // The bus: whoever drives it is seen by the card, too. PAR follows AD by one clock.
    uint32_t ad = card.ad_oe ? card.ad_o : ad_;
    bool par = card.par_oe ? card.par_o : next_par_;
    card.ad_i = ad;
    card.par_i = par;
    EXPECT_FALSE(card.ad_oe && master_drives_ad_) << "two drivers on AD at " << now_;
    EXPECT_TRUE(!card.par_oe || card.par_o == next_par_) << "PAR of a read at " << now_;
    next_par_ = (__builtin_parity(ad) ^ __builtin_parity(card.cbe_ni)) != flip_par_;

    ++now_;
    card.crystal_i = now_ * 864 % 15625 * 2 < 15625;
    card.clk_i = 0;
    card.eval();
    card.clk_i = 1;
    card.eval();
    if (card.inta_oe != inta_) inta_edge_ = now_;
    inta_ = card.inta_oe;
  }
  void clocks(int64_t count) {
    for (int64_t i = 0; i < count; ++i) clock();
  }
  void clock_until(int64_t edge) {
    ASSERT_LE(now_, edge);
    while (now_ < edge) clock();
  }

  /// An input changes just after an edge; outputs that are no flip-flop follow.
  void settle() { card.eval(); }

  /// The master gives wrong PAR for what it drives from now on.
  void wrong_par(bool on) { flip_par_ = on; }

  /// The last edge at which INTA# changed.
  int64_t inta_edge() const { return inta_edge_; }

  bool devsel() const { return card.devsel_oe && !card.devsel_no; }
  bool trdy() const { return card.trdy_oe && !card.trdy_no; }
  bool stop() const { return card.stop_oe && !card.stop_no; }

  /// One transaction; `enables` are the byte lanes (1 = enabled), as C/BE# inverted.
  Seen transaction(int command, uint32_t address, int enables, uint32_t data, Abuse abuse = {}) {
    Seen seen;
    const bool write = command & 1;
    card.frame_ni = 0;
    card.cbe_ni = command;
    card.idsel_i = (command >> 1) == 5;
    drive_ad(address);
    flip_par_ = abuse.bad_address_par;
    clock();
    seen.address = now_;

    card.idsel_i = 0;
    card.cbe_ni = ~enables & 0xf;
    flip_par_ = abuse.bad_data_par;
    if (write) {
      drive_ad(data);
    } else {
      release_ad();
    }
    int irdy_in = abuse.irdy_delay;
    int frame_for = abuse.extra_frame;
    bool completed = false;
    while (true) {
      if (irdy_in-- == 0) card.irdy_ni = 0;
      if (!card.irdy_ni && frame_for-- <= 0) card.frame_ni = 1;
      settle();
      const bool irdy = !card.irdy_ni;
      const bool devsel_low = devsel(), trdy_low = trdy(), stop_low = stop();
      const uint32_t ad = card.ad_o;
      clock();
      if (devsel_low && seen.devsel < 0) seen.devsel = now_;
      if (irdy && !completed && (trdy_low || stop_low)) {
        completed = true;
        seen.completion = now_;
        seen.end = trdy_low ? End::kDone : End::kTargetAbort;
        if (trdy_low && !write) seen.data = ad;
        EXPECT_TRUE(stop_low) << "the target never bursts";
        EXPECT_EQ(devsel_low, trdy_low);
      } else if (completed) {
        EXPECT_TRUE(stop_low && !trdy_low) << "a disconnect holds STOP# and gives no more data";
      }
      if (completed && card.frame_ni) break;
      if (seen.devsel < 0 && now_ == seen.address + 4) {
        seen.completion = now_;
        break;
      }
      if (now_ > seen.address + 100) {
        ADD_FAILURE() << "the transaction of clock " << seen.address << " does not end";
        break;
      }
    }
    card.frame_ni = card.irdy_ni = 1;
    card.cbe_ni = 0xf;
    release_ad();
    flip_par_ = false;
    settle();
    if (!abuse.fast_back_to_back) clock();
    return seen;
  }

  uint32_t config_read(int offset) { return transaction(10, offset & ~3, 0xf, 0).data; }
  void config_write(int offset, uint32_t value, int enables = 0xf) {
    transaction(11, offset & ~3, enables, value);
  }

  /// I/O at kBar0 + offset: port 0 at 0..7, port 1 at 8..15.
  static constexpr uint32_t kBar0 = 0xfedcba90;
  uint8_t read(int offset) {
    return static_cast<uint8_t>(io(2, offset, 0).data >> 8 * (offset & 3));
  }
  /// Returns the edge of the register strobe.
  int64_t write(int offset, uint8_t value) { return io(3, offset, value).completion - 1; }
  Seen io(int command, int offset, uint8_t value) {
    const int lane = offset & 3;
    return transaction(command, kBar0 + offset, 1 << lane, uint32_t{value} << 8 * lane);
  }
  void enable_io() {
    config_write(0x10, kBar0);
    config_write(0x14, kBar0 + 8);
    config_write(0x04, 1);
  }
  /// Returns the edge at which the divisor's low byte was written.
  int64_t set_line(int port, int divisor, uint8_t lcr) {
    write(8 * port + 3, lcr | 0x80);
    write(8 * port + 1, divisor >> 8);
    const int64_t edge = write(8 * port + 0, divisor & 0xff);
    write(8 * port + 3, lcr);
    return edge;
  }

  Card card;

 private:
  void drive_ad(uint32_t value) {
    ad_ = value;
    master_drives_ad_ = true;
  }
  void release_ad() {
    ad_ = 0xa5a5a5a5;  // what floats is nothing to rely on
    master_drives_ad_ = false;
  }

  int64_t now_ = -1;
  uint32_t ad_ = 0;
  bool master_drives_ad_ = false;
  bool next_par_ = false;
  bool flip_par_ = false;
  bool inta_ = false;
  int64_t inta_edge_ = -1;
};

/// The ticks of a baud generator whose divisor, 0 before, was set once.
class Ticks {
 public:
  Ticks(int64_t divisor_edge, int divisor) : divisor_(divisor) {
    while (pulse(first_) <= divisor_edge) ++first_;
  }
  int64_t operator[](int64_t index) const { return pulse(first_ + index * divisor_); }
  /// Index of the first tick after an edge.
  int64_t after(int64_t edge) const {
    int64_t index = 0;
    while ((*this)[index] <= edge) ++index;
    return index;
  }

 private:
  static int64_t pulse(int64_t k) { return (k * 15625 + 863) / 864 + 2; }
  int64_t first_ = 0;
  int64_t divisor_;
};

}  // namespace mtty
