// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator's end. An open /dev/mtty-bridge is a session; it attaches to one card by the UUID
 * of its mdev, and to a card that no other session has.
 */
#include <linux/fs.h>
#include <linux/mdev.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "mtty.h"
#include "mtty_trace.h"

static DEFINE_MUTEX(mtty_cards_lock);
static LIST_HEAD(mtty_cards);

static u16 mtty_seq(const struct mtty_bridge_page *page)
{
	/* Of the response: pairs with the simulator's store; what it did before is seen. */
	return mtty_bridge_seq(smp_load_acquire(&page->word));
}

/* Whether the simulator has answered the last request. */
bool mtty_session_answered(const struct mtty_session *session)
{
	return mtty_seq(session->response) == mtty_seq(session->request);
}

/* Whether the simulator exits, or was sent what no process survives. */
bool mtty_session_dying(const struct mtty_session *session)
{
	return READ_ONCE(session->owner->signal->flags) & SIGNAL_GROUP_EXIT;
}

/* Whether the simulator has no thread any more that could answer. */
bool mtty_session_dead(const struct mtty_session *session)
{
	return !atomic_read(&session->owner->signal->live);
}

/* Whether the simulator has done the last heartbeat that it was asked for. */
static bool mtty_session_beats(const struct mtty_session *session)
{
	return READ_ONCE(session->response->beat) == READ_ONCE(session->request->beat);
}

/**
 * mtty_session_ask_beat() - ask the simulator for a sign of life
 * @card: the card
 * @asked: which beat
 * @attaches: how many simulators the card has had
 *
 * Return: false where there is no simulator to ask.
 */
bool mtty_session_ask_beat(struct mtty_card *card, u32 *asked, u32 *attaches)
{
	struct mtty_session *session;

	mutex_lock(&mtty_cards_lock);
	*attaches = card->bus.attaches;
	session = card->bus.session;
	if (session && mtty_session_dead(session))
		session = NULL;
	if (session) {
		/* Beats that others ask for meanwhile are as good. */
		if (mtty_session_beats(session))
			WRITE_ONCE(session->request->beat, session->request->beat + 1);
		*asked = session->request->beat;
		wake_up_interruptible_poll(&session->simulator_wait, EPOLLIN | EPOLLRDNORM);
	}
	mutex_unlock(&mtty_cards_lock);
	return session;
}

/* Whether the one of @attaches simulators that is still there has done beat @asked. */
bool mtty_session_has_beaten(struct mtty_card *card, u32 asked, u32 attaches)
{
	struct mtty_session *session;
	bool beaten;

	mutex_lock(&mtty_cards_lock);
	session = card->bus.session;
	beaten = session && card->bus.attaches == attaches &&
		 (s32)(READ_ONCE(session->response->beat) - asked) >= 0;
	mutex_unlock(&mtty_cards_lock);
	return beaten;
}

/*
 * Parts a session from its card, if it has one. An access in flight sees @gone and ends, so that
 * the bus lock is soon to be had; after it nobody looks at the session's pages any more.
 */
static void mtty_detach(struct mtty_session *session)
{
	struct mtty_card *card = session->card;

	lockdep_assert_held(&mtty_cards_lock);
	if (!card)
		return;

	WRITE_ONCE(session->gone, true);
	wake_up_all(&session->driver_wait);

	mutex_lock(&card->bus.lock);
	/* A request that was not answered goes out again under the same seq. */
	card->bus.answered = session->requests - !mtty_session_answered(session);
	WRITE_ONCE(card->bus.session, NULL);
	mutex_unlock(&card->bus.lock);

	mutex_lock(&session->lock);
	session->card = NULL;
	mutex_unlock(&session->lock);

	mtty_intx_drop(&card->intx);
	trace_mtty_session(card->vdev.dev, "detach", task_tgid_nr(current));
	wake_up_interruptible_poll(&session->simulator_wait, EPOLLHUP);
}

