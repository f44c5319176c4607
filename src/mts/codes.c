/* SPDX-License-Identifier: Apache-2.0 */
/* Names of reason codes, diagnostic codes and types of user (X.411; rules 3.2, 4.10, 4.11). */
#include "mts/report.h"

#include "mts/table.h"

const struct ber_name mts_reason_names[] = {
    {0, "transfer-failure"},
    {1, "unable-to-transfer"},
    {2, "conversion-not-performed"},
    {3, "physical-rendition-not-performed"},
    {4, "physical-delivery-not-performed"},
    {5, "restricted-delivery"},
    {6, "directory-operation-unsuccessful"},
    {7, "deferred-delivery-not-performed"},
    {8, "transfer-failure-for-security-reason"},
    {0, NULL},
};
BER_NUMBER_TYPE(mts_type_reason, "NonDeliveryReasonCode", BER_INTEGER, BER_T_INTEGER, 0, 32767,
                mts_reason_names);

const struct ber_name mts_diagnostic_names[] = {
    {0, "unrecognised-OR-name"},
    {1, "ambiguous-OR-name"},
    {2, "mts-congestion"},
    {3, "loop-detected"},
    {4, "recipient-unavailable"},
    {5, "maximum-time-expired"},
    {6, "encoded-information-types-unsupported"},
    {7, "content-too-long"},
    {8, "conversion-impractical"},
    {9, "implicit-conversion-prohibited"},
    {10, "implicit-conversion-not-subscribed"},
    {11, "invalid-arguments"},
    {12, "content-syntax-error"},
    {13, "size-constraint-violation"},
    {14, "protocol-violation"},
    {15, "content-type-not-supported"},
    {16, "too-many-recipients"},
    {17, "no-bilateral-agreement"},
    {18, "unsupported-critical-function"},
    {19, "conversion-with-loss-prohibited"},
    {20, "line-too-long"},
    {21, "page-split"},
    {22, "pictorial-symbol-loss"},
    {23, "punctuation-symbol-loss"},
    {24, "alphabetic-character-loss"},
    {25, "multiple-information-loss"},
    {26, "recipient-reassignment-prohibited"},
    {27, "redirection-loop-detected"},
    {28, "dl-expansion-prohibited"},
    {29, "no-dl-submit-permission"},
    {30, "dl-expansion-failure"},
    {31, "physical-rendition-attributes-not-supported"},
    {32, "undeliverable-mail-physical-delivery-address-incorrect"},
    {33, "undeliverable-mail-physical-delivery-office-incorrect-or-invalid"},
    {34, "undeliverable-mail-physical-delivery-address-incomplete"},
    {35, "undeliverable-mail-recipient-unknown"},
    {36, "undeliverable-mail-recipient-deceased"},
    {37, "undeliverable-mail-organization-expired"},
    {38, "undeliverable-mail-recipient-refused-to-accept"},
    {39, "undeliverable-mail-recipient-did-not-claim"},
    {40, "undeliverable-mail-recipient-changed-address-permanently"},
    {41, "undeliverable-mail-recipient-changed-address-temporarily"},
    {42, "undeliverable-mail-recipient-changed-temporary-address"},
    {43, "undeliverable-mail-new-address-unknown"},
    {44, "undeliverable-mail-recipient-did-not-want-forwarding"},
    {45, "undeliverable-mail-originator-prohibited-forwarding"},
    {46, "secure-messaging-error"},
    {47, "unable-to-downgrade"},
    {48, "unable-to-complete-transfer"},
    {49, "transfer-attempts-limit-reached"},
    {50, "incorrect-notification-type"},
    {51, "dl-expansion-prohibited-by-security-policy"},
    {52, "forbidden-alternate-recipient"},
    {53, "security-policy-violation"},
    {54, "security-services-refusal"},
    {55, "unauthorised-dl-member"},
    {56, "unauthorised-dl-name"},
    {57, "unauthorised-originally-intended-recipient-name"},
    {58, "unauthorised-originator-name"},
    {59, "unauthorised-recipient-name"},
    {60, "unreliable-system"},
    {61, "authentication-failure-on-subject-message"},
    {62, "decryption-failed"},
    {63, "decryption-key-unobtainable"},
    {64, "double-envelope-creation-failure"},
    {65, "double-enveloping-message-restoring-failure"},
    {66, "failure-of-proof-of-message"},
    {67, "integrity-failure-on-subject-message"},
    {68, "invalid-security-label"},
    {69, "key-failure"},
    {70, "mandatory-parameter-absence"},
    {71, "operation-security-failure"},
    {72, "repudiation-failure-of-message"},
    {73, "security-context-failure"},
    {74, "token-decryption-failed"},
    {75, "token-error"},
    {76, "unknown-security-label"},
    {77, "unsupported-algorithm-identifier"},
    {78, "unsupported-security-policy"},
    {0, NULL},
};
BER_NUMBER_TYPE(mts_type_diagnostic, "NonDeliveryDiagnosticCode", BER_INTEGER, BER_T_INTEGER, 0,
                32767, mts_diagnostic_names);

static const struct ber_name user_names[] = {
    {MTS_USER_PUBLIC, "public"}, {MTS_USER_PRIVATE, "private"},
    {MTS_USER_MS, "ms"},         {MTS_USER_DL, "dl"},
    {MTS_USER_PDAU, "pdau"},     {MTS_USER_PHYSICAL_RECIPIENT, "physical-recipient"},
    {MTS_USER_OTHER, "other"},   {0, NULL},
};
BER_NUMBER_TYPE(mts_type_type_of_user, "TypeOfMTSUser", BER_INTEGER, BER_T_INTEGER, 0, 256,
                user_names);

static const char *name_of(const struct ber_name *names, int64_t value)
{
    for (; names->name; names++) {
        if (names->value == value)
            return names->name;
    }
    return NULL;
}

const char *mts_reason_text(int64_t reason)
{
    return name_of(mts_reason_names, reason);
}

const char *mts_diagnostic_text(int64_t diagnostic)
{
    return name_of(mts_diagnostic_names, diagnostic);
}
