// SPDX-License-Identifier: GPL-2.0-only
/*
 * One access at a time, forwarded to the simulator. What nobody answers ends as on a PCI bus where
 * nobody claims: reads give all ones, writes vanish.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pci_regs.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "mtty.h"
#include "mtty_trace.h"

/* Looks between two readings of the clock: about a microsecond. */
#define MTTY_LOOKS 32

/* How often a sleeping access looks whether its simulator is being killed. */
#define MTTY_LIFE_CHECK_NS (250 * NSEC_PER_USEC)

static unsigned int timeout_ms = 3000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms,
		 "Time for the simulator to answer an access, ms; 0: for ever, killable (default 3000)");

static unsigned int spin_us = 100;
module_param(spin_us, uint, 0644);
MODULE_PARM_DESC(spin_us, "Longest look for an answer before sleeping, us; 0: none (default 100)");

void mtty_bus_init(struct mtty_bus *bus)
{
	mutex_init(&bus->lock);
}

/*
 * Whether nobody will answer. One who returns may still answer while it is being killed, and its
 * successor must know for sure: so that one counts as there until it is dead.
 */
static bool mtty_bus_deserted(const struct mtty_bus *bus)
{
	const struct mtty_session *session = bus->session;

	return READ_ONCE(session->gone) ||
	       (bus->returns ? mtty_session_dead(session) : mtty_session_dying(session));
}

/* When an access is given up. The first call begins its time: where all is well nobody needs it. */
static ktime_t mtty_bus_deadline(ktime_t *deadline)
{
	unsigned int ms = READ_ONCE(timeout_ms);

	if (!*deadline)
		*deadline = ms ? ktime_add_ms(ktime_get(), ms) : KTIME_MAX;
	return *deadline;
}

static bool mtty_bus_answered_soon(struct mtty_session *session)
{
	int i;

	for (i = 0; i < MTTY_LOOKS; i++) {
		if (mtty_session_answered(session))
			return true;
		cpu_relax();
	}
	return false;
}

/*
 * Looks for the answer without sleeping. Kicks of a vCPU are signals and do not end it; work that
 * waits for this CPU does, for that may be the simulator.
 */
static bool mtty_bus_spin(struct mtty_bus *bus, u64 begin, u64 length)
{
	while (local_clock() - begin < length) {
		if (mtty_bus_answered_soon(bus->session))
			return true;
		if (mtty_bus_deserted(bus) || fatal_signal_pending(current) ||
		    !single_task_running() || need_resched())
			return false;
	}
	return false;
}

/*
 * Sleeps until there is an answer, or nobody to give one: 0, -ETIME at the deadline, -ERESTARTSYS
 * where the caller is being killed. A death rings no bell before the memory of the dead is given
 * back, which takes as long as there is much of it, so this looks for it.
 */
static int mtty_bus_sleep(struct mtty_bus *bus)
{
	struct mtty_session *session = bus->session;
	ktime_t deadline = mtty_bus_deadline(&bus->deadline);
	int ret;

	WRITE_ONCE(session->request->want_ring, 1);
	smp_mb(); /* pairs with the simulator's barrier between its answer and reading want_ring */
	do {
		ret = __wait_event_hrtimeout(session->driver_wait,
					     mtty_session_answered(session) ||
						mtty_bus_deserted(bus),
					     ns_to_ktime(MTTY_LIFE_CHECK_NS), TASK_KILLABLE);
	} while (ret == -ETIME && ktime_before(ktime_get(), deadline));
	return ret;
}

/*
 * An answer that took no longer than the longest look makes that the next look; a slower one halves
 * it. It never falls to nothing, so that a simulator that is quick again is noticed.
 */
static void mtty_bus_adapt(struct mtty_bus *bus, u64 took)
{
	u64 most = READ_ONCE(spin_us) * (u64)NSEC_PER_USEC;

	bus->spin_ns = took <= most ? most : max(bus->spin_ns / 2, most / 16);
}

/*
 * Waits for the answer to the last request: 0, -ENOTCONN, -ETIMEDOUT, or a fatal signal's error.
 * @begin: when it began to matter
 * @slept: whether looking was not enough
 */
