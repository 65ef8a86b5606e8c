// SPDX-License-Identifier: Apache-2.0
// Moves RTS of serial ports whose far end returns it as CTS, and waits until the driver's interrupt
// has counted each move. It runs in the guest, so it is linked statically.
// Nothing here has the driver read the modem status, so one that is lost is never counted.

#include <linux/serial.h>
#include <sys/ioctl.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel-bridge/vm/serial_port.h"

namespace {

using Clock = std::chrono::steady_clock;

/// One open port, of which RTS is up.
class Port {
 public:
  explicit Port(const std::string& device) : port_(device, watch_carrier), counted_(count()) {}

  void move() {
    up_ = !up_;
    const int line = TIOCM_RTS;
    if (ioctl(port_.fd(), up_ ? TIOCMBIS : TIOCMBIC, &line) != 0) fail(port_.device());
    ++counted_;
  }

  /// Waits until all moves are counted. Throws where that is late, or where there are more.
  void settle(Clock::duration patience) const {
    const auto begin = Clock::now();
    for (;;) {
      const int found = count();
      if (found == counted_) return;
      if (found > counted_) throw std::runtime_error(port_.device() + ": a move was counted twice");
      if (Clock::now() - begin > patience)
        throw std::runtime_error(port_.device() + ": a move is lost");
    }
  }

 private:
  // Only a port that watches its carrier, or has CTS stop what it sends, has these interrupts.
  static void watch_carrier(termios& settings) {
    settings.c_cflag &= ~static_cast<tcflag_t>(CLOCAL | CRTSCTS);
  }

  int count() const {
    serial_icounter_struct counters{};
    if (ioctl(port_.fd(), TIOCGICOUNT, &counters) != 0) fail(port_.device());
    return counters.cts;
  }

  SerialPort port_;
  bool up_ = true;
  int counted_;
};

void run(const std::vector<std::string>& devices, unsigned moves, std::chrono::seconds patience) {
  constexpr std::chrono::seconds kInterval{10};
  std::vector<std::unique_ptr<Port>> ports;
  ports.reserve(devices.size());
  for (const auto& device : devices) ports.push_back(std::make_unique<Port>(device));
  const auto start = Clock::now();
  auto next = start + kInterval;
  for (unsigned i = 0; i < moves; ++i) {
    for (const auto& port : ports) port->move();
    for (const auto& port : ports) port->settle(patience);
    if (Clock::now() < next) continue;
    next += kInterval;
    std::fprintf(stderr, "%u of %u moves of each port so far\n", i + 1, moves);
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::printf("%u moves of RTS of each of %zu ports, each counted once, %.1f s\n", moves,
              ports.size(), took.count());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Moves RTS of serial ports that return it as CTS, and has each move counted.");
  std::vector<std::string> devices;
  unsigned moves = 1000, patience = 10;
  app.add_option("DEVICE", devices, "serial ports, all used at once")->required();
  app.add_option("--moves", moves, "for each port")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--patience", patience, "seconds in which a move must be counted")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    run(devices, moves, std::chrono::seconds(patience));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "linecheck: %s\n", error.what());
    return 1;
  }
}
