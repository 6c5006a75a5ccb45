/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-record.h"

G_BEGIN_DECLS

/* Values as people read them: in the user's language, locale and zone. All results are newly allocated and
 * never NULL unless said; text from elsewhere comes back visible (regie_text_visible), not escaped. Main
 * thread. */

/* What stands where there is no value. */
#define REGIE_FORMAT_NONE "–"

/* One value of FIELD on one line: "Active", "3 min ago" (times are relative), "1.2 s", "45 %", "4.5 MiB".
 * NULL or null: REGIE_FORMAT_NONE. Refs come back as the id: who shows them looks the title up. Money is
 * without its currency. */
char *regie_format_value (const RegieField *field, JsonNode *value);

/* The same out of a record, with the currency of money. */
char *regie_format_field (RegieRecord *record, const RegieField *field);

/* As regie_format_value(), but complete: exact times, all lines of a text, all items of a list. For detail
 * pages. */
char *regie_format_value_full (const RegieField *field, JsonNode *value);

/* The label of a kind, field, value or action (an untranslated literal of the kind) in the user's language.
 * Borrowed. NULL gives "". */
const char *regie_format_label (const char *msgid);

/* "now", "3 min ago", "in 5 min", "yesterday", "12 Mar", "12 Mar 2024" by distance from
 * regie_time_now(). 0: REGIE_FORMAT_NONE. */
char *regie_format_time_relative (gint64 time);

/* Milliseconds until the text of regie_format_time_relative() may change; for a timer. 0: it will not. */
guint regie_format_time_relative_lasts (gint64 time);

/* "Friday 20 November 2026, 14:28:05 CET", in the user's zone; 0: REGIE_FORMAT_NONE. */
char *regie_format_time_exact (gint64 time);

/* "14:28" and "14:28:05" in the user's zone. */
char *regie_format_time_clock (gint64 time, gboolean seconds);

/* "850 ms", "1.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". MS may be negative. */
char *regie_format_duration (gint64 ms);

/* "812 B", "4.5 MiB"; BYTES in bytes, binary units. */
char *regie_format_size (gint64 bytes);

/* Whole numbers with the locale's grouping. */
char *regie_format_count (gint64 count);

/* At most DECIMALS digits behind the locale's point, without trailing zeros, grouped. */
char *regie_format_number (double number, guint decimals);

/* 0..1 as "45 %" or, under 10 %, "4.5 %". */
char *regie_format_rate (double rate);

/* Micro-units and an ISO currency (NULL: none): "12.50 EUR". */
char *regie_format_money (gint64 micro, const char *currency);

/* A language tag as "French (fr)" where the name is known, else the tag. */
char *regie_format_language (const char *tag);

/* What is wrong with a value of FIELD as a sentence in the user's language; CODE as regie_field_check()
 * gives it. */
char *regie_format_problem (const RegieField *field, const char *code);

/* Label of FIELD with its unit: "Delay before a reply (s)"; the unit only where the value is typed or shown
 * without it. */
char *regie_format_field_title (const RegieField *field, gboolean with_unit);

/* Whether values of FIELD are numbers to be right-aligned. */
gboolean regie_format_is_numeric (const RegieField *field);

/* "regie_error" and other errors as what happened and what to do, one sentence, without the server's words.
 */
char *regie_format_error (const GError *error);

/* What an engine said against the value of FIELD, in the user's language where ERROR carries a code that is
 * known, else TEXT. */
char *regie_format_refusal (const RegieField *field, const GError *error, const char *text);

G_END_DECLS
