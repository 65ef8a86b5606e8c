/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR Apache-2.0 */
/*
 * mtty bridge: the words between mtty.ko and the simulator of a card.
 *
 * The driver forwards each access of a VFIO user on config space and BARs to the simulator that is
 * attached to the card. One access is outstanding at a time, as PCI config and I/O are non-posted.
 * Two pages are shared, each written by one side only:
 *
 *   request page   written by the driver, read-only for the simulator
 *   response page  written by the simulator
 *
 * A page begins with one 64-bit word. One store publishes it, one load takes it: nothing tears
 * and nothing is fetched twice. A request is new while its seq differs from the one answered
 * last. Both words begin with the seq of the last request of the card that was answered, by this
 * simulator or by one before it, so nothing is outstanding. A new request is published only once
 * the last one was answered, so a seq never comes round while an old answer may still be on its
 * way.
 *
 * Return. Where a simulator attached with MTTY_BRIDGE_RETURNS goes away, accesses wait for the next
 * one, within their deadline; one that was under way is published again, with the same seq. So a
 * simulator that keeps states of the card, each with the number of the request that led to it, goes
 * on with the newest one that attach says was answered: no access is done twice, none is left out.
 *
 * Sleeping. Each side looks at the other's word for a bounded time. Before it stops looking it
 * sets want_ring in its own page, passes a full barrier, and looks once more. After publishing a
 * word, each side passes a full barrier and reads the other's want_ring: only if it is set it
 * rings. One of the two therefore always sees the other's store, and nobody makes a system call
 * to wake one who is awake. The simulator rings by MTTY_BRIDGE_IOC_RING; the driver rings by
 * waking poll(2). Where the driver gives up on an access it leaves want_ring set, so that a late
 * answer still reaches it.
 *
 * INTx is a level. The response word holds the last answer and, always, the present level. A
 * level that changes between accesses is stored into the word (same seq, same data) and rung. The
 * driver never takes a level out of a message: on an answer and on a ring alike it reads the word
 * anew under the lock that guards its own copy. So whichever thread comes last applies a level
 * that is at least as new, and an answer can not undo a ring that overtook it.
 */
#ifndef MTTY_BRIDGE_H
#define MTTY_BRIDGE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MTTY_BRIDGE_VERSION 2
#define MTTY_BRIDGE_NODE "mtty-bridge" /* below /dev */

enum mtty_bridge_op {
	MTTY_BRIDGE_READ = 0,
	MTTY_BRIDGE_WRITE = 1,
	MTTY_BRIDGE_RESET = 2, /* data: enum mtty_bridge_reset_cause */
};

enum mtty_bridge_reset_cause {
	MTTY_BRIDGE_POWER_ON = 0,  /* a VFIO user opened the card */
	MTTY_BRIDGE_RST = 1,	   /* VFIO_DEVICE_RESET */
	MTTY_BRIDGE_POWER_OFF = 2, /* the VFIO user closed the card; nobody waits for the answer */
};

/* Of an answer. Whatever is not OK reads as all ones. */
enum mtty_bridge_status {
	MTTY_BRIDGE_OK = 0,
	MTTY_BRIDGE_MASTER_ABORT = 1, /* no target claimed the access */
	MTTY_BRIDGE_TARGET_ABORT = 2,
};

/* Region numbers are VFIO's: BAR0 0, BAR1 1, config space 7. */
struct mtty_bridge_request {
	__u16 seq;
	__u8 op;
	__u8 region;
	__u8 offset;
	__u8 size; /* bytes: 1, 2 or 4, naturally aligned */
	__u32 data;
};

struct mtty_bridge_response {
	__u16 seq;
	__u8 status;
	__u8 intx; /* 1: INTA# asserted */
	__u32 data;
};

/*
 * Bits of a request word:  seq 63..48, op 47..46, log2(size) 45..44, region 43..40, offset 39..32,
 * data 31..0. Of a response word: seq 63..48, intx 40, status 39..32, data 31..0.
 */
