/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, and help made from the table of commands. */
#include "prog/x400ctl/ctl.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

static const struct option_spec global_options[] = {
    {"socket", "PATH", "control socket (X400_SOCKET, or /run/x400d/control)", NULL},
    {"json", NULL, "print the answer as JSON", NULL},
    {"help", NULL, "this text, or that of the command", NULL},
    {"version", NULL, "the version", NULL},
    {NULL, NULL, NULL, NULL},
};

static void help_options(const struct option_spec *options, size_t most)
{
    for (size_t i = 0; i < most && options[i].name; i++) {
        char left[64];

        snprintf(left, sizeof(left), "--%s%s%s", options[i].name, options[i].argument ? " " : "",
                 options[i].argument ? options[i].argument : "");
        printf("  %-24s %s\n", left, options[i].doc);
    }
}

void help_all(void)
{
    printf("usage: x400ctl [--socket PATH] [--json] COMMAND ...\n\ncommands:\n");
    for (const struct command *c = commands; c->name; c++) {
        char left[64];

        snprintf(left, sizeof(left), "%s %s", c->name, c->words);
        printf("  %-32s %s\n", left, c->doc);
    }
    printf("\noptions of every command:\n");
    help_options(global_options, SIZE_MAX);
    printf("\nx400ctl COMMAND --help says more; so does x400ctl(1).\n");
}

void help_command(const struct command *command)
{
    printf("usage: x400ctl %s%s%s%s\n\n%s.\n", command->name, *command->words ? " " : "",
           command->words, command->option[0].name ? " [options]" : "", command->doc);
    if (command->option[0].name) {
        printf("\noptions:\n");
        help_options(command->option, COMMAND_OPTIONS);
    }
    printf("\noptions of every command:\n");
    help_options(global_options, SIZE_MAX);
    printf("\nexample:\n  %s\n", command->example);
}