static void mtty_log_gone(const struct mtty_card *card)
{
	if (!READ_ONCE(card->opened))
		dev_info(card->vdev.dev, "the simulator is gone\n");
	else if (READ_ONCE(card->bus.returns))
		dev_warn(card->vdev.dev, "the simulator is gone: accesses wait for its return\n");
	else
		dev_warn(card->vdev.dev,
			 "the simulator is gone: the card reads all ones until one attaches\n");
}

/* Parts a simulator that is gone from its card. */
static void mtty_session_end(struct mtty_session *session)
{
	struct mtty_card *card = session->card;

	mtty_detach(session);
	if (card && __ratelimit(&card->log))
		mtty_log_gone(card);
}

void mtty_session_add_card(struct mtty_card *card)
{
	mutex_lock(&mtty_cards_lock);
	list_add(&card->cards, &mtty_cards);
	mutex_unlock(&mtty_cards_lock);
}

void mtty_session_remove_card(struct mtty_card *card)
{
	mutex_lock(&mtty_cards_lock);
	list_del(&card->cards);
	if (card->bus.session)
		mtty_detach(card->bus.session);
	mutex_unlock(&mtty_cards_lock);
}

static struct mtty_card *mtty_find_card(const guid_t *uuid)
{
	struct mtty_card *card;

	list_for_each_entry(card, &mtty_cards, cards)
		if (guid_equal(&to_mdev_device(card->vdev.dev)->uuid, uuid))
			return card;
	return NULL;
}

/* Both words begin with the seq of the last request that was answered. */
static void mtty_session_begin(struct mtty_session *session, u64 answered)
{
	struct mtty_bridge_request request = { .seq = (u16)answered };
	struct mtty_bridge_response response = { .seq = (u16)answered };

	session->requests = answered;
	WRITE_ONCE(session->request->word, mtty_bridge_pack_request(request));
	WRITE_ONCE(session->response->word, mtty_bridge_pack_response(response));
}

static int mtty_attach(struct mtty_session *session, struct mtty_card *card, u32 flags)
{
	lockdep_assert_held(&mtty_cards_lock);
	if (session->attached)
		return -EISCONN;
	if (!card)
		return -ENODEV;
	/* Another process may keep the file of a dead one open. */
	if (card->bus.session && mtty_session_dead(card->bus.session))
		mtty_session_end(card->bus.session);
	if (card->bus.session)
		return -EBUSY;

	session->owner = get_task_struct(current->group_leader);
	mutex_lock(&session->lock);
	session->card = card;
	session->attached = true;
	mutex_unlock(&session->lock);

	mutex_lock(&card->bus.lock);
	mtty_session_begin(session, card->bus.answered);
	card->bus.returns = flags & MTTY_BRIDGE_RETURNS;
	card->bus.stuck = false;
	/* A state may be of a fresh card whose simulator went before the replay. */
	if (!(flags & MTTY_BRIDGE_RESTORED))
		card->bus.replay = true;
	WRITE_ONCE(card->bus.attaches, card->bus.attaches + 1);
	WRITE_ONCE(card->bus.session, session);
	mutex_unlock(&card->bus.lock);

	wake_up_all(&card->attach_wait);
	trace_mtty_session(card->vdev.dev, "attach", task_tgid_nr(current));
	if (__ratelimit(&card->log))
		dev_info(card->vdev.dev, "served by %s (pid %d)\n", current->comm,
			 task_tgid_vnr(current));
	return 0;
}

static long mtty_ioctl_attach(struct mtty_session *session, struct mtty_bridge_attach __user *arg)
{
	struct mtty_bridge_attach attach;
	char text[UUID_STRING_LEN + 1] = {};
	struct mtty_card *card;
	guid_t uuid;
	int ret;

	BUILD_BUG_ON(sizeof(attach.uuid) != UUID_STRING_LEN);
	if (copy_from_user(&attach, arg, sizeof(attach)))
		return -EFAULT;
	if (attach.version != MTTY_BRIDGE_VERSION)
		return put_user(MTTY_BRIDGE_VERSION, &arg->version) ? -EFAULT : -EPROTO;
	if (attach.flags & ~(MTTY_BRIDGE_RETURNS | MTTY_BRIDGE_RESTORED))
		return -EINVAL;
	memcpy(text, attach.uuid, UUID_STRING_LEN);
	if (guid_parse(text, &uuid))
		return -EINVAL;

	mutex_lock(&mtty_cards_lock);
	card = mtty_find_card(&uuid);
	ret = mtty_attach(session, card, attach.flags);
	if (!ret) {
		attach.ports = card->ports;
		attach.opened = READ_ONCE(card->opened);
		attach.answered = card->bus.answered;
	}
	mutex_unlock(&mtty_cards_lock);

	if (ret)
		return ret;
	return copy_to_user(arg, &attach, sizeof(attach)) ? -EFAULT : 0;
}

