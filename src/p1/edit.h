/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of p1_out share: an APDU's members are walked as TLVs; an edit appends what a
 * member becomes, everything else is copied as it came. Private to p1/. */
#pragma once

#include "base/limits.h"
#include "p1/p1_out.h"

struct p1_editor {
    const struct p1_relay *relay;
    enum mts_kind kind;
    struct arena arena; /* for decoding; one call of p1_out_prefix() */
    bool has_trace;     /* seen in the SET at hand */
    bool has_internal;
    bool has_extensions;
    size_t recipients_found; /* of relay->recipients */
    struct slice external;   /* to 1984: content type that has to become external; else absent */
};

/* Appends to out what becomes of a member; nothing: it is left out. */
typedef int (*p1_edit)(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);

struct p1_edit_rule {
    uint32_t tag;
    p1_edit edit; /* NULL: the member is left out */
};

/* Copies members (a run of TLVs) to out, those with a rule through it; rules end with tag
 * BER_TAG_NONE. */
int p1_edit_members(struct p1_editor *e, struct slice members, const struct p1_edit_rule *rules,
                    struct buf *out);
/* The same for the members of one TLV, which is put around them again. */
int p1_edit_within(struct p1_editor *e, const struct ber_tlv *tlv, const struct p1_edit_rule *rules,
                   struct buf *out);
/* Appends tlv with contents instead of its own; as it came when they are the same. Returns the
 * error of either buffer. */
int p1_put_contents(const struct ber_tlv *tlv, const struct buf *contents, struct buf *out);

/* trace-information; extensions with internal-trace-information (p1_trace.c) */
int p1_edit_trace(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_edit_extensions(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_subject_trace(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
/* What a SET lacks that has to be there. tag: of its extensions member. */
int p1_add_missing(struct p1_editor *e, uint32_t tag, struct buf *out);

/* 1984 (p1_1984.c) */
int p1_1984_name(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_report_name(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_eits(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
/* The same for decoded ones; false: out of memory. */
bool p1_1984_plain_eits(struct mts_eits *eits, struct arena *arena);
int p1_1984_content_type(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_content_length(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
/* Appends what goes before a content of that length to make it an EXTERNAL of type oid. */
void p1_1984_put_external(struct slice oid, uint64_t content_len, struct buf *out);
int p1_1984_indicators(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_bilateral(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
int p1_1984_reported_recipients(struct p1_editor *e, const struct ber_tlv *tlv, struct buf *out);
