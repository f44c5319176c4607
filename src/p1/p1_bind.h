/* SPDX-License-Identifier: Apache-2.0 */
/* MTABindArgument and MTABindResult (X.411 MTAAbstractService; rules of section 6). */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "ber/ber.h"

/* mta-bind-error; busy, authentication-error and unacceptable-dialogue-mode are the refuse reasons
 * of X.410 too */
enum p1_bind_error {
    P1_BIND_BUSY = 0,
    P1_BIND_AUTHENTICATION_ERROR = 2,
    P1_BIND_UNACCEPTABLE_DIALOGUE_MODE = 3,
    P1_BIND_UNACCEPTABLE_SECURITY_CONTEXT = 4,
    P1_BIND_INADEQUATE_CONFIDENTIALITY = 5,
};
/* The Recommendation's name, or "unknown bind error". */
const char *p1_bind_error_text(int error);

enum p1_credentials {
    P1_CREDENTIALS_NONE,      /* NULL argument: no name, no credentials */
    P1_CREDENTIALS_IA5,       /* simple: password as IA5String */
    P1_CREDENTIALS_OCTETS,    /* simple: password as OCTET STRING */
    P1_CREDENTIALS_STRONG,    /* recognised, not verified: refuse */
    P1_CREDENTIALS_PROTECTED, /* not allowed in MTABind: refuse */
};

struct p1_bind {
    enum p1_credentials credentials;
    struct slice mta_name;
    struct slice password;
    bool security_context; /* one was sent: unacceptable unless the peer is configured for it */
};

/* For dumps: MTABindArgument, which reads MTABindResult as well. */
extern const struct ber_type ber_type_mta_bind;

/* Reads either: the TLV of MTABindArgument or MTABindResult. Slices in *out point into in or the
 * arena. Errors: X4_ESYNTAX, X4_ETRUNC, X4_EMISSING, X4_ELIMIT (name or password too long). */
int p1_bind_parse(struct slice in, struct arena *arena, struct p1_bind *out);
/* Appends the TLV of an argument or a result (they are alike without security-context).
 * Errors: X4_EINVAL (credentials of a kind we do not make, name empty or too long). */
int p1_bind_build(const struct p1_bind *bind, struct buf *out);

/* Equal MTA names; A-Z and a-z the same unless exact (WIRE rule 17: PP ignores case). */
bool p1_name_equal(struct slice a, struct slice b, bool exact);
/* Equal passwords, in time that depends on the offered length only. IA5 and octets compare alike.
 */
bool p1_password_equal(struct slice offered, struct slice expected);
