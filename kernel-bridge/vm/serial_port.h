// SPDX-License-Identifier: Apache-2.0
// A serial port as the guest's own programs use it: raw, and without waiting.
#pragma once

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

/// Throws std::runtime_error with errno's meaning.
[[noreturn]] inline void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Open from beginning to end.
class SerialPort {
 public:
  /// `set` changes what else is wanted than raw mode. Throws std::runtime_error.
  SerialPort(std::string device, const std::function<void(termios&)>& set)
      : device_(std::move(device)), fd_(open(device_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    termios settings{};
    if (fd_ < 0) fail(device_);
    if (tcgetattr(fd_, &settings) == 0) {
      cfmakeraw(&settings);
      set(settings);
      if (tcsetattr(fd_, TCSANOW, &settings) == 0) return;
    }
    const int error = errno;
    close(fd_);
    errno = error;
    fail(device_);
  }
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;
  ~SerialPort() { close(fd_); }

  int fd() const { return fd_; }
  const std::string& device() const { return device_; }

 private:
  std::string device_;
  int fd_;
};