static int mtty_bus_wait(struct mtty_card *card, u64 begin, bool *slept)
{
	struct mtty_bus *bus = &card->bus;
	struct mtty_session *session = bus->session;
	int ret;

	*slept = false;
	if (mtty_bus_answered_soon(session))
		return 0;
	if (mtty_bus_spin(bus, begin, bus->spin_ns)) {
		mtty_bus_adapt(bus, 0);
		return 0;
	}
	*slept = true;
	ret = mtty_bus_sleep(bus);
	mtty_bus_adapt(bus, local_clock() - begin);

	if (mtty_session_answered(session))
		return 0;
	if (mtty_bus_deserted(bus))
		return -ENOTCONN;
	if (ret == -ERESTARTSYS)
		return ret;

	bus->stuck = true;
	mtty_intx_drop(&card->intx);
	if (mtty_session_answered(session))
		mtty_intx_follow(&card->intx, session->response); /* it rang before the drop */
	trace_mtty_session(card->vdev.dev, "stuck", 0);
	if (__ratelimit(&card->log))
		dev_warn(card->vdev.dev,
			 "the simulator does not answer: the card reads all ones until it does\n");
	return -ETIMEDOUT;
}

/*
 * A request that was given up is still the simulator's to answer, and the next one goes out only
 * then: see the header on seq. After a missed deadline nobody waits for that again.
 */
static int mtty_bus_settle(struct mtty_card *card)
{
	struct mtty_bus *bus = &card->bus;
	bool slept;

	if (!mtty_session_answered(bus->session))
		return bus->stuck ? -ESTALE : mtty_bus_wait(card, local_clock(), &slept);
	if (!bus->stuck)
		return 0;
	bus->stuck = false;
	trace_mtty_session(card->vdev.dev, "answers", 0);
	if (__ratelimit(&card->log))
		dev_info(card->vdev.dev, "the simulator answers again\n");
	return 0;
}

static void mtty_bus_publish(struct mtty_session *session, struct mtty_bridge_request request,
			     bool want_ring)
{
	session->requests++;
	request.seq = (u16)session->requests;
	WRITE_ONCE(session->request->want_ring, want_ring);
	/* Pairs with the simulator's load: want_ring is this request's. */
	smp_store_release(&session->request->word, mtty_bridge_pack_request(request));
	smp_mb(); /* pairs with the simulator's barrier between want_ring and its last look */
	if (READ_ONCE(session->response->want_ring))
		wake_up_interruptible_poll(&session->simulator_wait, EPOLLIN | EPOLLRDNORM);
}

/*
 * What the VFIO user has set up, for a card that comes after this one. For the user a write is done
 * whether it was answered or not.
 */
static void mtty_bus_remember(struct mtty_bus *bus, struct mtty_bridge_request request)
{
	__le32 data = cpu_to_le32(request.data);

	if (request.op == MTTY_BRIDGE_WRITE && request.region == VFIO_PCI_CONFIG_REGION_INDEX &&
	    request.offset + request.size <= sizeof(bus->written))
		memcpy(bus->written + request.offset, &data, request.size);
}

static int mtty_bus_write_again(struct mtty_card *card, u8 offset, u8 size)
{
	struct mtty_bridge_request request = {
		.op = MTTY_BRIDGE_WRITE,
		.region = VFIO_PCI_CONFIG_REGION_INDEX,
		.offset = offset,
		.size = size,
	};
	__le32 data = 0;
	bool slept;

	memcpy(&data, card->bus.written + offset, size);
	request.data = le32_to_cpu(data);
	mtty_bus_publish(card->bus.session, request, false);
	return mtty_bus_wait(card, local_clock(), &slept);
}

/*
 * A card that is fresh from power-on in the middle of its user's life is given the addresses that
 * the user knows it by, so that its driver can set up the rest.
 */
static int mtty_bus_replay(struct mtty_card *card)
{
	int ret;

	if (memchr_inv(card->bus.written, 0, sizeof(card->bus.written))) {
		trace_mtty_session(card->vdev.dev, "replay", 0);
		ret = mtty_bus_write_again(card, PCI_BASE_ADDRESS_0, 4);
		if (!ret)
			ret = mtty_bus_write_again(card, PCI_BASE_ADDRESS_1, 4);
		if (!ret)
			ret = mtty_bus_write_again(card, PCI_COMMAND, 2);
		if (ret)
			return ret;
	}
	card->bus.replay = false;
	return 0;
}

