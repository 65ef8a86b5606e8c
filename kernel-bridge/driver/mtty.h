/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mtty: a PCI serial card for VFIO users, simulated by a program in user space.
 *
 *   main.c     the parent device, the pool of ports, a card's life
 *   vfio.c     the card as its VFIO user sees it
 *   intx.c     the interrupt line between the simulator and the VFIO user
 *   bus.c      one access, forwarded to the simulator
 *   session.c  the simulator's end: /dev/mtty-bridge
 *   stats.c    figures in debugfs
 *   trace.c    tracepoints
 *
 * Locks, outermost first:
 *   mtty_cards_lock (session.c)  which cards exist, who is attached to which
 *   card->irq_lock               SET_IRQS; never held while waiting for the simulator
 *   card->bus.lock               one access at a time; card->bus
 *   session->lock                session->card
 *   card->intx.lock              spinlock: the interrupt line; taken in an eventfd's wakeup
 */
#ifndef MTTY_H
#define MTTY_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/wait.h>

#include "../uapi/mtty_bridge.h"

#define MTTY_CONFIG_SIZE 256
#define MTTY_BAR_SIZE 8
#define MTTY_WRITTEN_SIZE 0x18 /* config space up to and with BAR1 */

/*
 * An open /dev/mtty-bridge.
 * @lock: guards @card for the simulator's calls
 * @card: NULL before attach and once @gone; written under mtty_cards_lock and @lock
 * @attached: was attached, perhaps to a card that is gone
 * @owner: the process that attached; its death ends the session whoever else has the file open
 * @gone: the simulator or the card went away: nobody shall wait for an answer
 * @requests: how many the card had so far: the seq of the last one; under the card's bus lock
 * @request: shared page, written by the driver under the card's bus lock
 * @response: shared page, written by the simulator: whatever is in it is not to be trusted
 * @driver_wait: the access that waits for its answer
 * @simulator_wait: the simulator in poll(2)
 */
struct mtty_session {
	struct mutex lock; /* card */
	struct mtty_card *card;
	bool attached;
	struct task_struct *owner;
	bool gone;
	u64 requests;
	struct mtty_bridge_page *request;
	struct mtty_bridge_page *response;
	wait_queue_head_t driver_wait;
	wait_queue_head_t simulator_wait;
};

/*
 * @accesses: of the VFIO user; of these, answered while the driver looked for it:
 * @spins: or while it slept:
 * @sleeps: or not, for the simulator missed the deadline:
 * @timeouts: or because there was none, or it still owed an answer:
 * @unanswered: or the user was killed
 * @round_trips: those answered, by the bits of their nanoseconds
 */
#define MTTY_ROUND_TRIPS 40

struct mtty_stats {
	u64 accesses;
	u64 spins;
	u64 sleeps;
	u64 timeouts;
	u64 unanswered;
	u64 round_trips[MTTY_ROUND_TRIPS];
};

/*
 * @lock: held for the length of an access; guards all below
 * @session: the simulator attached, or NULL; written under mtty_cards_lock as well
 * @attaches: how many simulators attached so far
 * @answered: requests that simulators before this one answered
 * @returns: the simulator is to return should it go away; false once it was waited for in vain
 * @deadline: when the access is given up, one for all that it waits for; 0 before it had to wait
 * @stuck: the simulator missed a deadline and still owes that answer: accesses fail at once
 * @spin_ns: how long to look for an answer before sleeping; follows what answers took lately
 * @written: config space up to and with the BARs as the VFIO user wrote it since the last reset
 * @replay: a fresh card has to be given Command and BARs out of @written before its first access
 */
struct mtty_bus {
	struct mutex lock; /* an access, and all below */
	struct mtty_session *session;
	unsigned int attaches;
	u64 answered;
	bool returns;
	ktime_t deadline;
	bool stuck;
	u64 spin_ns;
	u8 written[MTTY_WRITTEN_SIZE];
	bool replay;
	struct mtty_stats stats;
};

/*
 * @lock: guards level, masked, trigger
 * @level: the card asserts INTA#
 * @masked: by the VFIO user, or by the driver when it signalled (automask)
 * @trigger: signalled when the line is high and not masked; put after an RCU grace period
 * @signals: how often
 * @unmask, @mask: the user's eventfds that do as their names say; under card->irq_lock
 */
struct mtty_intx {
	spinlock_t lock; /* level, masked, trigger */
	bool level;
	bool masked;
	struct eventfd_ctx *trigger;
	u64 signals;
	struct virqfd *unmask;
	struct virqfd *mask;
};

/*
 * @ports: 1 or 2
 * @cards: in the list of session.c
 * @opened: a VFIO user has the card open
 * @attach_wait: an open or an access that waits for a simulator
 * @irq_lock: serialises SET_IRQS; guards @request_trigger
 * @request_trigger: signalled to ask the VFIO user to give the card back
 * @log: limits what a simulator that comes and goes can write into the kernel's log
 * @debugfs: the card's folder
 */
struct mtty_card {
	struct vfio_device vdev;
	unsigned int ports;
	struct list_head cards;
	bool opened;
	wait_queue_head_t attach_wait;
	struct mtty_bus bus;
	struct mtty_intx intx;
	struct mutex irq_lock; /* SET_IRQS, request_trigger */
	struct eventfd_ctx *request_trigger;
	struct ratelimit_state log;
	struct dentry *debugfs;
};

/* main.c */
int mtty_take_ports(unsigned int ports);
void mtty_give_ports(unsigned int ports);
unsigned int mtty_ports_of(struct device *mdev);

/* vfio.c */
extern const struct vfio_device_ops mtty_vfio_ops;

/* bus.c */
void mtty_bus_init(struct mtty_bus *bus);
int mtty_bus_access(struct mtty_card *card, struct mtty_bridge_request request, u32 *data);
void mtty_bus_post(struct mtty_card *card, struct mtty_bridge_request request);

/* intx.c */
void mtty_intx_init(struct mtty_intx *intx);
void mtty_intx_follow(struct mtty_intx *intx, const struct mtty_bridge_page *response);
void mtty_intx_drop(struct mtty_intx *intx);
void mtty_intx_release(struct mtty_intx *intx);
int mtty_intx_set(struct mtty_intx *intx, const struct vfio_irq_set *set, const void *data);

/* session.c */
int mtty_session_register(void);
void mtty_session_unregister(void);
void mtty_session_add_card(struct mtty_card *card);
void mtty_session_remove_card(struct mtty_card *card);
bool mtty_session_answered(const struct mtty_session *session);
bool mtty_session_dying(const struct mtty_session *session);
bool mtty_session_dead(const struct mtty_session *session);
bool mtty_session_ask_beat(struct mtty_card *card, u32 *asked, u32 *attaches);
bool mtty_session_has_beaten(struct mtty_card *card, u32 asked, u32 attaches);

/* stats.c */
void mtty_stats_round_trip(struct mtty_stats *stats, u64 ns);
void mtty_stats_add_card(struct mtty_card *card);
void mtty_stats_remove_card(struct mtty_card *card);
void mtty_stats_register(void);
void mtty_stats_unregister(void);

#endif /* MTTY_H */
