/* SPDX-License-Identifier: Apache-2.0 */
/* No filter of system calls: built without libseccomp. */
#include "base/error.h"
#include "prog/x400d/confine.h"

#include <stdio.h>

int confine_calls(char *text, size_t size)
{
    snprintf(text, size, "built without libseccomp");
    return X4_EUNSUPP;
}
