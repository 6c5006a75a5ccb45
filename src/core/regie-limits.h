/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every limit on input stands here, so that client and engine refuse the same things. Sizes in bytes. */

#define REGIE_LIMIT_JSON_BYTES     (8u * 1024 * 1024)
#define REGIE_LIMIT_JSON_DEPTH     64u
#define REGIE_LIMIT_STRING_BYTES   (1024u * 1024)
#define REGIE_LIMIT_ARRAY_ITEMS    100000u
#define REGIE_LIMIT_HEADER_BYTES   (64u * 1024)
#define REGIE_LIMIT_RESPONSE_BYTES (64u * 1024 * 1024)
#define REGIE_LIMIT_RESPONSE_RATIO 200u
#define REGIE_LIMIT_WS_BYTES       (8u * 1024 * 1024)
#define REGIE_LIMIT_CONNECTIONS    2000u
#define REGIE_LIMIT_PAGE_ROWS      1000u
#define REGIE_LIMIT_MEDIA_BYTES    (2ull * 1024 * 1024 * 1024)

/* What a person typed is shorter: names are one line. */
#define REGIE_LIMIT_NAME_CHARS 200u
#define REGIE_LIMIT_TEXT_CHARS 20000u
