/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between kernels 6.1 and later, all of them. The code is written against the
 * newest; what an older kernel lacks is made up for here.
 */
#ifndef MTTY_COMPAT_H
#define MTTY_COMPAT_H

#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <linux/vfio.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define mtty_vfio_free_device(vdev) vfio_free_device(vdev)
#else
#define mtty_vfio_free_device(vdev) ((void)(vdev)) /* the core frees it after .release */
#endif

/* Members of vfio_device_ops that not every kernel has; each ends with its comma. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define MTTY_VFIO_IOMMUFD_OPS					\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,	\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define MTTY_VFIO_IOMMUFD_OPS					\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
#else
#define MTTY_VFIO_IOMMUFD_OPS
#endif

/* From 6.19 the core takes VFIO_DEVICE_GET_REGION_INFO itself and asks this for what to say. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define MTTY_VFIO_REGION_INFO_OPS(fn) .get_region_info_caps = fn,
#else
#define MTTY_VFIO_REGION_INFO_OPS(fn)
#endif

/* What is assigned was said in __string() already. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define mtty_assign_str(field, source) __assign_str(field)
#else
#define mtty_assign_str(field, source) __assign_str(field, source)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define mtty_eventfd_signal(ctx) eventfd_signal(ctx)
#else
#define mtty_eventfd_signal(ctx) eventfd_signal(ctx, 1)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void mtty_vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#else
#define mtty_vm_flags_clear(vma, flags) vm_flags_clear(vma, flags)
#endif

#endif /* MTTY_COMPAT_H */