/* The simulator changed its response word while nobody was looking. */
static long mtty_ioctl_ring(struct mtty_session *session)
{
	long ret = 0;

	mutex_lock(&session->lock);
	if (session->card)
		mtty_intx_follow(&session->card->intx, session->response);
	else
		ret = session->attached ? -ENODEV : -ENOTCONN;
	mutex_unlock(&session->lock);

	wake_up_all(&session->driver_wait);
	return ret;
}

static long mtty_session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct mtty_session *session = file->private_data;

	switch (cmd) {
	case MTTY_BRIDGE_IOC_ATTACH:
		return mtty_ioctl_attach(session, (struct mtty_bridge_attach __user *)arg);
	case MTTY_BRIDGE_IOC_RING:
		return mtty_ioctl_ring(session);
	default:
		return -ENOTTY;
	}
}

static __poll_t mtty_session_poll(struct file *file, poll_table *table)
{
	struct mtty_session *session = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &session->simulator_wait, table);
	if (!mtty_session_answered(session) || !mtty_session_beats(session))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(session->gone))
		events |= EPOLLHUP;
	return events;
}

static int mtty_session_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mtty_session *session = file->private_data;

	if (!(vma->vm_flags & VM_SHARED) || vma_pages(vma) != 1)
		return -EINVAL;

	switch (vma->vm_pgoff) {
	case MTTY_BRIDGE_REQUEST_PGOFF:
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		mtty_vm_flags_clear(vma, VM_MAYWRITE);
		return remap_vmalloc_range(vma, session->request, 0);
	case MTTY_BRIDGE_RESPONSE_PGOFF:
		return remap_vmalloc_range(vma, session->response, 0);
	default:
		return -EINVAL;
	}
}

static void mtty_session_free(struct mtty_session *session)
{
	if (session->owner)
		put_task_struct(session->owner);
	vfree(session->request);
	vfree(session->response);
	kfree(session);
}

static int mtty_session_open(struct inode *inode, struct file *file)
{
	struct mtty_session *session;

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return -ENOMEM;
	session->request = vmalloc_user(PAGE_SIZE);
	session->response = vmalloc_user(PAGE_SIZE);
	if (!session->request || !session->response) {
		mtty_session_free(session);
		return -ENOMEM;
	}
	mutex_init(&session->lock);
	init_waitqueue_head(&session->driver_wait);
	init_waitqueue_head(&session->simulator_wait);
	file->private_data = session;
	return 0;
}

/* The simulator closed its file, or died and has given back all that was its. */
static int mtty_session_release(struct inode *inode, struct file *file)
{
	struct mtty_session *session = file->private_data;

	mutex_lock(&mtty_cards_lock);
	mtty_session_end(session);
	mutex_unlock(&mtty_cards_lock);

	mtty_session_free(session);
	return 0;
}

static const struct file_operations mtty_session_fops = {
	.owner = THIS_MODULE,
	.open = mtty_session_open,
	.release = mtty_session_release,
	.unlocked_ioctl = mtty_session_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = mtty_session_poll,
	.mmap = mtty_session_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice mtty_session_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MTTY_BRIDGE_NODE,
	.fops = &mtty_session_fops,
	.mode = 0660,
};

int mtty_session_register(void)
{
	return misc_register(&mtty_session_device);
}

void mtty_session_unregister(void)
{
	misc_deregister(&mtty_session_device);
}
