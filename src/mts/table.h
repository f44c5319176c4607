/* SPDX-License-Identifier: Apache-2.0 */
/* What the descriptor tables of this folder share. Private to mts/. */
#pragma once

#include "ber/define.h"

#include <limits.h>

/* Types that more than one file's tables use. */
extern const struct ber_type mts_type_other_actions, mts_type_routing_action, mts_type_reason,
    mts_type_diagnostic, mts_type_type_of_user;
extern const struct ber_name mts_reason_names[], mts_diagnostic_names[];
