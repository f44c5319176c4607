/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/directory.h"

/* Fails unless the errors, one a line, are exactly this text. Frees them. */
void check_errors(struct conf_errors *errors, const char *expected);
/* Applies YAML to a directory. Fails unless it goes well; consumes from (NULL: the empty one). */
struct directory *must_apply(struct directory *from, const char *yaml);
/* The result of applying YAML that is wrong; fails unless the errors are exactly this text. */
void must_refuse(const struct directory *from, const char *yaml, const char *expected);
/* A site with a server EX1, its stack, a connector to Paris and a mailbox. */
struct directory *sample(void);

/* Name prefixes of the sample. */
#define SITE   "/o=Acme/ou=London"
#define CONF   SITE "/cn=Configuration"
#define SERVER CONF "/cn=Servers/cn=EX1"
#define STACK  SERVER "/cn=TCP (EX1)"
#define PARIS  CONF "/cn=Connections/cn=to Paris"
#define ANN    SITE "/cn=Recipients/cn=ann"
