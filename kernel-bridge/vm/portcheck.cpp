// SPDX-License-Identifier: Apache-2.0
// Sends random bytes through serial ports whose far end returns them, all ports at once and both
// ways at once, and compares. It runs in the guest, so it is linked statically.
// What went out and what came in is left as files too, for other tools to look at.

#include <poll.h>
#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel-bridge/vm/serial_port.h"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<uint8_t>;

const std::map<unsigned, speed_t> kSpeeds = {{1200, B1200},   {2400, B2400},    {4800, B4800},
                                             {9600, B9600},   {19200, B19200},  {38400, B38400},
                                             {57600, B57600}, {115200, B115200}};

Bytes random_bytes(size_t count) {
  Bytes bytes(count);
  for (size_t done = 0; done < count;) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    if (got < 0) fail("getrandom");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

/// One open port: 8N1, raw, no flow control.
class Port {
 public:
  /// `ahead`: bytes that may be under way, at the most.
  Port(const std::string& device, speed_t speed, size_t count, size_t ahead)
      : port_(device,
              [speed](termios& settings) {
                settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
                settings.c_cflag |= CLOCAL | CREAD;
                cfsetspeed(&settings, speed);
              }),
        ahead_(ahead),
        sent_(random_bytes(count)) {
    tcflush(port_.fd(), TCIOFLUSH);
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  // Else close waits half a minute for a card that sends no more.
  ~Port() { tcflush(port_.fd(), TCIOFLUSH); }

  bool done() const { return received_.size() >= sent_.size(); }
  bool intact() const { return received_ == sent_; }
  const std::string& device() const { return port_.device(); }
  size_t received() const { return received_.size(); }
  size_t written() const { return written_; }
  Clock::time_point last() const { return last_; }

  pollfd wanted() const {
    return {port_.fd(), static_cast<short>(POLLIN | (may_write() > 0 ? POLLOUT : 0)), 0};
  }

  /// Moves what can be moved without waiting.
  void move(short ready) {
    if ((ready & POLLOUT) != 0 && may_write() > 0) {
      const ssize_t count = write(port_.fd(), sent_.data() + written_, may_write());
      if (count < 0 && errno != EAGAIN) fail(device());
      if (count > 0) written_ += static_cast<size_t>(count);
    }
    if ((ready & POLLIN) == 0) return;
    uint8_t buffer[4096];
    const ssize_t count = read(port_.fd(), buffer, sizeof buffer);
    if (count < 0 && errno != EAGAIN) fail(device());
    if (count <= 0) return;
    received_.insert(received_.end(), buffer, buffer + count);
    last_ = Clock::now();
  }

  void save(const std::string& folder) const {
    const std::string stem = folder + device().substr(device().rfind('/'));
    write_file(stem + ".sent", sent_);
    write_file(stem + ".received", received_);
  }

 private:
  size_t may_write() const {
    const size_t back = received_.size();  // more than was sent where the line adds some
    const size_t under_way = written_ > back ? written_ - back : 0;
    return under_way < ahead_ ? std::min(ahead_ - under_way, sent_.size() - written_) : 0;
  }

  static void write_file(const std::string& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw std::runtime_error(path + ": cannot be written");
  }

  SerialPort port_;
  size_t ahead_;
  Bytes sent_;
  Bytes received_;
  size_t written_ = 0;
  Clock::time_point last_ = Clock::now();
};

using Ports = std::vector<std::unique_ptr<Port>>;

/// Says every few seconds how far a long transfer is.
class Progress {
 public:
  void tell(const Ports& ports) {
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    for (const auto& port : ports)
      std::fprintf(stderr, "%s: %zu bytes sent, %zu received so far\n", port->device().c_str(),
                   port->written(), port->received());
  }

 private:
  static constexpr std::chrono::seconds kInterval{5};
  Clock::time_point next_ = Clock::now() + kInterval;
};

/// Ends when all is back, or when nothing could be moved for `patience`.
void transfer(const Ports& ports, std::chrono::milliseconds patience) {
  Progress progress;
  while (!std::all_of(ports.begin(), ports.end(), [](const auto& p) { return p->done(); })) {
    std::vector<pollfd> polls;
    for (const auto& port : ports) polls.push_back(port->wanted());
    const int ready = poll(polls.data(), polls.size(), static_cast<int>(patience.count()));
    if (ready < 0 && errno != EINTR) fail("poll");
    if (ready == 0) return;
    for (size_t i = 0; i < ports.size(); ++i) ports[i]->move(polls[i].revents);
    progress.tell(ports);
  }
}

int run(const std::vector<std::string>& devices, unsigned baud, size_t count, size_t ahead,
        std::chrono::seconds patience, const std::string& folder) {
  Ports ports;
  for (const auto& device : devices) {
    ports.push_back(std::make_unique<Port>(device, kSpeeds.at(baud), count, ahead));
  }
  const auto start = Clock::now();
  transfer(ports, patience);
  bool intact = true;
  for (const auto& port : ports) {
    const std::chrono::duration<double, std::milli> took = port->last() - start;
    std::printf("%s: %u baud, %zu bytes sent, %zu received, %s, %.1f ms\n", port->device().c_str(),
                baud, port->written(), port->received(), port->intact() ? "equal" : "DIFFERENT",
                took.count());
    if (!folder.empty()) port->save(folder);
    intact = intact && port->intact();
  }
  return intact ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends random bytes through serial ports that return them, and compares.");
  std::vector<std::string> devices;
  unsigned baud = 115200;
  size_t count = 1024, ahead = std::numeric_limits<size_t>::max();
  unsigned patience = 10;
  std::string folder;
  std::vector<unsigned> speeds;
  speeds.reserve(kSpeeds.size());
  for (const auto& speed : kSpeeds) speeds.push_back(speed.first);
  app.add_option("DEVICE", devices, "serial ports, all used at once")->required();
  app.add_option("--baud", baud, "bits per second")
      ->check(CLI::IsMember(speeds))
      ->capture_default_str();
  app.add_option("--bytes", count, "bytes for each port")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--ahead", ahead, "send no more before they are back (default: all at once)")
      ->check(CLI::PositiveNumber);
  app.add_option("--patience", patience, "give up after so many seconds in which nothing moved")
      ->capture_default_str();
  app.add_option("--save", folder, "leave PORT.sent and PORT.received in this folder");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(devices, baud, count, ahead, std::chrono::seconds(patience), folder);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "portcheck: %s\n", error.what());
    return 2;
  }
}
