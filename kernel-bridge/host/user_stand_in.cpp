// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/user_stand_in.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

namespace mtty {

using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kLooksPerClockRead = 32;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

// A ring that finds the socket full is one that is not needed: it is readable already.
void send_ring(int fd) {
  const char byte = 0;
  [[maybe_unused]] const ssize_t sent = send(fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void receive_rings(int fd) {
  char bytes[64];
  while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
  }
}

class StandInEndpoint : public BridgeEndpoint {
 public:
  StandInEndpoint(UniqueFd socket, int memory, unsigned ports, uint64_t answered)
      : BridgeEndpoint(socket.get(), BridgePage(memory, MTTY_BRIDGE_REQUEST_PGOFF, false),
                       BridgePage(memory, MTTY_BRIDGE_RESPONSE_PGOFF, true),
                       {ports, false, answered}),
        socket_(std::move(socket)) {}

 private:
  void ring() override { send_ring(socket_.get()); }
  void drain() override { receive_rings(socket_.get()); }

  UniqueFd socket_;
};

}  // namespace

struct UserStandIn::Session {
  Session(UniqueFd socket, int memory, uint64_t answered)
      : socket(std::move(socket)),
        request(memory, MTTY_BRIDGE_REQUEST_PGOFF, true),
        response(memory, MTTY_BRIDGE_RESPONSE_PGOFF, true),
        requests(answered) {
    const auto seq = static_cast<uint16_t>(answered);
    request.get()->word = mtty_bridge_pack_request({seq, 0, 0, 0, 1, 0});
    response.get()->word = mtty_bridge_pack_response({seq, 0, 0, 0});
  }

  UniqueFd socket;
  BridgePage request;
  BridgePage response;
  uint64_t requests;  // of the card so far, the last one's seq; under bus_
  std::atomic<bool> gone{false};
  std::mutex wait;  // with rung: how an access sleeps
  std::condition_variable rung;

  bool answered() const {
    return mtty_bridge_seq(__atomic_load_n(&response.get()->word, __ATOMIC_SEQ_CST)) ==
           uint16_t(requests);
  }
  void wake() {
    const std::lock_guard<std::mutex> lock(wait);
    rung.notify_all();
  }
};

UserStandIn::UserStandIn() : UserStandIn(Options()) {}

UserStandIn::UserStandIn(Options options) : options_(options), spin_(options.spin) {}

UserStandIn::~UserStandIn() {
  {
    const std::lock_guard<std::mutex> lock(bus_);
    if (session_) shutdown(session_->socket.get(), SHUT_RDWR);
  }
  if (server_.joinable()) server_.join();
}

std::unique_ptr<BridgeEndpoint> UserStandIn::attach(unsigned flags) {
  {
    const std::lock_guard<std::mutex> lock(bus_);
    if (session_) throw std::logic_error("the stand-in is served already");
  }
  if (server_.joinable()) server_.join();

  const UniqueFd memory(checked(memfd_create("mtty-bridge", MFD_CLOEXEC), "memfd_create"));
  checked(ftruncate(memory.get(), static_cast<off_t>(2 * BridgePage::size())), "ftruncate");
  int sockets[2];
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "socketpair");
  UniqueFd ours(sockets[0]);
  UniqueFd theirs(sockets[1]);

  const std::lock_guard<std::mutex> lock(bus_);
  auto endpoint =
      std::make_unique<StandInEndpoint>(std::move(theirs), memory.get(), options_.ports, answered_);
  session_ = std::make_shared<Session>(std::move(ours), memory.get(), answered_);
  ++attaches_;
  attached_.notify_all();
  returns_ = flags & MTTY_BRIDGE_RETURNS;
  stuck_ = false;
  server_ = std::thread(&UserStandIn::serve, this, session_);
  return endpoint;
}

// What the simulator's calls do in the kernel: a ring, and at last its close.
void UserStandIn::serve(const std::shared_ptr<Session>& session) {
  char bytes[64];
  while (recv(session->socket.get(), bytes, sizeof(bytes), 0) > 0) {
    intx_.follow(*session->response.get());
    session->wake();
  }
  session->gone = true;
  session->wake();
  {
    const std::lock_guard<std::mutex> lock(bus_);
    answered_ = session->requests - !session->answered();
    session_.reset();
    detached_.notify_all();
  }
  intx_.drop();
}

bool UserStandIn::wait_detached(Clock::time_point deadline) {
  std::unique_lock<std::mutex> lock(bus_);
  return detached_.wait_until(lock, deadline, [this] { return session_ == nullptr; });
}

