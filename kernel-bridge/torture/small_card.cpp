// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/torture/small_card.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <stdexcept>
#include <thread>

#include "kernel-bridge/host/bridge_node.h"

namespace mtty::torture {

namespace {

void serve_attached(BridgeEndpoint& endpoint, const SmallCard& card) {
  std::mt19937_64 random(card.seed);
  while (endpoint.wait() != BridgeWake::kClosed) {
    const auto request = endpoint.poll();
    if (!request) continue;
    if (random() % 100 < card.slow_percent)
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    const uint32_t data = request->op == MTTY_BRIDGE_READ
                              ? small_card_data(request->region, request->offset, request->size)
                              : 0;
    endpoint.respond(*request, data, MTTY_BRIDGE_OK, card.intx);
  }
}

}  // namespace

uint32_t small_card_data(uint8_t region, uint8_t offset, uint8_t size) {
  uint32_t data = 0;
  for (unsigned i = 0; i < size; ++i)
    data |= static_cast<uint32_t>((region * 31 + offset + i) & 0x7f) << (8 * i);
  return data;
}

void serve(const SmallCard& card) { serve_attached(*attach_card(card.uuid), card); }

Child::Child(const std::function<void(const std::function<void()>&)>& body) {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) < 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Descriptors that came along would keep the parent's VFIO device open.
    const int to = dup2(pipe[1], 3);
    close_range(4, ~0u, 0);
    int status = 0;
    try {
      body([to] { (void)!write(to, "", 1); });
    } catch (const std::exception&) {
      status = 1;
    }
    _exit(status);
  }
  close(pipe[1]);
  ready_ = pipe[0];
}

Child::~Child() {
  if (pid_ > 0) {
    kill(SIGKILL);
    wait();
  }
  close(ready_);
}

bool Child::wait_ready() const {
  pollfd fd{ready_, POLLIN, 0};
  char byte;
  return poll(&fd, 1, 10'000) == 1 && read(ready_, &byte, 1) == 1;
}

void Child::require_ready(const std::string& what) const {
  if (!wait_ready()) throw std::runtime_error(what);
}

void Child::kill(int signal) const { ::kill(pid_, signal); }

int Child::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

SmallCardProcess::SmallCardProcess(const SmallCard& card)
    : Child([&card](const std::function<void()>& ready) {
        const auto endpoint = attach_card(card.uuid);
        ready();
        serve_attached(*endpoint, card);
      }) {}

}  // namespace mtty::torture
