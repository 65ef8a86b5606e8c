// SPDX-License-Identifier: Apache-2.0
// What Linux does with the card: the register sequences of drivers/tty/serial/8250/8250_port.c
// (autoconfig, size_fifo, serial8250_do_startup) and of 8250_pci.c, replayed.
#include "tb/check/card_bench.h"

namespace mtty::check {
namespace {

/// One microsecond, rounded up to clocks.
constexpr Clock kMicrosecond = 34;

TEST_P(UartRows, LINUX_AUTOCONFIG_finds_a_16550A) {
  for (unsigned port = 0; port < 2; ++port) {
    SCOPED_TRACE(port);
    const std::uint8_t old_ier = read(IER, port);
    write(IER, 0x00, port);
    EXPECT_EQ(read(IER, port) & 0x0f, 0x00);
    write(IER, 0x0f, port);
    EXPECT_EQ(read(IER, port) & 0x0f, 0x0f);
    write(IER, old_ier, port);

    const std::uint8_t old_mcr = read(MCR, port);
    const std::uint8_t old_lcr = read(LCR, port);
    write(MCR, 0x1a, port);
    EXPECT_EQ(read(MSR, port) & 0xf0, 0x90);
    write(MCR, old_mcr, port);

    write(LCR, 0xbf, port);
    write(FCR, 0x00, port);
    write(LCR, 0x00, port);
    write(FCR, 0x01, port);
    EXPECT_EQ(read(IIR, port) >> 6, 3) << "16550A";
    write(LCR, old_lcr, port);
  }
}

TEST_P(UartRows, LINUX_PROBE_no_other_kind_of_uart_is_seen) {
  write(FCR, 0x01);
  write(LCR, 0x80);
  EXPECT_NE(read(2), 0) << "offset 2 is no EFR: not a 16C950 family part in this bank";
  write(LCR, 0xbf);
  EXPECT_NE(read(2), 0) << "nor here";
  // National's super I/O: in bank 2 (LCR E0) IIR bit 4 would follow MCR's loop bit.
  write(LCR, 0x00);
  const std::uint8_t mcr = read(MCR);
  write(LCR, 0xe0);
  const std::uint8_t before = read(2);
  write(LCR, 0x00);
  write(MCR, mcr ^ 0x10);
  write(LCR, 0xe0);
  const std::uint8_t after = read(2);
  EXPECT_EQ((before ^ after) & 0x10, 0);
  write(LCR, 0x00);
  write(MCR, mcr);
  // TI16750: 64-byte FIFO, with and without DLAB.
  write(FCR, 0x01);
  write(FCR, 0x21);
  EXPECT_EQ(read(IIR) & 0x20, 0);
  write(FCR, 0x01);
  write(LCR, 0x80);
  write(FCR, 0x21);
  EXPECT_EQ(read(IIR) & 0x20, 0);
  write(FCR, 0x01);
  write(LCR, 0x00);
  // XScale: IER bit 6.
  const std::uint8_t ier = read(IER);
  write(IER, ier & std::uint8_t(~0x40));
  EXPECT_EQ(read(IER) & 0x40, 0);
  write(IER, ier | 0x40);
  EXPECT_EQ(read(IER) & 0x40, 0);
  write(IER, ier);
}

TEST_P(UartRows, LINUX_FIFO_SIZE_comes_out_16) {
  const std::uint8_t old_fcr = 0x00;
  const std::uint8_t old_mcr = read(MCR);
  const std::uint8_t old_lcr = read(LCR);
  write(FCR, 0x07);
  write(MCR, 0x10);
  write(LCR, 0x80);
  write(DLL, 0x01);
  write(DLM, 0x00);
  write(LCR, 0x03);
  for (unsigned i = 0; i < 256; ++i) write(THR, std::uint8_t(i));
  wait(20'000'000 / 30);  // mdelay(20)
  unsigned count = 0;
  while (read(LSR) & kDR && count < 256) {
    read(RBR);
    ++count;
  }
  EXPECT_EQ(count, 16u);
  write(FCR, old_fcr);
  write(MCR, old_mcr);
  write(LCR, old_lcr);
}

TEST_P(UartRows, LINUX_STARTUP_thre_interrupt_is_there_each_time) {
  write(FCR, 0x01);
  write(FCR, 0x07);
  write(FCR, 0x00);
  read(LSR);
  read(RBR);
  read(IIR);
  read(MSR);
  EXPECT_NE(read(LSR), 0xff) << "a port is there";
  write(LCR, 0x03);
  // Is the THRE interrupt re-asserted when it is enabled again?
  write(IER, 0x02);
  wait(kMicrosecond);
  EXPECT_EQ(read(IIR) & 0x0f, 0x02);
  write(IER, 0x00);
  write(IER, 0x02);
  wait(kMicrosecond);
  EXPECT_EQ(read(IIR) & 0x0f, 0x02) << "else UART_BUG_THRE";
  write(IER, 0x00);
  // And without a delay?
  write(IER, 0x02);
  const std::uint8_t lsr = read(LSR);
  const std::uint8_t iir = read(IIR);
  write(IER, 0x00);
  EXPECT_TRUE(lsr & kTemt);
  EXPECT_FALSE(iir & 0x01) << "else UART_BUG_TXEN";
  read(LSR);
  read(RBR);
  read(IIR);
  read(MSR);
}

TEST_P(UartRows, LINUX_BIND_class_and_two_consecutive_8_byte_io_bars) {
  // 8250_pci.c: serial_pci_guess_board takes as many ports as there are consecutive I/O BARs of
  // eight bytes.
  EXPECT_EQ(config_read(0x08) >> 8, 0x070002u);
  EXPECT_EQ(config_read(0x00), 0x32534348u);
  for (const unsigned bar : {0x10u, 0x14u}) {
    config_write(bar, 0xffffffff);
    const std::uint32_t mask = config_read(bar);
    EXPECT_EQ(mask & 1, 1u) << "I/O";
    EXPECT_EQ(~(mask & ~3u) + 1, 8u) << "bytes";
  }
  for (const unsigned bar : {0x18u, 0x1cu, 0x20u, 0x24u, 0x30u}) EXPECT_EQ(config_read(bar), 0u);
}

TEST_P(UartRows, LINUX_INTX_enumeration_toggles_the_interrupt_disable_bit) {
  // pci_intx_mask_broken: the bit has to be writable, and goes back.
  const std::uint16_t command = std::uint16_t(config_read(0x04, 2));
  config_write(0x04, command ^ 0x400u, 2);
  const std::uint16_t toggled = std::uint16_t(config_read(0x04, 2));
  config_write(0x04, command, 2);
  EXPECT_EQ(toggled ^ command, 0x400);
  EXPECT_EQ(config_read(0x04, 2), command);
}

}  // namespace
}  // namespace mtty::check
