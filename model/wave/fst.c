// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

// The files are inside fstapi's context and closed there, so this is the last moment to ask them.
static int g_write_error = 0;

static int close_and_note(FILE* file) {
  const int failed = ferror(file) != 0;
  const int result = fclose(file);
  g_write_error |= failed || result != 0;
  return result;
}

#define fclose close_and_note
#include <fstapi.c>
#undef fclose

#include "model/wave/fst.h"

int fst_take_write_error(void) {
  const int error = g_write_error;
  g_write_error = 0;
  return error;
}