static inline __u16 mtty_bridge_seq(__u64 word)
{
	return (__u16)(word >> 48);
}

static inline __u64 mtty_bridge_pack_request(struct mtty_bridge_request r)
{
	return (__u64)r.seq << 48 | (__u64)(r.op & 3) << 46 | (__u64)(r.size >> 1 & 3) << 44 |
	       (__u64)(r.region & 15) << 40 | (__u64)r.offset << 32 | r.data;
}

static inline struct mtty_bridge_request mtty_bridge_unpack_request(__u64 word)
{
	struct mtty_bridge_request r;

	r.seq = mtty_bridge_seq(word);
	r.op = word >> 46 & 3;
	r.size = (__u8)(1 << (word >> 44 & 3));
	r.region = word >> 40 & 15;
	r.offset = (__u8)(word >> 32);
	r.data = (__u32)word;
	return r;
}

static inline __u64 mtty_bridge_pack_response(struct mtty_bridge_response r)
{
	return (__u64)r.seq << 48 | (__u64)(r.intx & 1) << 40 | (__u64)r.status << 32 | r.data;
}

static inline struct mtty_bridge_response mtty_bridge_unpack_response(__u64 word)
{
	struct mtty_bridge_response r;

	r.seq = mtty_bridge_seq(word);
	r.intx = word >> 40 & 1;
	r.status = (__u8)(word >> 32);
	r.data = (__u32)word;
	return r;
}

/* The low size bytes set: what an access of that size reads where nobody answers. */
static inline __u32 mtty_bridge_all_ones(__u8 size)
{
	return 0xffffffffu >> (32 - 8 * size);
}

/*
 * The words of a side share a cache line: the other side has it at hand when it needs them. The
 * rest of a page is zero. A heartbeat is asked for, so that a card that nobody uses costs nothing:
 * the driver changes its beat and wakes poll(2), and a simulator that runs soon has the same.
 */
struct mtty_bridge_page {
	__u64 word;
	__u32 want_ring;
	__u32 beat;
};

/* mmap offsets of the node, in pages. The request page can only be mapped read-only. */
#define MTTY_BRIDGE_REQUEST_PGOFF 0
#define MTTY_BRIDGE_RESPONSE_PGOFF 1

enum mtty_bridge_attach_flags {
	MTTY_BRIDGE_RETURNS = 1,  /* should it go away, another one goes on with the card */
	MTTY_BRIDGE_RESTORED = 2, /* it goes on with the card: config space is as it was left */
};

/*
 * Attach this open file to a card, once. Rings work from then on; poll(2) says POLLIN while a
 * request is unanswered or a beat is asked for, and POLLHUP once the card was removed. Errors:
 *   EINVAL   uuid is no UUID, or a flag is unknown
 *   ENODEV   no card has it
 *   EBUSY    another simulator serves it
 *   EPROTO   version is not the module's, which is written there
 *   EISCONN  this file is attached already
 */
struct mtty_bridge_attach {
	__u32 version; /* in: MTTY_BRIDGE_VERSION; out: the module's */
	__u32 ports;   /* out: 1 or 2 */
	__u32 opened;  /* out: 1 where a VFIO user has the card open already */
	__u32 flags;   /* in: of enum mtty_bridge_attach_flags */
	/* out: how many requests were answered since the card was made; its low bits are the seq */
	__u64 answered;
	char uuid[36]; /* in: text, 8-4-4-4-12, no NUL */
	__u32 reserved;
};

#define MTTY_BRIDGE_IOC_ATTACH _IOWR(0xeb, 0, struct mtty_bridge_attach)
/* The response word has changed. ENOTCONN: not attached; ENODEV: the card was removed. */
#define MTTY_BRIDGE_IOC_RING _IO(0xeb, 1)

#endif /* MTTY_BRIDGE_H */
