// SPDX-License-Identifier: GPL-2.0-only
/*
 * INTx, level triggered. The VFIO user is signalled when the line is high and not masked; that
 * masks it. On unmask it is signalled again while the line is still high.
 *
 * An eventfd is never signalled under intx->lock: trigger and unmask may be the same eventfd, and
 * the unmask handler takes the lock inside that eventfd's wakeup.
 */
#include <linux/eventfd.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "mtty.h"
#include "mtty_trace.h"

void mtty_intx_init(struct mtty_intx *intx)
{
	spin_lock_init(&intx->lock);
}

static void mtty_intx_trace(const struct mtty_intx *intx, bool signalled)
{
	const struct mtty_card *card = container_of(intx, struct mtty_card, intx);

	trace_mtty_intx(card->vdev.dev, READ_ONCE(intx->level), READ_ONCE(intx->masked), signalled);
}

/* Signals the user if due. For whoever raised the level, unmasked, or set a trigger. */
static void mtty_intx_fire(struct mtty_intx *intx)
{
	struct eventfd_ctx *trigger = NULL;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&intx->lock, flags);
	if (intx->level && !intx->masked) {
		trigger = intx->trigger;
		intx->masked = trigger;
		intx->signals += !!trigger;
	}
	spin_unlock_irqrestore(&intx->lock, flags);
	if (trigger)
		mtty_eventfd_signal(trigger);
	rcu_read_unlock();
	mtty_intx_trace(intx, trigger);
}

/**
 * mtty_intx_follow() - take over the level that the simulator has in its page
 * @intx: the line
 * @response: its page
 *
 * To be called after an answer and after a ring. The level is read under the lock, so that of two
 * callers the later one has the newer level.
 */
void mtty_intx_follow(struct mtty_intx *intx, const struct mtty_bridge_page *response)
{
	unsigned long flags;
	bool level, moved;

	spin_lock_irqsave(&intx->lock, flags);
	level = mtty_bridge_unpack_response(READ_ONCE(response->word)).intx;
	moved = level != intx->level;
	WRITE_ONCE(intx->level, level);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (moved)
		mtty_intx_fire(intx);
}

/**
 * mtty_intx_drop() - have the line low, for nobody drives it
 * @intx: the line
 *
 * Without a simulator, and while one does not answer: the VFIO user could not clear what is high.
 */
void mtty_intx_drop(struct mtty_intx *intx)
{
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	WRITE_ONCE(intx->level, false);
	spin_unlock_irqrestore(&intx->lock, flags);
	mtty_intx_trace(intx, false);
}

static void mtty_intx_set_masked(struct mtty_intx *intx, bool masked)
{
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	intx->masked = masked;
	spin_unlock_irqrestore(&intx->lock, flags);
	mtty_intx_trace(intx, false);
}

static void mtty_intx_mask(struct mtty_intx *intx)
{
	mtty_intx_set_masked(intx, true);
}

static void mtty_intx_unmask(struct mtty_intx *intx)
{
	mtty_intx_set_masked(intx, false);
	mtty_intx_fire(intx);
}

/* Called inside the eventfd's wakeup: the signal, where due, has to wait for the thread. */
static int mtty_intx_unmask_handler(void *opaque, void *unused)
{
	struct mtty_intx *intx = opaque;
	unsigned long flags;
	bool due;

	spin_lock_irqsave(&intx->lock, flags);
	intx->masked = false;
	due = intx->level && intx->trigger;
	spin_unlock_irqrestore(&intx->lock, flags);
	return due;
}

static void mtty_intx_unmask_thread(void *opaque, void *unused)
{
	mtty_intx_fire(opaque);
}

static int mtty_intx_mask_handler(void *opaque, void *unused)
{
	mtty_intx_mask(opaque);
	return 0;
}

/* A new trigger starts unmasked; NULL takes the old one away. */
static void mtty_intx_set_trigger(struct mtty_intx *intx, struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	old = intx->trigger;
	intx->trigger = trigger;
	intx->masked = false;
	spin_unlock_irqrestore(&intx->lock, flags);

	if (old) {
		synchronize_rcu(); /* mtty_intx_fire() may be about to signal it */
		eventfd_ctx_put(old);
	}
	mtty_intx_fire(intx);
}

/* Takes away all eventfds. */
void mtty_intx_release(struct mtty_intx *intx)
{
	vfio_virqfd_disable(&intx->unmask);
	vfio_virqfd_disable(&intx->mask);
	mtty_intx_set_trigger(intx, NULL);
}

static int mtty_intx_set_trigger_fd(struct mtty_intx *intx, int fd)
{
	struct eventfd_ctx *trigger;

	if (fd < 0) {
		mtty_intx_release(intx);
		return 0;
	}
	trigger = eventfd_ctx_fdget(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	mtty_intx_set_trigger(intx, trigger);
	return 0;
}

/* A test signal of the user's own: it says nothing about the level, and masks nothing. */
static int mtty_intx_test(struct mtty_intx *intx)
{
	struct eventfd_ctx *trigger;

	rcu_read_lock();
	trigger = READ_ONCE(intx->trigger);
	if (trigger)
		mtty_eventfd_signal(trigger);
	rcu_read_unlock();
	return trigger ? 0 : -EINVAL;
}

static int mtty_intx_set_unmask_fd(struct mtty_intx *intx, int fd)
{
	vfio_virqfd_disable(&intx->unmask);
	if (fd < 0)
		return 0;
	return vfio_virqfd_enable(intx, mtty_intx_unmask_handler, mtty_intx_unmask_thread, NULL,
				  &intx->unmask, fd);
}

static int mtty_intx_set_mask_fd(struct mtty_intx *intx, int fd)
{
	vfio_virqfd_disable(&intx->mask);
	if (fd < 0)
		return 0;
	return vfio_virqfd_enable(intx, mtty_intx_mask_handler, NULL, NULL, &intx->mask, fd);
}

static int mtty_intx_set_fd(struct mtty_intx *intx, u32 action, int fd)
{
	switch (action) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return mtty_intx_set_trigger_fd(intx, fd);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return mtty_intx_set_unmask_fd(intx, fd);
	default:
		return mtty_intx_set_mask_fd(intx, fd);
	}
}

static int mtty_intx_do(struct mtty_intx *intx, u32 action)
{
	switch (action) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return mtty_intx_test(intx);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		mtty_intx_unmask(intx);
		return 0;
	default:
		mtty_intx_mask(intx);
		return 0;
	}
}

/**
 * mtty_intx_set() - VFIO_DEVICE_SET_IRQS on INTx
 * @intx: the line
 * @set: validated: one action, one kind of data, count 0 or 1
 * @data: of that kind, or NULL where there is none
 *
 * Caller holds card->irq_lock.
 */
int mtty_intx_set(struct mtty_intx *intx, const struct vfio_irq_set *set, const void *data)
{
	u32 action = set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	u32 kind = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;

	if (set->count == 0) {
		if (action != VFIO_IRQ_SET_ACTION_TRIGGER || kind != VFIO_IRQ_SET_DATA_NONE)
			return -EINVAL;
		mtty_intx_release(intx);
		return 0;
	}
	if (kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return mtty_intx_set_fd(intx, action, *(const s32 *)data);
	if (kind == VFIO_IRQ_SET_DATA_BOOL && !*(const u8 *)data)
		return 0;
	return mtty_intx_do(intx, action);
}
