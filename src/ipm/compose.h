/* SPDX-License-Identifier: Apache-2.0 */
/* What writing messages, body parts and notifications has in common. Private to ipm/. */
#pragma once

#include "ipm/charset.h"
#include "ipm/ipm.h"
#include "ipm/names.h"
#include "ipm/types.h"

/* One content being written. Everything that its structs point to is in the arena, but for body
 * parts, which are octets in parts. */
struct composer {
    struct arena arena;
    int error; /* the first failure; later calls do nothing */
};

void composer_init(struct composer *c);
void composer_free(struct composer *c);
void composer_fail(struct composer *c, int error);
/* Zeroed; NULL after a failure. */
void *composer_alloc(struct composer *c, size_t count, size_t size);
/* The buffer's content in the arena; frees the buffer. */
struct slice composer_keep(struct composer *c, struct buf *b);

/* UTF-8 in a set, at most max octets; fewer are left out. *lost, if not NULL: something is missing.
 */
struct slice composer_text(struct composer *c, struct slice utf8, enum charset set, size_t max,
                           bool *lost);
/* NULL is absent. PrintableString or X4_EINVAL; X4_EBOUNDS beyond max. */
struct slice composer_printable(struct composer *c, const char *text, size_t max);
/* NULL is absent. Checks the form YYMMDDhhmm[ss](Z|+hhmm|-hhmm). */
struct slice composer_utctime(struct composer *c, const char *text);
struct slice composer_generalized_time(struct composer *c, const char *text);

/* NULL when the id or person is empty. */
struct or_name *composer_or_name(struct composer *c, struct slice tlv, const char *address);
struct ipm_identifier composer_id(struct composer *c, const struct ipm_id *id);
struct ipm_or_descriptor composer_descriptor(struct composer *c, const struct ipm_person *person);
struct ipm_or_descriptor *composer_descriptor_opt(struct composer *c,
                                                  const struct ipm_person *person);
/* The TLV of an IPM or IPN in whatever form it was handed in (content, or the bare type); X4_EINVAL
 * when it is not that. tag: that of the bare type; in_content: that of the InformationObject. */
struct slice composer_inner(struct composer *c, struct slice in, uint32_t bare,
                            uint32_t in_content);

/* Appends the TLV of a BodyPart. */
void compose_part(struct composer *c, const struct ipm_new_part *part, struct buf *out);
