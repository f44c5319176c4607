/* SPDX-License-Identifier: Apache-2.0 */
/* One error enum for the whole program: negative values, 0 is success.
 *
 * These are the errors of our own functions. What a protocol says to a peer (X.411 reason and
 * diagnostic codes, ACSE results, session reasons) are values in result structures and never
 * mixed with these. */
#pragma once

enum x4_error {
    X4_OK = 0,
    X4_ENOMEM = -1,     /* memory, or an arena's or buffer's named maximum, is used up */
    X4_EINVAL = -2,     /* the caller's argument is wrong (a local error, X.225 A.4.1.1) */
    X4_ESTATE = -3,     /* not allowed in this state */
    X4_ETRUNC = -4,     /* input ends too early */
    X4_ESYNTAX = -5,    /* input is not well-formed */
    X4_ELIMIT = -6,     /* input exceeds one of limits.h */
    X4_EPROTO = -7,     /* the peer broke the protocol */
    X4_EUNSUPP = -8,    /* well-formed, but something we do not do */
    X4_EMISSING = -9,   /* a mandatory element is missing */
    X4_EDUP = -10,      /* an element is there twice */
    X4_EBOUNDS = -11,   /* a value is outside its bounds (X.411 upper bounds) */
    X4_ENOTFOUND = -12, /* no such object */
    X4_EEXIST = -13,    /* the object is there already */
    X4_EIO = -14,       /* a device or the operating system failed */
    X4_EFULL = -15,     /* the disk or a quota is full: temporary */
    X4_EBUSY = -16,     /* locked by another; try later */
    X4_ECONFIG = -17,   /* the configuration is wrong */
    X4_ENET = -18,      /* a network operation failed */
    X4_ETIMEOUT = -19,  /* too late */
    X4_EDENIED = -20,   /* the caller may not do this */
    X4_EAGAIN = -21,    /* more input is needed before anything can be said */
};

/* The error's text, never NULL, for logs and users. */
const char *x4_strerror(int error);
/* What the errno of an operation on a file means: X4_ENOTFOUND (the path leads nowhere),
 * X4_EDENIED, X4_EFULL, X4_EIO. */
int x4_error_of_errno(int cause);
