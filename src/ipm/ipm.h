/* SPDX-License-Identifier: Apache-2.0 */
/* Interpersonal messages and notifications (X.420): content types P2 (1984) and P22 (1988).
 *
 * This is what programs use: write a message or a notification from a plain struct, read one into a
 * plain struct, print one for people, take an attachment out. The ASN.1 types and their tables are
 * in ipm/types.h, character sets in ipm/charset.h.
 *
 * Text goes in and comes out as UTF-8. Every slice or string handed in must live for the call only;
 * what comes out lives as long as the content and the arena it was read with. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/* Built-in content types (X.411): the value for the message's envelope. */
enum { IPM_CONTENT_P2 = 2, IPM_CONTENT_P22 = 22 };

/* ImportanceField. Mind that a zeroed struct says low. */
enum ipm_importance {
    IPM_IMPORTANCE_LOW = 0,
    IPM_IMPORTANCE_NORMAL = 1, /* the field is left out */
    IPM_IMPORTANCE_HIGH = 2,
};

enum ipm_sensitivity {
    IPM_SENSITIVITY_NONE = 0, /* the field is left out */
    IPM_SENSITIVITY_PERSONAL = 1,
    IPM_SENSITIVITY_PRIVATE = 2,
    IPM_SENSITIVITY_COMPANY_CONFIDENTIAL = 3,
};

/* NotificationRequests; value = 1 << bit number */
enum { IPM_REQUEST_RN = 1, IPM_REQUEST_NRN = 2, IPM_REQUEST_IPM_RETURN = 4 };

/* ORDescriptor, and what RecipientSpecifier adds. A person has an ORName (as TLV or as text), a
 * free-form name, or both. */
struct ipm_person {
    struct slice or_name;       /* TLV of ORName (0x60 ...); wins over address */
    const char *address;        /* text form, as or_address_parse() reads it; NULL: none */
    const char *free_form_name; /* "Jane Doe"; NULL: none */
    const char *telephone;      /* PrintableString; NULL: none */
    unsigned requests;          /* IPM_REQUEST_*; recipients only */
    bool reply_requested;       /* recipients only */
};

struct ipm_people {
    const struct ipm_person *items;
    size_t count;
};

/* IPMIdentifier */
struct ipm_id {
    struct slice or_name; /* user, as TLV or as text; both may be missing */
    const char *address;
    const char *local; /* PrintableString, at most 64 characters; NULL: there is no identifier */
};

struct ipm_ids {
    const struct ipm_id *items;
    size_t count;
};

enum ipm_part_kind {
    IPM_PART_TEXT,         /* ia5-text when all ASCII, else general-text (ISO 8859-1, or another
                            * part that holds all of it, or UTF-8) */
    IPM_PART_FILE,         /* file-transfer body part (FTBP) */
    IPM_PART_BILATERAL,    /* bilaterally-defined */
    IPM_PART_NATIONAL,     /* nationally-defined: data is one TLV */
    IPM_PART_MESSAGE,      /* forwarded IPM: data is the TLV of a P22 or P2 content (or the IPM) */
    IPM_PART_REPORT,       /* reading only */
    IPM_PART_NOTIFICATION, /* forwarded IPN: data is the TLV of the content */
    IPM_PART_OTHER,        /* reading only: fax, teletex, voice, encrypted, unknown extended ... */
};

/* A body part to write. */
struct ipm_new_part {
    enum ipm_part_kind kind;
    struct slice data;       /* TEXT: UTF-8. Others: octets, see the kind */
    const char *name;        /* FILE: file name, NULL: none */
    const char *modified;    /* FILE: GeneralizedTime of the last change, NULL: none */
    const char *created;     /* FILE: GeneralizedTime of creation, NULL: none */
    const char *application; /* FILE: application-reference, an OID in dots or free text, or NULL */
    const char *delivered;   /* MESSAGE, NOTIFICATION: delivery-time, UTCTime, NULL: none */
};

/* A message to write. All zero except this_ipm.local is a legal, empty message (of low
 * importance). */
struct ipm_message {
    struct ipm_id this_ipm;              /* local is mandatory */
    const struct ipm_person *originator; /* NULL: none */
    struct ipm_people authorizing, to, cc, bcc, reply_to;
    struct ipm_id in_reply_to;
    struct ipm_ids obsoletes, related;
    const char *subject;     /* NULL: none. Cut to 128 characters of T.61 as X.420 bids;
                              * the whole goes into extended-subject when T.61 cannot
                              * hold it */
    const char *expiry_time; /* UTCTime, "YYMMDDhhmmssZ"; NULL: none */
    const char *reply_time;
    enum ipm_importance importance;
    enum ipm_sensitivity sensitivity;
    bool auto_forwarded;
    const char *language; /* "en": languages extension; NULL: none */
    const struct ipm_new_part *parts;
    size_t part_count;
};

