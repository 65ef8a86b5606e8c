// SPDX-License-Identifier: Apache-2.0
#include "kernel-bridge/host/vfio_check.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cstring>

namespace mtty {

namespace {

constexpr uint32_t kBar0 = VFIO_PCI_BAR0_REGION_INDEX;
constexpr uint32_t kBar1 = VFIO_PCI_BAR1_REGION_INDEX;
constexpr uint32_t kConfig = VFIO_PCI_CONFIG_REGION_INDEX;
constexpr uint32_t kIntx = VFIO_PCI_INTX_IRQ_INDEX;
constexpr uint32_t kReq = VFIO_PCI_REQ_IRQ_INDEX;
constexpr uint32_t kTrigger = VFIO_IRQ_SET_ACTION_TRIGGER;
constexpr uint32_t kMask = VFIO_IRQ_SET_ACTION_MASK;
constexpr uint32_t kUnmask = VFIO_IRQ_SET_ACTION_UNMASK;

// 16550 registers, as offsets into a BAR.
constexpr uint64_t kIer = 1, kIir = 2, kScr = 7;
constexpr uint32_t kIerThri = 0x02;

// An eventfd; rung() takes what is in it, waiting for it for a while.
class Event {
 public:
  Event() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  int get() const { return fd_.get(); }
  bool rung(int wait_ms = 5000) const {
    pollfd fd{get(), POLLIN, 0};
    eventfd_t count;
    return poll(&fd, 1, wait_ms) == 1 && eventfd_read(get(), &count) == 0;
  }
  // Nothing may come: a signal due would come within the call that makes it due, or a work item.
  bool silent() const { return !rung(50); }

 private:
  UniqueFd fd_;
};

class Tap {
 public:
  void check(bool good, const std::string& what) {
    fmt::print("{} {} - {}\n", good ? "ok" : "not ok", ++count_, what);
    failures_ += !good;
  }
  int finish() const {
    fmt::print("1..{}\n", count_);
    return failures_;
  }

