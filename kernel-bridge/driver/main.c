// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mdev parent. Its sysfs tree is the contract of the kernel's mtty sample: class and device are
 * named mtty, types mtty-1 and mtty-2 share one pool of 24 ports.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/mdev.h>
#include <linux/module.h>

#include "mtty.h"

#define MTTY_PORTS 24

struct mtty_type {
	struct mdev_type type;
	unsigned int ports;
};

static struct mtty_type mtty_types[] = {
	{ .type = { .sysfs_name = "1", .pretty_name = "Single port serial" }, .ports = 1 },
	{ .type = { .sysfs_name = "2", .pretty_name = "Dual port serial" }, .ports = 2 },
};

static struct mdev_type *mtty_mdev_types[] = { &mtty_types[0].type, &mtty_types[1].type };

static struct mdev_parent mtty_parent;
static struct device *mtty_device;
static atomic_t mtty_free_ports = ATOMIC_INIT(MTTY_PORTS);

static struct class mtty_class = {
	.name = "mtty",
};

static unsigned int mtty_type_ports(struct mdev_type *type)
{
	return container_of(type, struct mtty_type, type)->ports;
}

unsigned int mtty_ports_of(struct device *mdev)
{
	return mtty_type_ports(to_mdev_device(mdev)->type);
}

int mtty_take_ports(unsigned int ports)
{
	int left = atomic_read(&mtty_free_ports);

	do {
		if (left < (int)ports)
			return -ENOSPC;
	} while (!atomic_try_cmpxchg(&mtty_free_ports, &left, left - ports));
	return 0;
}

void mtty_give_ports(unsigned int ports)
{
	atomic_add(ports, &mtty_free_ports);
}

static int mtty_probe(struct mdev_device *mdev)
{
	struct mtty_card *card;
	int ret;

	card = vfio_alloc_device(mtty_card, vdev, &mdev->dev, &mtty_vfio_ops);
	if (IS_ERR(card))
		return PTR_ERR(card);

	mtty_session_add_card(card);
	ret = vfio_register_emulated_iommu_dev(&card->vdev);
	if (ret) {
		mtty_session_remove_card(card);
		vfio_put_device(&card->vdev);
		return ret;
	}
	dev_set_drvdata(&mdev->dev, card);
	mtty_stats_add_card(card);
	return 0;
}

static void mtty_remove(struct mdev_device *mdev)
{
	struct mtty_card *card = dev_get_drvdata(&mdev->dev);

	mtty_stats_remove_card(card);
	vfio_unregister_group_dev(&card->vdev);
	mtty_session_remove_card(card);
	vfio_put_device(&card->vdev);
}

static unsigned int mtty_get_available(struct mdev_type *type)
{
	return atomic_read(&mtty_free_ports) / mtty_type_ports(type);
}

static struct mdev_driver mtty_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.driver = {
		.name = "mtty",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
	},
	.probe = mtty_probe,
	.remove = mtty_remove,
	.get_available = mtty_get_available,
};

static ssize_t sample_mtty_dev_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "This is phy device\n");
}
static DEVICE_ATTR_RO(sample_mtty_dev);

static struct attribute *mtty_dev_attrs[] = {
	&dev_attr_sample_mtty_dev.attr,
	NULL,
};

static const struct attribute_group mtty_dev_group = {
	.name = "mtty_dev",
	.attrs = mtty_dev_attrs,
};

static const struct attribute_group *mtty_dev_groups[] = {
	&mtty_dev_group,
	NULL,
};

static int __init mtty_init(void)
{
	int ret;

	ret = class_register(&mtty_class);
	if (ret)
		return ret;

	mtty_device = device_create_with_groups(&mtty_class, NULL, MKDEV(0, 0), NULL,
						mtty_dev_groups, "mtty");
	if (IS_ERR(mtty_device)) {
		ret = PTR_ERR(mtty_device);
		goto err_class;
	}

	mtty_stats_register();
	ret = mdev_register_driver(&mtty_driver);
	if (ret)
		goto err_stats;

	ret = mtty_session_register();
	if (ret)
		goto err_driver;

	ret = mdev_register_parent(&mtty_parent, mtty_device, &mtty_driver, mtty_mdev_types,
				   ARRAY_SIZE(mtty_mdev_types));
	if (ret)
		goto err_session;
	return 0;

err_session:
	mtty_session_unregister();
err_driver:
	mdev_unregister_driver(&mtty_driver);
err_stats:
	mtty_stats_unregister();
	device_unregister(mtty_device);
err_class:
	class_unregister(&mtty_class);
	return ret;
}

static void __exit mtty_exit(void)
{
	mdev_unregister_parent(&mtty_parent);
	mtty_session_unregister();
	mdev_unregister_driver(&mtty_driver);
	mtty_stats_unregister();
	device_unregister(mtty_device);
	class_unregister(&mtty_class);
}

module_init(mtty_init);
module_exit(mtty_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("PCI serial card for VFIO, simulated by a program in user space");