/* Appends the content (the TLV of InformationObject) to out. Errors: X4_EINVAL a field is not
 * writable as its type wants it, X4_EBOUNDS, X4_EMISSING no this_ipm.local, X4_ESYNTAX an address
 * cannot be read, X4_ENOMEM. After an error out holds what it held before. */
int ipm_compose(const struct ipm_message *message, struct buf *out);

/* P22 is needed when the message uses what P2 does not have (extended body parts, extensions). */
int ipm_content_type(const struct ipm_message *message);

enum ipm_notification_kind {
    IPM_NOTIFY_NON_RECEIPT = 1,
    IPM_NOTIFY_RECEIPT = 2,
    IPM_NOTIFY_OTHER = 3
};

/* A notification to write: RN or NRN. */
struct ipm_notification {
    enum ipm_notification_kind kind;     /* NON_RECEIPT or RECEIPT */
    struct ipm_id subject_ipm;           /* this-IPM of the message it is about */
    const struct ipm_person *originator; /* who notifies; NULL: none */
    const struct ipm_person *intended;   /* the recipient the message was meant for; NULL: none */
    const char *receipt_time;            /* RECEIPT: UTCTime, mandatory */
    bool automatic;                      /* RECEIPT: acknowledgment-mode */
    int non_receipt_reason;              /* NON_RECEIPT: 0 discarded, 1 auto-forwarded */
    int discard_reason;                  /* NON_RECEIPT: 0 expired, 1 obsoleted, 2 subscription
                                          * terminated; -1: none */
    const char *auto_forward_comment;    /* NON_RECEIPT: PrintableString; NULL: none */
    struct slice returned_ipm;           /* NON_RECEIPT: content (or IPM) returned; absent: none */
};
int ipm_compose_notification(const struct ipm_notification *notification, struct buf *out);

/* A body part read. */
struct ipm_part {
    enum ipm_part_kind kind;
    const char *type;      /* "ia5-text", "file-transfer", "2.6.1.4.99"; never NULL */
    struct slice tlv;      /* the BodyPart as received */
    struct slice text;     /* TEXT: UTF-8 */
    struct slice name;     /* file name (UTF-8), absent: none; not to be trusted as a path */
    struct slice octets;   /* what an extraction writes: the file, the bilaterally-defined
                            * octets, the text in UTF-8, the forwarded content as TLV, else the
                            * TLV of the data; never absent */
    int64_t size;          /* FILE: object-size as stated, -1: not stated */
    struct slice modified; /* FILE: GeneralizedTime; absent: none */
    struct slice created;
    struct slice application; /* FILE: application-reference (UTF-8 or OID in dots); absent: none */
    const char *problem;      /* NULL, or why parts of it could not be read */
};

/* A content read. The decoded types have all fields: see ipm/types.h. */
struct ipm_content {
    const struct ipm_heading *heading; /* IPM, else NULL */
    const struct ipm_ipn *ipn;         /* IPN, else NULL */
    struct ipm_part *parts;            /* IPM */
    size_t part_count;
    const char *subject; /* IPM: UTF-8, extended-subject where there is one; or NULL */
};

/* Reads a content: the TLV of InformationObject. A body part that is broken inside does not make
 * the content unreadable; its problem says so. Errors: those of ber_decode(). */
int ipm_parse(struct slice content, struct arena *arena, struct ipm_content *out);

enum { IPM_SHOW_HEADINGS = 1, IPM_SHOW_TEXT = 2, IPM_SHOW_ALL = 3 };
/* Appends the content in a form for people: headings, texts, a line per attachment; forwarded
 * messages indented. Errors: those of ipm_parse(), X4_ENOMEM. */
int ipm_show(struct slice content, unsigned what, struct buf *out);

/* Appends every field with its ASN.1 name, extended body parts and extensions resolved, for
 * x400dump. Never fails on bad input: says what is wrong and where. */
void ipm_dump(struct slice content, unsigned indent, struct buf *out);

/* Body part i (0 = first) of the content. name, octets: as in struct ipm_part; when the part has no
 * name of its own a harmless one is made ("part-2.txt"). name holds no '/', no control characters
 * and does not begin with '.'. Errors: X4_ENOTFOUND, those of ipm_parse(). */
int ipm_extract(struct slice content, size_t i, struct arena *arena, const char **name,
                struct slice *octets);
