// SPDX-License-Identifier: GPL-2.0-only
/*
 * The card as its VFIO user sees it: a vfio-pci device with config space and one or two I/O BARs,
 * all of which the simulator answers for.
 */
#include <linux/eventfd.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mtty.h"

#define MTTY_LOG_INTERVAL (10 * HZ)
#define MTTY_LOG_BURST 1000
#define MTTY_OFFSET_SHIFT 40 /* as vfio-pci has it; users ask GET_REGION_INFO */

static unsigned int attach_wait_ms;
module_param(attach_wait_ms, uint, 0644);
MODULE_PARM_DESC(attach_wait_ms,
		 "Time an open waits for a simulator to attach, ms (default 0: none)");

static struct mtty_card *mtty_card_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct mtty_card, vdev);
}

static int mtty_vfio_init(struct vfio_device *vdev)
{
	struct mtty_card *card = mtty_card_of(vdev);
	unsigned int ports = mtty_ports_of(vdev->dev);
	int ret;

	ret = mtty_take_ports(ports);
	if (ret)
		return ret;
	card->ports = ports;
	INIT_LIST_HEAD(&card->cards);
	init_waitqueue_head(&card->attach_wait);
	mutex_init(&card->irq_lock);
	ratelimit_state_init(&card->log, MTTY_LOG_INTERVAL, MTTY_LOG_BURST);
	mtty_bus_init(&card->bus);
	mtty_intx_init(&card->intx);
	return 0;
}

static void mtty_vfio_release(struct vfio_device *vdev)
{
	mtty_give_ports(mtty_card_of(vdev)->ports);
	mtty_vfio_free_device(vdev);
}

static int mtty_reset(struct mtty_card *card, enum mtty_bridge_reset_cause cause)
{
	struct mtty_bridge_request request = { .op = MTTY_BRIDGE_RESET, .size = 4, .data = cause };
	u32 unused;

	return mtty_bus_access(card, request, &unused);
}

static bool mtty_has_simulator(struct mtty_card *card)
{
	return READ_ONCE(card->bus.session);
}

static int mtty_vfio_open(struct vfio_device *vdev)
{
	struct mtty_card *card = mtty_card_of(vdev);
	int ret;

	if (wait_event_killable_timeout(card->attach_wait, mtty_has_simulator(card),
					msecs_to_jiffies(READ_ONCE(attach_wait_ms))) < 0)
		return -EINTR;

	ret = mtty_reset(card, MTTY_BRIDGE_POWER_ON);
	if (ret == -ENOTCONN)
		dev_warn(vdev->dev, "not opened: no simulator serves the card (mttysim serve --mdev %s)\n",
			 dev_name(vdev->dev));
	if (ret)
		return ret;
	WRITE_ONCE(card->opened, true);
	return 0;
}

static void mtty_set_request_trigger(struct mtty_card *card, struct eventfd_ctx *trigger)
{
	if (card->request_trigger)
		eventfd_ctx_put(card->request_trigger);
	card->request_trigger = trigger;
}

static void mtty_vfio_close(struct vfio_device *vdev)
{
	struct mtty_card *card = mtty_card_of(vdev);
	struct mtty_bridge_request off = {
		.op = MTTY_BRIDGE_RESET, .size = 4, .data = MTTY_BRIDGE_POWER_OFF,
	};

	mutex_lock(&card->irq_lock);
	mtty_intx_release(&card->intx);
	mtty_set_request_trigger(card, NULL);
	mutex_unlock(&card->irq_lock);

	WRITE_ONCE(card->opened, false);
	mtty_bus_post(card, off);
}

/* Somebody wants the mdev removed: ask the user, who may be a VM, to let go of it. */
static void mtty_vfio_request(struct vfio_device *vdev, unsigned int count)
{
	struct mtty_card *card = mtty_card_of(vdev);

	mutex_lock(&card->irq_lock);
	if (card->request_trigger)
		mtty_eventfd_signal(card->request_trigger);
	else if (count == 0)
		dev_notice(vdev->dev, "in use; removed when its user lets go of it\n");
	mutex_unlock(&card->irq_lock);
}

static u32 mtty_region_size(const struct mtty_card *card, u64 region)
{
	switch (region) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return MTTY_CONFIG_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX:
		return MTTY_BAR_SIZE;
	case VFIO_PCI_BAR1_REGION_INDEX:
		return card->ports == 2 ? MTTY_BAR_SIZE : 0;
	default:
		return 0;
	}
}

/* What of count bytes at pos lies within the region; the region and the offset are in *piece. */
static ssize_t mtty_clip(const struct mtty_card *card, u64 pos, size_t count,
			 struct mtty_bridge_request *piece)
{
	u64 region = pos >> MTTY_OFFSET_SHIFT;
	u64 offset = pos & (BIT_ULL(MTTY_OFFSET_SHIFT) - 1);
	u32 size = mtty_region_size(card, region);

	if (offset >= size)
		return -EINVAL;
	piece->region = region;
	piece->offset = offset;
	return min_t(u64, count, size - offset);
}

/* The largest naturally aligned access at offset that is not longer than left. */
static u8 mtty_piece_size(u8 offset, size_t left)
{
	if (!(offset & 3) && left >= 4)
		return 4;
	if (!(offset & 1) && left >= 2)
		return 2;
	return 1;
}

static int mtty_read_piece(struct mtty_card *card, char __user *buf,
			   struct mtty_bridge_request piece)
{
	__le32 value;
	u32 data;
	int ret;

	ret = mtty_bus_access(card, piece, &data);
	if (ret && ret != -ENOTCONN && ret != -ETIMEDOUT)
		return ret; /* being killed */
	value = cpu_to_le32(data);
	return copy_to_user(buf, &value, piece.size) ? -EFAULT : 0;
}