static const struct option_spec *find_option(const struct option_spec *options, size_t most,
                                             const char *name, size_t len)
{
    for (size_t i = 0; i < most && options[i].name; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
            return &options[i];
    return NULL;
}

/* Is name the first word of commands of two words? */
static bool is_group(const char *name)
{
    size_t len = strlen(name);

    for (const struct command *c = commands; c->name; c++)
        if (strncmp(c->name, name, len) == 0 && c->name[len] == ' ')
            return true;
    return false;
}

/* The command that the words begin with; *used: how many words that are. */
static const struct command *find_command(const struct args *args, size_t *used)
{
    char two[128] = "";

    if (args->word_count >= 2)
        snprintf(two, sizeof(two), "%s %s", args->word[0], args->word[1]);
    for (const struct command *c = commands; args->word_count > 0 && c->name; c++) {
        *used = strcmp(c->name, args->word[0]) == 0 ? 1 : 2;
        if (*used == 1 || strcmp(c->name, two) == 0)
            return c;
    }
    return NULL;
}

/* What the options need: the command is known only after the words in front of them. */
static const struct option_spec *any_option(const struct args *args, const char *name, size_t len)
{
    size_t used;
    const struct command *command = find_command(args, &used);
    const struct option_spec *spec = find_option(global_options, SIZE_MAX, name, len);

    if (!spec && command)
        spec = find_option(command->option, COMMAND_OPTIONS, name, len);
    return spec;
}

/* One "--name", "--name=value" or "--name value" at argv[*i]; false after a message. */
static bool take_option(struct args *args, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    size_t len = strcspn(name, "=");
    const struct option_spec *spec = any_option(args, name, len);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;

    if (!spec) {
        complain(0, "%s%s is no option of this command; see --help", argv[*i],
                 args->word_count ? "" : " (before a command)");
        return false;
    }
    if (!spec->argument && value) {
        complain(0, "--%s takes no value", spec->name);
        return false;
    }
    if (spec->argument && !value) {
        if (*i + 1 >= argc) {
            complain(0, "--%s needs a value: %s", spec->name, spec->argument);
            return false;
        }
        value = argv[++*i];
    }
    if (spec->argument && !value_check_option(spec, value))
        return false;
    if (args->option_count == ARGS_MAX) {
        complain(0, "too many options");
        return false;
    }
    args->option[args->option_count].spec = spec;
    args->option[args->option_count++].value = value ? value : "";
    return true;
}

static bool take_all(struct args *args, int argc, char **argv)
{
    bool options = true;

    for (int i = 1; i < argc; i++) {
        const char *text = strcmp(argv[i], "-h") == 0 ? "--help" : argv[i];

        if (options && strcmp(text, "--") == 0) {
            options = false;
        } else if (options && strncmp(text, "--", 2) == 0) {
            char *one[] = {argv[0], (char[]){"--help"}, NULL};
            int at = 1;

            if (text != argv[i] ? !take_option(args, 2, one, &at)
                                : !take_option(args, argc, argv, &i))
                return false;
        } else if (args->word_count == ARGS_MAX) {
            complain(0, "too many arguments");
            return false;
        } else {
            args->word[args->word_count++] = argv[i];
        }
    }
    return true;
}

static bool check_words(struct args *args, const struct command *command, size_t used)
{
    args->word_count -= used;
    memmove(args->word, args->word + used, args->word_count * sizeof(args->word[0]));
    if (args->word_count >= command->least && args->word_count <= command->most)
        return true;
    if (command->most == 0)
        complain(0, "%s takes no argument '%s'; see x400ctl %s --help", command->name,
                 args->word[0], command->name);
    else
        complain(0, "usage: x400ctl %s %s; see x400ctl %s --help", command->name, command->words,
                 command->name);
    return false;
}

/* "queue: list, show, hold" */
static void complain_of_group(const char *group, const char *second)
{
    size_t len = strlen(group);
    struct buf list;

    buf_init(&list, LIMIT_EVENT_TEXT);
    for (const struct command *c = commands; c->name; c++)
        if (strncmp(c->name, group, len) == 0 && c->name[len] == ' ')
            buf_printf(&list, "%s%s", list.len ? ", " : "", c->name + len + 1);
    complain(0, "%s%s%s: no such command; there is %s %s", group, second ? " " : "",
             second ? second : "", group, buf_cstr(&list) ? buf_cstr(&list) : "");
    buf_free(&list);
}

static bool no_command(const struct args *args)
{
    if (args->word_count == 0)
        complain(0, "no command; x400ctl --help lists them");
    else if (is_group(args->word[0]))
        complain_of_group(args->word[0], args->word_count > 1 ? args->word[1] : NULL);
    else
        complain(0, "%s: no such command; x400ctl --help lists them", args->word[0]);
    return false;
}

bool args_parse(struct ctl *ctl, int argc, char **argv)
{
    struct args *args = &ctl->args;
    const struct command *command;
    size_t used = 0;

    if (!take_all(args, argc, argv))
        return false;
    if (args_option(args, "socket"))
        ctl->socket = args_option(args, "socket");
    ctl->json = args_option(args, "json") != NULL;
    command = find_command(args, &used);
    if (args_option(args, "version")) {
        printf("x400ctl %s\n", X400D_VERSION);
        return true;
    }
    if (args_option(args, "help")) {
        if (command)
            help_command(command);
        else
            help_all();
        return true;
    }
    if (!command)
        return no_command(args);
    args->command = command;
    return check_words(args, command, used);
}

const char *args_option(const struct args *args, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < args->option_count; i++)
        if (strcmp(args->option[i].spec->name, name) == 0)
            value = args->option[i].value;
    return value;
}

const char *args_each(const struct args *args, const char *name, size_t n)
{
    for (size_t i = 0; i < args->option_count; i++)
        if (strcmp(args->option[i].spec->name, name) == 0 && n-- == 0)
            return args->option[i].value;
    return NULL;
}

int64_t args_int(const struct args *args, const char *name, int64_t otherwise)
{
    const char *text = args_option(args, name);

    return text ? strtoll(text, NULL, 10) : otherwise; /* judged already */
}

int args_word(const struct args *args, const char *name, int otherwise)
{
    int index = otherwise;

    for (size_t i = 0; i < args->option_count; i++)
        if (strcmp(args->option[i].spec->name, name) == 0)
            index = value_index(args->option[i].spec->words, args->option[i].value);
    return index;
}

int64_t args_time(const struct args *args, const char *name)
{
    const char *text = args_option(args, name);
    int64_t ms = 0;

    if (text)
        value_time(text, &ms); /* judged already */
    return ms;
}
