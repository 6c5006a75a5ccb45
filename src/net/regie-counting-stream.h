/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A stream around another that counts what comes in and ends with an error when too much came since the
 * last *_forget(). libsoup limits a WebSocket frame, but not a message made of many. Net thread. */

#define REGIE_TYPE_COUNTING_STREAM (regie_counting_stream_get_type ())
G_DECLARE_FINAL_TYPE (RegieCountingStream, regie_counting_stream, REGIE, COUNTING_STREAM, GIOStream)

/* BASE's streams must be pollable. READ_ALREADY (may be NULL): bytes that were read from it and come first.
 */
RegieCountingStream *regie_counting_stream_new (GIOStream *base, GBytes *read_already);

/* 0: no limit. */
void regie_counting_stream_set_limit (RegieCountingStream *self, gsize bytes);
void regie_counting_stream_forget (RegieCountingStream *self);
/* Whether it ended because of the limit. */
gboolean regie_counting_stream_is_exceeded (RegieCountingStream *self);

G_END_DECLS