UserStandIn::Result UserStandIn::read(uint8_t region, uint8_t offset, uint8_t size) {
  return access({0, MTTY_BRIDGE_READ, region, offset, size, 0});
}

UserStandIn::Result UserStandIn::write(uint8_t region, uint8_t offset, uint8_t size,
                                       uint32_t data) {
  return access({0, MTTY_BRIDGE_WRITE, region, offset, size, data});
}

UserStandIn::Result UserStandIn::reset(mtty_bridge_reset_cause cause) {
  return access({0, MTTY_BRIDGE_RESET, 0, 0, 4, static_cast<uint32_t>(cause)});
}

UserStandIn::Result UserStandIn::access(BridgeRequest request) {
  Result result{Outcome::kAnswered, mtty_bridge_all_ones(request.size)};
  const auto deadline = options_.timeout == nanoseconds(0) ? Clock::time_point::max()
                                                           : Clock::now() + options_.timeout;
  std::unique_lock<std::mutex> lock(bus_);
  do result.outcome = forward(request, &result.data);
  while (result.outcome == Outcome::kNoSimulator && await_return(lock, deadline));
  return result;
}

// For the next simulator after one that is to return. False where nobody comes; then nobody waits
// again.
bool UserStandIn::await_return(std::unique_lock<std::mutex>& lock, Clock::time_point deadline) {
  if (!returns_) return false;
  const auto other = [this, seen = attaches_] { return attaches_ != seen; };
  if (attached_.wait_until(lock, deadline, other)) return true;
  returns_ = false;
  return false;
}

bool UserStandIn::post(BridgeRequest request) {
  const std::lock_guard<std::mutex> lock(bus_);
  if (!session_ || !session_->answered()) return false;
  publish(request, true);
  return true;
}

UserStandIn::Outcome UserStandIn::forward(BridgeRequest request, uint32_t* data) {
  if (!session_ || session_->gone) return Outcome::kNoSimulator;
  if (const Outcome outcome = settle(); outcome != Outcome::kAnswered) return outcome;
  publish(request, false);
  if (const Outcome outcome = wait_answer(); outcome != Outcome::kAnswered) return outcome;

  const auto response = mtty_bridge_unpack_response(
      __atomic_load_n(&session_->response.get()->word, __ATOMIC_ACQUIRE));
  if (response.status == MTTY_BRIDGE_OK) *data &= response.data;
  intx_.follow(*session_->response.get());
  return Outcome::kAnswered;
}

// An access that was given up is still the simulator's to answer; the next one goes out only then.
UserStandIn::Outcome UserStandIn::settle() {
  if (!session_->answered()) return stuck_ ? Outcome::kTimeout : wait_answer();
  stuck_ = false;
  return Outcome::kAnswered;
}

void UserStandIn::publish(BridgeRequest request, bool want_ring) {
  mtty_bridge_page& page = *session_->request.get();
  request.seq = uint16_t(++session_->requests);
  __atomic_store_n(&page.want_ring, want_ring ? 1 : 0, __ATOMIC_RELAXED);
  __atomic_store_n(&page.word, mtty_bridge_pack_request(request), __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&session_->response.get()->want_ring, __ATOMIC_SEQ_CST) != 0)
    send_ring(session_->socket.get());
}

bool UserStandIn::answered_soon() const {
  for (int i = 0; i < kLooksPerClockRead; ++i) {
    if (session_->answered()) return true;
    cpu_relax();
  }
  return false;
}

bool UserStandIn::spin(Clock::time_point begin) const {
  while (!session_->gone && Clock::now() - begin < spin_)
    if (answered_soon()) return true;
  return false;
}

UserStandIn::Outcome UserStandIn::wait_answer() {
  if (answered_soon()) return Outcome::kAnswered;
  const auto begin = Clock::now();
  if (spin(begin)) {
    spin_ = options_.spin;
    return Outcome::kAnswered;
  }

  ++sleeps_;
  __atomic_store_n(&session_->request.get()->want_ring, 1, __ATOMIC_SEQ_CST);
  const auto over = [this] { return session_->answered() || session_->gone; };
  {
    std::unique_lock<std::mutex> lock(session_->wait);
    if (options_.timeout == nanoseconds(0))
      session_->rung.wait(lock, over);
    else
      session_->rung.wait_until(lock, begin + options_.timeout, over);
  }
  spin_ = Clock::now() - begin <= options_.spin ? options_.spin
                                                : std::max(spin_ / 2, options_.spin / 16);

  if (session_->answered()) return Outcome::kAnswered;
  if (session_->gone) return Outcome::kNoSimulator;
  stuck_ = true;
  return Outcome::kTimeout;
}

}  // namespace mtty