static int mtty_write_piece(struct mtty_card *card, const char __user *buf,
			    struct mtty_bridge_request piece)
{
	__le32 value = 0;
	u32 unused;
	int ret;

	if (copy_from_user(&value, buf, piece.size))
		return -EFAULT;
	piece.data = le32_to_cpu(value);
	ret = mtty_bus_access(card, piece, &unused);
	return ret == -ENOTCONN || ret == -ETIMEDOUT ? 0 : ret;
}

static ssize_t mtty_vfio_read(struct vfio_device *vdev, char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct mtty_card *card = mtty_card_of(vdev);
	struct mtty_bridge_request piece = { .op = MTTY_BRIDGE_READ };
	ssize_t length = mtty_clip(card, *ppos, count, &piece);
	ssize_t done;
	int ret;

	for (done = 0; done < length; done += piece.size, piece.offset += piece.size) {
		piece.size = mtty_piece_size(piece.offset, length - done);
		ret = mtty_read_piece(card, buf + done, piece);
		if (ret)
			return done ? done : ret;
	}
	return length;
}

static ssize_t mtty_vfio_write(struct vfio_device *vdev, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct mtty_card *card = mtty_card_of(vdev);
	struct mtty_bridge_request piece = { .op = MTTY_BRIDGE_WRITE };
	ssize_t length = mtty_clip(card, *ppos, count, &piece);
	ssize_t done;
	int ret;

	for (done = 0; done < length; done += piece.size, piece.offset += piece.size) {
		piece.size = mtty_piece_size(piece.offset, length - done);
		ret = mtty_write_piece(card, buf + done, piece);
		if (ret)
			return done ? done : ret;
	}
	return length;
}

static long mtty_get_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info = {};

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static int mtty_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
			    struct vfio_info_cap *caps)
{
	if (info->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info->size = mtty_region_size(mtty_card_of(vdev), info->index);
	info->offset = (u64)info->index << MTTY_OFFSET_SHIFT;
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}

static long mtty_get_region_info(struct vfio_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = mtty_region_info(vdev, &info, NULL);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static u32 mtty_irq_count(u32 index)
{
	return index == VFIO_PCI_INTX_IRQ_INDEX || index == VFIO_PCI_REQ_IRQ_INDEX;
}

static long mtty_get_irq_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	/* No error recovery, which only PCIe has: said as vfio-pci says it, or QEMU tries */
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX)
		return -EINVAL;
	info.count = mtty_irq_count(info.index);
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD : 0;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static int mtty_set_request_fd(struct mtty_card *card, int fd)
{
	struct eventfd_ctx *trigger = NULL;

	if (fd >= 0)
		trigger = eventfd_ctx_fdget(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	mtty_set_request_trigger(card, trigger);
	return 0;
}

static int mtty_set_request_irq(struct mtty_card *card, const struct vfio_irq_set *set,
				const void *data)
{
	u32 kind = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;

	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return -EINVAL;
	if (set->count == 0) {
		if (kind != VFIO_IRQ_SET_DATA_NONE)
			return -EINVAL;
		mtty_set_request_trigger(card, NULL);
		return 0;
	}
	if (kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return mtty_set_request_fd(card, *(const s32 *)data);
	if (!card->request_trigger)
		return -EINVAL;
	if (kind == VFIO_IRQ_SET_DATA_NONE || *(const u8 *)data)
		mtty_eventfd_signal(card->request_trigger);
	return 0;
}

static int mtty_set_irqs_locked(struct mtty_card *card, const struct vfio_irq_set *set,
				const void *data)
{
	switch (set->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return mtty_intx_set(&card->intx, set, data);
	case VFIO_PCI_REQ_IRQ_INDEX:
		return mtty_set_request_irq(card, set, data);
	default:
		return -ENOTTY;
	}
}

static long mtty_set_irqs(struct mtty_card *card, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	void *data = NULL;
	size_t size = 0;
	int ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	ret = vfio_set_irqs_validate_and_prepare(&set, mtty_irq_count(set.index),
						 VFIO_PCI_NUM_IRQS, &size);
	if (ret)
		return ret;
	/* The core leaves it to us that there is one kind of data and one action. */
	if (hweight32(set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) != 1 ||
	    hweight32(set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != 1)
		return -EINVAL;
	if (size) {
		data = memdup_user(arg + minsz, size);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}

	mutex_lock(&card->irq_lock);
	ret = mtty_set_irqs_locked(card, &set, data);
	mutex_unlock(&card->irq_lock);
	kfree(data);
	return ret;
}

static long mtty_vfio_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct mtty_card *card = mtty_card_of(vdev);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return mtty_get_info(uarg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return mtty_get_region_info(vdev, uarg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return mtty_get_irq_info(uarg);
	case VFIO_DEVICE_SET_IRQS:
		return mtty_set_irqs(card, uarg);
	case VFIO_DEVICE_RESET:
		return mtty_reset(card, MTTY_BRIDGE_RST);
	default:
		return -ENOTTY;
	}
}

const struct vfio_device_ops mtty_vfio_ops = {
	.name = "mtty",
	.init = mtty_vfio_init,
	.release = mtty_vfio_release,
	.open_device = mtty_vfio_open,
	.close_device = mtty_vfio_close,
	.read = mtty_vfio_read,
	.write = mtty_vfio_write,
	.ioctl = mtty_vfio_ioctl,
	.request = mtty_vfio_request,
	MTTY_VFIO_IOMMUFD_OPS
	MTTY_VFIO_REGION_INFO_OPS(mtty_region_info)
};
