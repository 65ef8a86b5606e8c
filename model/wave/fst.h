// SPDX-License-Identifier: Apache-2.0
// GTKWave's fstapi, and what it leaves out.
#pragma once

#include <fstapi.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether a write failed to a file that fstapi has closed since the last call. fstapi itself does
/// not look.
int fst_take_write_error(void);

#ifdef __cplusplus
}
#endif
