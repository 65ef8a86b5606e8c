// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints of mtty_trace.h, made here. */
#include "compat.h"

#define CREATE_TRACE_POINTS
#include "mtty_trace.h"
