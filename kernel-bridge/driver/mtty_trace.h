/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: /sys/kernel/tracing/events/mtty. The card is its mdev's UUID.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mtty

#if !defined(MTTY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MTTY_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

#include "../uapi/mtty_bridge.h"

/* An access that the VFIO user made, and how it ended. */
TRACE_EVENT(mtty_access,
	TP_PROTO(const struct device *dev, const struct mtty_bridge_request *request, u32 read,
		 int error),
	TP_ARGS(dev, request, read, error),
	TP_STRUCT__entry(
		__string(card, dev_name(dev))
		__field(u8, op)
		__field(u8, region)
		__field(u8, offset)
		__field(u8, size)
		__field(u32, data)
		__field(int, error)
	),
	TP_fast_assign(
		mtty_assign_str(card, dev_name(dev));
		__entry->op = request->op;
		__entry->region = request->region;
		__entry->offset = request->offset;
		__entry->size = request->size;
		__entry->data = request->op == MTTY_BRIDGE_READ ? read : request->data;
		__entry->error = error;
	),
	TP_printk("card=%s op=%s region=%u offset=0x%x size=%u data=0x%x error=%d",
		  __get_str(card),
		  __print_symbolic(__entry->op,
				   { MTTY_BRIDGE_READ, "read" },
				   { MTTY_BRIDGE_WRITE, "write" },
				   { MTTY_BRIDGE_RESET, "reset" }),
		  __entry->region, __entry->offset, __entry->size, __entry->data, __entry->error)
);

/* The interrupt line after whatever changed it; signalled: its user was told. */
TRACE_EVENT(mtty_intx,
	TP_PROTO(const struct device *dev, bool level, bool masked, bool signalled),
	TP_ARGS(dev, level, masked, signalled),
	TP_STRUCT__entry(
		__string(card, dev_name(dev))
		__field(bool, level)
		__field(bool, masked)
		__field(bool, signalled)
	),
	TP_fast_assign(
		mtty_assign_str(card, dev_name(dev));
		__entry->level = level;
		__entry->masked = masked;
		__entry->signalled = signalled;
	),
	TP_printk("card=%s level=%d masked=%d signalled=%d", __get_str(card), __entry->level,
		  __entry->masked, __entry->signalled)
);

/* What happens to the simulator: attach, detach, stuck, answers, replay. */
TRACE_EVENT(mtty_session,
	TP_PROTO(const struct device *dev, const char *what, int pid),
	TP_ARGS(dev, what, pid),
	TP_STRUCT__entry(
		__string(card, dev_name(dev))
		__string(what, what)
		__field(int, pid)
	),
	TP_fast_assign(
		mtty_assign_str(card, dev_name(dev));
		mtty_assign_str(what, what);
		__entry->pid = pid;
	),
	TP_printk("card=%s %s pid=%d", __get_str(card), __get_str(what), __entry->pid)
);

#endif /* MTTY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE mtty_trace
#include <trace/define_trace.h>
