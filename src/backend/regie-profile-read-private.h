/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-profile-private.h"
#include "regie-profile-reader.h"

G_BEGIN_DECLS

/* The parts of a profile's reading; faults go to READER. */
void regie_profile_read_auth (RegieProfile *self, RegieReader *reader, JsonObject *root);
void regie_profile_read_operations (RegieProfile *self, RegieReader *reader, JsonObject *root);
void regie_profile_read_requests (RegieProfile *self, RegieReader *reader, JsonObject *root);

/* The request described by MEMBER of OBJECT, owned by the profile; NULL when it is not there. PLACEHOLDERS:
 * the names that its path may hold; NULL: any. */
const RegieProfileRequest *regie_profile_read_request (RegieProfile *self,
                                                       RegieReader *reader,
                                                       JsonObject *object,
                                                       const char *member,
                                                       const char *const *placeholders);

/* OBJECT's member NAME as a field's mapping; NULL after a fault. Transfer full. */
RegieProfileField *
regie_profile_read_field (RegieReader *reader, const RegieKind *kind, JsonObject *object, const char *name);

G_END_DECLS
