/* SPDX-License-Identifier: Apache-2.0 */
/* Association control (X.227), kernel: the APDUs AARQ, AARE, RLRQ, RLRE and ABRT with one value of
 * user information each.
 *
 * Each travels on one presentation primitive (P-CONNECT, P-RELEASE, P-U-ABORT), which keeps their
 * order; what is left for ACSE is to build and to read them. Errors are enum x4_error; slices in
 * results point into the octets read or come from the arena. */
#pragma once

#include "ber/ber.h"

enum acse_result {
    ACSE_ACCEPTED = 0,
    ACSE_REJECTED_PERMANENT = 1,
    ACSE_REJECTED_TRANSIENT = 2,
};

enum acse_source { ACSE_SERVICE_USER = 1, ACSE_SERVICE_PROVIDER = 2 };

/* Associate-source-diagnostic, acse-service-user */
enum acse_diagnostic {
    ACSE_DIAGNOSTIC_NULL = 0,
    ACSE_NO_REASON_GIVEN = 1,
    ACSE_CONTEXT_NAME_NOT_SUPPORTED = 2,
};

struct acse_source_diagnostic {
    struct slice raw;
    int which; /* enum acse_source */
    int64_t user;
    int64_t provider;
};

/* AARQ and AARE. Titles are kept as they came: an MTA is known by its bind argument. */
struct acse_associate {
    struct slice raw;
    struct ber_bits version;
    struct slice context_name;                           /* OID contents */
    struct slice called_ap_title, called_ae_qualifier;   /* AARQ; AARE: responding */
    struct slice calling_ap_title, calling_ae_qualifier; /* AARQ */
    int64_t result;                                      /* AARE: enum acse_result */
    struct acse_source_diagnostic diagnostic;            /* AARE */
    struct ber_list user_information;                    /* of struct ber_external */
};

/* RLRQ and RLRE */
struct acse_release {
    struct slice raw;
    struct ber_optint reason; /* 0 normal */
    struct ber_list user_information;
};

struct acse_abort {
    struct slice raw;
    int64_t source; /* 0 service user, 1 service provider */
    struct ber_optint diagnostic;
    struct ber_list user_information;
};

extern const struct ber_type acse_type_aarq, acse_type_aare, acse_type_rlrq, acse_type_rlre,
    acse_type_abrt;

/* One value of user information: the TLV and the presentation context it belongs to. */
struct acse_value {
    int64_t context;  /* 0: not said */
    struct slice tlv; /* absent: none */
};

/* context_name: OID contents. */
int acse_put_aarq(struct slice context_name, const struct acse_value *value, struct buf *out);
int acse_put_aare(struct slice context_name, enum acse_result result,
                  enum acse_diagnostic diagnostic, const struct acse_value *value, struct buf *out);
int acse_put_rlrq(struct buf *out);
int acse_put_rlre(struct buf *out);
int acse_put_abrt(const struct acse_value *value, struct buf *out);

/* The tag says which APDU it must be. */
int acse_take_aarq(struct slice apdu, struct arena *arena, struct acse_associate *out);
int acse_take_aare(struct slice apdu, struct arena *arena, struct acse_associate *out);
int acse_take_abrt(struct slice apdu, struct arena *arena, struct acse_abort *out);

/* The first value of user information; absent when there is none. Accepts EXTERNALs with or without
 * either reference, single-ASN1-type or octet-aligned. */
int acse_user_information(const struct ber_list *list, struct acse_value *value);