/* One access, or why there was none: -ESTALE where the simulator still owes an answer. */
static int mtty_bus_exchange(struct mtty_card *card, struct mtty_bridge_request request, u32 *data,
			     bool *slept)
{
	struct mtty_session *session = card->bus.session;
	struct mtty_bridge_response response;
	u64 begin;
	int ret;

	if (!session)
		return -ENOTCONN;
	if (mtty_bus_deserted(&card->bus)) {
		mtty_intx_drop(&card->intx); /* its session may last for some time yet */
		return -ENOTCONN;
	}
	ret = mtty_bus_settle(card);
	if (ret)
		return ret;
	if (card->bus.replay && request.op != MTTY_BRIDGE_RESET) {
		ret = mtty_bus_replay(card);
		if (ret)
			return ret;
	}

	begin = local_clock();
	mtty_bus_publish(session, request, false);
	ret = mtty_bus_wait(card, begin, slept);
	if (ret)
		return ret;
	mtty_stats_round_trip(&card->bus.stats, local_clock() - begin);
	card->bus.replay = false;
	if (request.op == MTTY_BRIDGE_RESET)
		memset(card->bus.written, 0, sizeof(card->bus.written));

	response = mtty_bridge_unpack_response(READ_ONCE(session->response->word));
	if (response.status == MTTY_BRIDGE_OK)
		*data &= response.data;
	mtty_intx_follow(&card->intx, session->response);
	return 0;
}

static int mtty_bus_forward(struct mtty_card *card, struct mtty_bridge_request request, u32 *data)
{
	struct mtty_stats *stats = &card->bus.stats;
	bool slept = false;
	int ret;

	mtty_bus_remember(&card->bus, request);
	ret = mtty_bus_exchange(card, request, data, &slept);
	stats->accesses++;
	if (ret == -ETIMEDOUT)
		stats->timeouts++;
	else if (ret == -ENOTCONN || ret == -ESTALE)
		stats->unanswered++;
	else if (!ret && slept)
		stats->sleeps++;
	else if (!ret)
		stats->spins++;
	return ret == -ESTALE ? -ETIMEDOUT : ret;
}

static long mtty_jiffies_until(ktime_t deadline)
{
	s64 ns = ktime_to_ns(ktime_sub(deadline, ktime_get()));

	if (deadline == KTIME_MAX)
		return MAX_SCHEDULE_TIMEOUT;
	return ns > 0 ? nsecs_to_jiffies(ns) : 0;
}

/*
 * Waits for the next simulator after one that is to return, until the access's deadline.
 * @attaches: how many had attached when the last one was found to be gone. False where nobody
 * comes; then nobody waits again.
 */
static bool mtty_bus_await_return(struct mtty_card *card, unsigned int attaches, ktime_t *deadline)
{
	struct mtty_bus *bus = &card->bus;
	long left;

	if (!READ_ONCE(bus->returns))
		return false;
	left = wait_event_killable_timeout(card->attach_wait, READ_ONCE(bus->attaches) != attaches,
					   mtty_jiffies_until(mtty_bus_deadline(deadline)));
	if (left > 0)
		return true;

	mutex_lock(&bus->lock);
	if (!left && bus->attaches == attaches && bus->returns) {
		bus->returns = false;
		if (__ratelimit(&card->log))
			dev_warn(card->vdev.dev,
				 "the simulator did not return: the card reads all ones until one attaches\n");
	}
	mutex_unlock(&bus->lock);
	return false;
}

/**
 * mtty_bus_access() - have the simulator do an access, and wait for it
 * @card: the card
 * @request: all but its seq
 * @data: what was read; all ones of the access's size where nobody answered
 *
 * Return: 0, -ENOTCONN without a simulator, -ETIMEDOUT where it does not answer, or another error
 * where the caller is being killed.
 */
int mtty_bus_access(struct mtty_card *card, struct mtty_bridge_request request, u32 *data)
{
	unsigned int attaches;
	ktime_t deadline = 0;
	int ret;

	*data = mtty_bridge_all_ones(request.size);
	do {
		if (mutex_lock_killable(&card->bus.lock))
			return -EINTR;
		card->bus.deadline = deadline;
		ret = mtty_bus_forward(card, request, data);
		deadline = card->bus.deadline;
		attaches = card->bus.attaches;
		mutex_unlock(&card->bus.lock);
	} while (ret == -ENOTCONN && mtty_bus_await_return(card, attaches, &deadline));
	trace_mtty_access(card->vdev.dev, &request, *data, ret);
	return ret;
}

/**
 * mtty_bus_post() - tell the simulator, if it listens, and do not wait
 * @card: the card
 * @request: all but its seq
 */
void mtty_bus_post(struct mtty_card *card, struct mtty_bridge_request request)
{
	struct mtty_session *session;

	mutex_lock(&card->bus.lock);
	session = card->bus.session;
	if (session && mtty_session_answered(session))
		mtty_bus_publish(session, request, true);
	mutex_unlock(&card->bus.lock);
}
