/* SPDX-License-Identifier: Apache-2.0 */
#include "p1/p1_bind.h"

#include "base/error.h"
#include "base/limits.h"
#include "ber/define.h"
#include "mts/common.h"

/* ---- tables (X.411 MTAAbstractService, MTSAbstractService) ----------------------------------- */

enum credentials_kind { SIMPLE_IA5 = 1, SIMPLE_OCTETS, STRONG, PROTECTED };
struct opaque { /* a SET that is recognised, not looked into: all its members are unknown */
    struct slice raw;
};
struct credentials {
    struct slice raw;
    int which; /* enum credentials_kind */
    struct slice password;
    struct opaque other;
};

struct authenticated {
    struct slice raw;
    struct slice name;
    struct credentials credentials;
    struct opaque *security_context;
};

enum bind_kind { UNAUTHENTICATED = 1, AUTHENTICATED = 2 };
struct bind {
    struct slice raw;
    int which; /* enum bind_kind */
    bool null;
    struct authenticated authenticated;
};

static const struct ber_field no_fields[] = {BER_END};

static BER_STRUCT_TYPE(strong_credentials, "StrongCredentials", BER_SET, BER_T_SET, struct opaque,
                       no_fields);
static BER_STRUCT_TYPE(protected_password, "ProtectedPassword", BER_SET, BER_T_SET, struct opaque,
                       no_fields);
static BER_STRUCT_TYPE(security_context, "SecurityContext", BER_SET, BER_T_SET, struct opaque,
                       no_fields);

static BER_STRING_TYPE(password_ia5, "IA5String", BER_T_IA5, 0, 62);
static const struct ber_type password_octets = {
    .name = "OCTET STRING",
    .kind = BER_OCTET_STRING,
    .tag = BER_T_OCTET_STRING,
    .size = sizeof(struct slice),
    .max = 62,
};

/* Password is an untagged CHOICE inside Credentials: its alternatives stand here. */
static const struct ber_field credentials_fields[] = {
    BER_FIELD("simple", struct credentials, password, &password_ia5, BER_TAG_NONE, BER_MANDATORY,
              0),
    BER_FIELD("simple", struct credentials, password, &password_octets, BER_TAG_NONE, BER_MANDATORY,
              0),
    BER_FIELD("strong", struct credentials, other, &strong_credentials, BER_CONTEXT(0),
              BER_MANDATORY, 0),
    BER_FIELD("protected", struct credentials, other, &protected_password, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_END,
};
static BER_STRUCT_TYPE(credentials, "Credentials", BER_CHOICE, BER_TAG_NONE, struct credentials,
                       credentials_fields);

static const struct ber_field authenticated_fields[] = {
    BER_FIELD("name", struct authenticated, name, &ber_type_mta_name, BER_CONTEXT(0), BER_MANDATORY,
              0),
    BER_FIELD("credentials", struct authenticated, credentials, &credentials, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_FIELD("security-context", struct authenticated, security_context, &security_context,
              BER_CONTEXT(2), BER_OPTIONAL, 0),
    BER_END,
};
static BER_STRUCT_TYPE(authenticated, "authenticated", BER_SET, BER_T_SET, struct authenticated,
                       authenticated_fields);

static const struct ber_field bind_fields[] = {
    BER_FIELD("unauthenticated", struct bind, null, &ber_type_null, BER_TAG_NONE, BER_MANDATORY, 0),
    BER_FIELD("authenticated", struct bind, authenticated, &authenticated, BER_CONTEXT(1),
              BER_MANDATORY, 0),
    BER_END,
};
BER_STRUCT_TYPE(ber_type_mta_bind, "MTABindArgument", BER_CHOICE, BER_TAG_NONE, struct bind,
                bind_fields);

/* ---- reading --------------------------------------------------------------------------------- */

int p1_bind_parse(struct slice in, struct arena *arena, struct p1_bind *out)
{
    static const enum p1_credentials kinds[] = {
        [SIMPLE_IA5] = P1_CREDENTIALS_IA5,
        [SIMPLE_OCTETS] = P1_CREDENTIALS_OCTETS,
        [STRONG] = P1_CREDENTIALS_STRONG,
        [PROTECTED] = P1_CREDENTIALS_PROTECTED,
    };
    struct bind bind;
    int error = ber_decode(&ber_type_mta_bind, in, arena, &bind, NULL, NULL);

    *out = (struct p1_bind){.credentials = P1_CREDENTIALS_NONE};
    if (error || bind.which == UNAUTHENTICATED)
        return error;
    out->credentials = kinds[bind.authenticated.credentials.which];
    out->mta_name = bind.authenticated.name;
    out->password = bind.authenticated.credentials.password;
    out->security_context = bind.authenticated.security_context != NULL;
    if (out->mta_name.len > LIMIT_MTA_NAME || out->password.len > LIMIT_PASSWORD)
        return X4_ELIMIT;
    return X4_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

int p1_bind_build(const struct p1_bind *bind, struct buf *out)
{
    struct bind value = {.which = AUTHENTICATED};

    if (bind->credentials == P1_CREDENTIALS_NONE) {
        value = (struct bind){.which = UNAUTHENTICATED, .null = true};
        return ber_encode(&ber_type_mta_bind, &value, out, NULL);
    }
    if (bind->credentials != P1_CREDENTIALS_IA5 && bind->credentials != P1_CREDENTIALS_OCTETS)
        return X4_EINVAL;
    if (bind->mta_name.len == 0 || bind->mta_name.len > LIMIT_MTA_NAME ||
        bind->password.len > LIMIT_PASSWORD)
        return X4_EINVAL;
    value.authenticated.name = bind->mta_name;
    value.authenticated.credentials.which =
        bind->credentials == P1_CREDENTIALS_IA5 ? SIMPLE_IA5 : SIMPLE_OCTETS;
    value.authenticated.credentials.password =
        slice_present(bind->password) ? bind->password : SLICE_LIT("");
    return ber_encode(&ber_type_mta_bind, &value, out, NULL);
}

/* ---- comparing ------------------------------------------------------------------------------- */

bool p1_name_equal(struct slice a, struct slice b, bool exact)
{
    return exact ? slice_eq(a, b) : slice_eq_nocase(a, b);
}

bool p1_password_equal(struct slice offered, struct slice expected)
{
    unsigned difference = offered.len != expected.len;

    for (size_t i = 0; i < offered.len; i++)
        difference |= offered.p[i] ^ (unsigned)(expected.len ? expected.p[i % expected.len] : 0);
    return difference == 0;
}

const char *p1_bind_error_text(int error)
{
    switch (error) {
    case P1_BIND_BUSY: return "busy";
    case P1_BIND_AUTHENTICATION_ERROR: return "authentication-error";
    case P1_BIND_UNACCEPTABLE_DIALOGUE_MODE: return "unacceptable-dialogue-mode";
    case P1_BIND_UNACCEPTABLE_SECURITY_CONTEXT: return "unacceptable-security-context";
    case P1_BIND_INADEQUATE_CONFIDENTIALITY: return "inadequate-association-confidentiality";
    default: return "unknown bind error";
    }
}
