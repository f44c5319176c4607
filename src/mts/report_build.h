/* SPDX-License-Identifier: Apache-2.0 */
/* Between report.c and report_build.c. Private to mts/. */
#pragma once

#include "mts/report.h"

/* The subject's recipient that an outcome puts into a report of this class; NULL: none. */
const struct mts_recipient *mts_report_subject_of(const struct mts_report_params *p,
                                                  enum mts_report_class class,
                                                  const struct mts_outcome *outcome);