 private:
  int count_ = 0;
  int failures_ = 0;
};

bool refused(ssize_t result, int error) { return result == -1 && errno == error; }

void check_infos(const VfioCard& card, Tap& tap) {
  const auto info = card.device_info();
  tap.check(info.flags == (VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET) &&
                info.num_regions == VFIO_PCI_NUM_REGIONS && info.num_irqs == VFIO_PCI_NUM_IRQS,
            "device info: PCI, reset, 9 regions, 5 interrupts");
  bool good = true;
  for (uint32_t i = 0; i < VFIO_PCI_NUM_REGIONS; ++i) {
    const auto region = card.region_info(i);
    const bool sized = i == kConfig ? region.size == 256
                       : i == kBar0 ? region.size == 8
                       : i == kBar1 ? region.size == 8 || region.size == 0
                                    : region.size == 0;
    const uint32_t flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    good &= sized && region.flags == (region.size ? flags : 0) &&
            region.offset == VfioCard::position(i, 0);
  }
  tap.check(good, "region info: config 256, BARs 8, the rest 0, read and write, no mmap");
  const auto intx = card.irq_info(kIntx);
  tap.check(intx.count == 1 && intx.flags == (VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
                                              VFIO_IRQ_INFO_AUTOMASKED),
            "interrupt info: one INTx, eventfd, maskable, automasked");
  tap.check(card.irq_info(kReq).count == 1 && card.irq_info(VFIO_PCI_MSI_IRQ_INDEX).count == 0,
            "interrupt info: REQ, and no MSI");
}

void check_config(const VfioCard& card, Tap& tap) {
  tap.check(card.get(kConfig, 0x00, 4) == 0x32534348 && card.get(kConfig, 0x08, 4) == 0x07000210 &&
                card.get(kConfig, 0x2c, 4) == 0x32534348 && card.get(kConfig, 0x3d, 1) == 1,
            "config: 4348:3253 rev 10 class 070002, INTA");
  card.put(kConfig, 0x10, 4, 0xffffffff);
  tap.check(card.get(kConfig, 0x10, 4) == 0xfffffff9, "config: BAR0 sizes as 8 I/O bytes");
  std::array<uint8_t, 8> bytes{};
  tap.check(card.read(kConfig, 1, bytes.data(), 7) == 7 &&
                std::memcmp(bytes.data(), "\x43\x53\x32", 3) == 0,
            "config: 7 bytes at 1, in pieces");
  std::array<uint8_t, 300> all{};
  all.fill(0xa5);
  tap.check(card.read(kConfig, 0, all.data(), all.size()) == 256 && all[256] == 0xa5 &&
                std::memcmp(all.data(), "\x48\x43\x53\x32", 4) == 0,
            "config: 300 bytes are clipped to 256");
}

void check_bounds(const VfioCard& card, Tap& tap) {
  uint32_t value = 0;
  tap.check(refused(card.read(kConfig, 256, &value, 4), EINVAL) &&
                refused(card.read(kConfig, uint64_t{1} << 39, &value, 4), EINVAL),
            "bounds: behind config space");
  tap.check(refused(card.read(kBar0, 8, &value, 1), EINVAL) &&
                refused(card.write(kBar0, 8, &value, 1), EINVAL),
            "bounds: behind BAR0");
  bool good = true;
  for (uint32_t region = 2; region < 20; ++region)
    good &= region == kConfig || (refused(card.read(region, 0, &value, 1), EINVAL) &&
                                  refused(card.write(region, 0, &value, 1), EINVAL));
  tap.check(good, "bounds: regions that are empty or not there");
  tap.check(card.read(kBar0, 6, &value, 4) == 2, "bounds: 4 bytes at 6 of 8 are clipped to 2");
  tap.check(refused(card.read(kConfig, 0, nullptr, 4), EFAULT), "a bad buffer is EFAULT");
}

void enable_io(const VfioCard& card) {
  card.put(kConfig, 0x10, 4, 0xc000);
  card.put(kConfig, 0x14, 4, 0xc008);
  card.put(kConfig, 0x04, 2, 1);
}

void check_io(const VfioCard& card, Tap& tap) {
  card.reset();
  tap.check(card.get(kBar0, kScr, 1) == 0xff, "I/O: not claimed before Command enables it");
  enable_io(card);
  card.put(kBar0, kScr, 1, 0x5a);
  tap.check(card.get(kBar0, kScr, 1) == 0x5a, "I/O: the scratch register holds a byte");
  card.put(kBar0, 6, 2, 0xa5'00);
  tap.check(card.get(kBar0, 4, 4) >> 24 == 0xa5, "I/O: 16-bit write, 32-bit read");
  if (card.region_info(kBar1).size != 0) {
    card.put(kBar1, kScr, 1, 0x33);
    tap.check(card.get(kBar1, kScr, 1) == 0x33 && card.get(kBar0, kScr, 1) == 0xa5,
              "I/O: the ports are two");
  }
  tap.check(card.reset() == 0 && card.get(kConfig, 0x04, 2) == 0 && card.get(kConfig, 0x10, 4) == 1,
            "reset: Command and BARs are as after power-on");
}

void check_set_irqs(const VfioCard& card, Tap& tap) {
  const Event event;
  const int32_t fd = event.get();
  const uint32_t eventfd_trigger = VFIO_IRQ_SET_DATA_EVENTFD | kTrigger;
  tap.check(refused(card.set_irq_raw(kIntx, eventfd_trigger, 0, 0, nullptr, 0), EINVAL) &&
                refused(card.set_irq_raw(kIntx, eventfd_trigger, 1, 1, &fd, 4), EINVAL) &&
                refused(card.set_irq_raw(kIntx, eventfd_trigger, 0, 1, nullptr, 0), EINVAL) &&
                refused(card.set_irq_raw(kIntx, eventfd_trigger | kMask, 0, 1, &fd, 4), EINVAL) &&
                refused(card.set_irq_raw(kIntx, 0, 0, 1, nullptr, 0), EINVAL) &&
                refused(card.set_irq_raw(99, eventfd_trigger, 0, 1, &fd, 4), EINVAL),
            "SET_IRQS: wrong count, start, size, actions, index");
  tap.check(refused(card.set_irq_fd(VFIO_PCI_MSI_IRQ_INDEX, kTrigger, fd), EINVAL),
            "SET_IRQS: no MSI");
  tap.check(refused(card.set_irq_fd(kIntx, kTrigger, 9999), EBADF) &&
                refused(card.set_irq_fd(kReq, kTrigger, 9999), EBADF),
            "SET_IRQS: a bad file descriptor is EBADF");
  tap.check(refused(card.set_irq(kIntx, kTrigger), EINVAL), "SET_IRQS: no trigger to test");
  tap.check(card.set_irq_fd(kIntx, kTrigger, fd) == 0 && card.set_irq(kIntx, kTrigger) == 0 &&
                event.rung(),
            "SET_IRQS: test signal, NONE");
  tap.check(card.set_irq_bool(kIntx, kTrigger, 0) == 0 && event.silent() &&
                card.set_irq_bool(kIntx, kTrigger, 1) == 0 && event.rung(),
            "SET_IRQS: test signal, BOOL");
  tap.check(card.set_irq_fd(kReq, kTrigger, fd) == 0 && card.set_irq(kReq, kTrigger) == 0 &&
                event.rung() && card.set_irq_fd(kReq, kTrigger, -1) == 0 &&
                refused(card.set_irq(kReq, kTrigger), EINVAL) &&
                card.set_irq(kReq, kTrigger, 0) == 0,
            "SET_IRQS: REQ set, tested, taken away");
  tap.check(card.set_irq(kIntx, kTrigger, 0) == 0 && card.set_irq(kIntx, kTrigger, 0) == 0 &&
                refused(card.set_irq(kIntx, kTrigger), EINVAL),
            "SET_IRQS: INTx disabled, twice");
}

// The transmitter is empty after reset, so that enabling its interrupt raises it at once; reading
// IIR, which reports it, takes it away.
void check_intx(const VfioCard& card, Tap& tap) {
  const Event trigger, unmask, mask;
  card.reset();
  enable_io(card);
  card.set_irq_fd(kIntx, kTrigger, trigger.get());
  card.put(kBar0, kIer, 1, kIerThri);
  tap.check(trigger.rung(), "INTx: asserted, signalled");
  tap.check(trigger.silent(), "INTx: masks itself");
  tap.check(card.set_irq(kIntx, kUnmask) == 0 && trigger.rung() && trigger.silent(),
            "INTx: signalled again on unmask while high");
  tap.check(card.set_irq_fd(kIntx, kUnmask, unmask.get()) == 0 && trigger.silent() &&
                eventfd_write(unmask.get(), 1) == 0 && trigger.rung() && trigger.silent(),
            "INTx: and on unmask by eventfd");
  tap.check(card.set_irq_bool(kIntx, kUnmask, 0) == 0 && trigger.silent() &&
                card.set_irq_bool(kIntx, kUnmask, 1) == 0 && trigger.rung(),
            "INTx: and on unmask by BOOL");

  tap.check((card.get(kBar0, kIir, 1) & 0x0f) == 0x02, "INTx: IIR says why");
  tap.check(card.set_irq(kIntx, kUnmask) == 0 && trigger.silent(),
            "INTx: the line is low after that");
  card.set_irq(kIntx, kMask);
  card.put(kBar0, kIer, 1, 0);
  card.put(kBar0, kIer, 1, kIerThri);
  tap.check(trigger.silent() && card.set_irq(kIntx, kUnmask) == 0 && trigger.rung(),
            "INTx: held while masked");
  card.get(kBar0, kIir, 1);
  card.set_irq(kIntx, kUnmask);
  card.set_irq_fd(kIntx, kMask, mask.get());
  eventfd_write(mask.get(), 1);
  card.put(kBar0, kIer, 1, 0);
  card.put(kBar0, kIer, 1, kIerThri);
  tap.check(trigger.silent() && card.set_irq(kIntx, kUnmask) == 0 && trigger.rung(),
            "INTx: and by a mask eventfd");

  card.put(kConfig, 0x04, 2, 0x0401);
  tap.check((card.get(kConfig, 0x06, 2) & 8) != 0 && card.set_irq(kIntx, kUnmask) == 0 &&
                trigger.silent(),
            "INTx: gated by Command[10], still in Status[3]");
  card.put(kConfig, 0x04, 2, 1);
  tap.check(trigger.rung(), "INTx: back when the gate opens");

  // The same eventfd both ways must not deadlock. The unmasking side takes what is signalled, so
  // that nothing is seen here; the line goes low first, or it would ring itself for ever.
  card.put(kBar0, kIer, 1, 0);
  tap.check(card.set_irq_fd(kIntx, kUnmask, trigger.get()) == 0 &&
                card.set_irq(kIntx, kTrigger) == 0 && trigger.silent() &&
                card.set_irq_fd(kIntx, kUnmask, -1) == 0 && card.set_irq(kIntx, kTrigger) == 0 &&
                trigger.rung(),
            "INTx: trigger and unmask may be one eventfd");
  card.set_irq(kIntx, kTrigger, 0);
  card.put(kBar0, kIer, 1, kIerThri);
  tap.check(trigger.silent(), "INTx: disabled");
  tap.check(card.set_irq_fd(kIntx, kTrigger, trigger.get()) == 0 && trigger.rung(),
            "INTx: a trigger that comes while the line is high is signalled");
  card.set_irq(kIntx, kTrigger, 0);
  card.reset();
}

}  // namespace

int check_card(const VfioCard& card) {
  Tap tap;
  check_infos(card, tap);
  check_config(card, tap);
  check_bounds(card, tap);
  check_io(card, tap);
  check_set_irqs(card, tap);
  check_intx(card, tap);
  return tap.finish();
}

}  // namespace mtty
