/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/kinds.h"

#include "differential/spdus.h"
#include "ipm/names.h"
#include "ipm/types.h"
#include "mts/envelope.h"
#include "osi/acse/acse.h"
#include "osi/presentation/ppdu.h"
#include "osi/rtse/apdu.h"
#include "p1/p1_bind.h"

static int check_rtorq(const void *value, struct arena *arena)
{
    const struct rtorq *rtorq = value;
    struct rt_connection_data data;

    return rtse_take_connection_data(rtorq->connection_data, arena, &data);
}

static int check_rtoac(const void *value, struct arena *arena)
{
    const struct rtoac *rtoac = value;
    struct rt_connection_data data;

    return rtse_take_connection_data(rtoac->connection_data, arena, &data);
}

static const struct kind kinds[] = {
    {.name = "MTS-APDU", .type = &ber_type_mts_apdu, .split = true},
    {.name = "BindArgument", .type = &ber_type_mta_bind},
    {.name = "BindResult", .type = &ber_type_mta_bind, .without = "security-context"},
    {.name = "P22", .type = &ipm_type_information_object},
    {.name = "MessagePart", .type = &ipm_type_message_parameters},
    {.name = "ContentPart", .type = &ipm_type_content_parameters},
    {.name = "TextPart", .type = &ipm_type_general_text_parameters},
    {.name = "VoicePart", .type = &ipm_type_voice_parameters},
    {.name = "FilePart", .type = &ipm_type_file_parameters},
    {.name = "FileData", .type = &ipm_type_file_data},
    {.name = "RTORQ", .type = &rtse_type_rtorq, .check = check_rtorq},
    {.name = "RTOAC", .type = &rtse_type_rtoac, .check = check_rtoac},
    {.name = "RTORJ", .type = &rtse_type_rtorj},
    {.name = "RTTP", .type = &ber_type_integer},
    {.name = "RTTR", .type = &ber_type_octet_string},
    {.name = "RTAB", .type = &rtse_type_rtab},
    {.name = "AARQ", .type = &acse_type_aarq},
    {.name = "AARE", .type = &acse_type_aare},
    {.name = "RLRQ", .type = &acse_type_rlrq},
    {.name = "RLRE", .type = &acse_type_rlre},
    {.name = "ABRT", .type = &acse_type_abrt},
    {.name = "CP", .type = &p_type_cp},
    {.name = "CPA", .type = &p_type_cpa},
    {.name = "CPR", .type = &p_type_cpr},
    {.name = "ARU", .type = &p_type_aru},
    {.name = "ARP", .type = &p_type_arp},
    {.name = "UserData", .type = &p_type_user_data},
    {.name = "TSDU", .generate = spdus_generate, .list = spdus_list},
};

const struct kind *kind_at(size_t i)
{
    return i < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[i] : NULL;
}

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; kind_at(i); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}
