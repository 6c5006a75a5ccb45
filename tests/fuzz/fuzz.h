/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What every target offers: libFuzzer calls it in `make fuzz`, fuzz-replay.c over a committed corpus in `make
 * test`. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
