/* SPDX-License-Identifier: Apache-2.0 */
#include "prog/x400d/daemon.h"

#include "base/error.h"
#include "base/heap.h"
#include "prog/x400d/confine.h"
#include "prog/x400d/privileges.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

enum { OPEN_FILES = 65536, MEMORY_MS = 10 * 1000 };

static int64_t wall(void *ctx)
{
    struct daemon *d = ctx;

    return d->io->ops->wall(d->io);
}

static void print_errors(const struct conf_errors *errors)
{
    char line[CONF_ERROR_TEXT];
    size_t shown = errors->count < CONF_ERRORS ? errors->count : CONF_ERRORS;

    for (size_t i = 0; i < shown; i++) {
        conf_error_print(errors, i, line);
        fprintf(stderr, "%s\n", line);
    }
    if (errors->count > shown)
        fprintf(stderr, "and %zu more\n", errors->count - shown);
}

/* ---- the node file --------------------------------------------------------------------------- */

/* A group that is not there would leave the socket to nobody but us, without a word. */
static bool find_accounts(struct daemon *d)
{
    const char *group = conf_str(&d->node, "socket-group");
    const char *user = conf_str(&d->node, "user");
    bool has_user = privileges_has_user(user);

    d->group = privileges_group(group);
    if (group && d->group == (gid_t)-1)
        fprintf(stderr, "%s: socket-group: this machine has no group %s\n", d->config, group);
    if (!has_user)
        fprintf(stderr, "%s: user: this machine has no user %s\n", d->config, user);
    return has_user && (!group || d->group != (gid_t)-1);
}

int daemon_load(struct daemon *d, const char *path)
{
    struct conf_errors errors;
    const char *name;
    int error;

    memset(d, 0, sizeof(*d));
    d->config = path;
    conf_errors_init(&errors, path);
    error = conf_node_load(path, &d->node, &errors);
    print_errors(&errors);
    conf_errors_free(&errors);
    if (error || !find_accounts(d))
        return X4_ECONFIG;
    name = conf_str(&d->node, "node-name");
    if (name)
        snprintf(d->name, sizeof(d->name), "%s", name);
    else if (gethostname(d->name, sizeof(d->name) - 1))
        snprintf(d->name, sizeof(d->name), "node");
    return X4_OK;
}

void daemon_unload(struct daemon *d)
{
    conf_node_free(&d->node);
}

/* The directory that the site file makes of an empty one. */
static int read_seed(struct daemon *d, struct directory **out)
{
    const char *path = conf_str(&d->node, "seed");
    struct directory *empty = directory_empty();
    struct conf_document document = {.root = NULL};
    struct conf_errors errors;
    int error = empty ? X4_OK : X4_ENOMEM;

    *out = NULL;
    conf_errors_init(&errors, path);
    if (!error)
        error = conf_document_load(path, &document, &errors);
    if (!error)
        error = directory_apply(empty, &document, DIRECTORY_MERGE, out, &errors);
    print_errors(&errors);
    if (errors.count > 0)
        conf_error_print(&errors, 0, d->why);
    conf_errors_free(&errors);
    conf_document_free(&document);
    if (empty)
        directory_unref(&empty);
    return error == X4_ENOMEM || !error ? error : X4_ECONFIG;
}

static bool has_passwords(const struct directory *directory)
{
    json_t *shown = directory_json(directory, true);
    json_t *hidden = directory_json(directory, false);
    bool differ = shown && hidden && !json_equal(shown, hidden);

    json_decref(shown);
    json_decref(hidden);
    return differ;
}

static void warn_if_readable(const char *path, const struct directory *directory)
{
    struct stat st;

    if (stat(path, &st) == 0 && st.st_mode & S_IROTH && has_passwords(directory))
        printf("%s: everybody can read it, and there are passwords in it\n", path);
}

int daemon_test(struct daemon *d)
{
    const char *seed = conf_str(&d->node, "seed");
    struct directory *directory = NULL;
    int error = seed ? read_seed(d, &directory) : X4_OK;

    if (error)
        return error;
    if (directory &&
        !mta_pick_server(directory, conf_str(&d->node, "server"), d->why, sizeof(d->why))) {
        fprintf(stderr, "%s: server: %s\n", d->config, d->why);
        error = X4_ECONFIG;
    } else {
        printf("%s: in order\n", d->config);
    }
    if (directory) {
        printf("%s: in order, %zu objects\n", seed, directory_size(directory));
        warn_if_readable(seed, directory);
        directory_unref(&directory);
    }
    return error;
}

/* A path that is not there or not ours is the node file's fault, not one that passes. */
static int wrong_path(int error)
{
    return error == X4_ENOTFOUND || error == X4_EDENIED ? X4_ECONFIG : error;
}

/* ---- the log --------------------------------------------------------------------------------- */

static int open_log(struct daemon *d)
{
    d->log = log_new();
    if (!d->log)
        return X4_ENOMEM;
    for (size_t i = 0; i < conf_count(&d->node, "log"); i++) {
        int level;
        const char *to = conf_sink(&d->node, "log", i, &level);
        enum event_severity least = (enum event_severity)level;
        int error;

        if (strcmp(to, "stderr") == 0)
            error = log_add_text_fd(d->log, least, STDERR_FILENO);
        else if (strcmp(to, "system") == 0)
            error = log_add_system(d->log, least, "x400d");
        else
            error = log_add_json_file(d->log, least, to);
        if (error) {
            snprintf(d->why, sizeof(d->why), "log %s: %s", to,
                     error == X4_ENOMEM ? x4_strerror(error) : strerror(errno));
            log_free(&d->log);
            return wrong_path(error);
        }
    }
    return X4_OK;
}

/* ---- the store ------------------------------------------------------------------------------- */

static void store_wake(void *ctx)
{
    struct daemon *d = ctx;

    d->io->ops->wake(d->io);
}

static void on_wake(void *ctx)
{
    struct daemon *d = ctx;

    if (d->store)
        store_dispatch(d->store);
}

static void store_fault(void *ctx, int error, const char *text)
{
    struct daemon *d = ctx;

    LOG_EVENT(d->log, wall(d), error == X4_EFULL ? EVENT_STORE_FULL : EVENT_STORE_WRITE_FAILED,
              EV_STR("store", conf_str(&d->node, "store")),
              EV_STR("detail", text ? text : x4_strerror(error)));
}

static int open_store(struct daemon *d)
{
    const struct store_params params = {
        .engine = "sqlite",
        .directory = conf_str(&d->node, "store"),
        .owner = d->name,
        .threaded = true,
        .wake = store_wake,
        .wake_ctx = d,
        .fault = store_fault,
        .fault_ctx = d,
    };
    int error;

    d->io->on_wake = on_wake;
    d->io->wake_ctx = d;
    error = store_open(&params, &d->store, d->why, sizeof(d->why));
    if (error)
        LOG_EVENT(d->log, wall(d), error == X4_EBUSY ? EVENT_STORE_LOCKED : EVENT_STORE_FATAL,
                  EV_STR("store", params.directory), EV_STR("detail", d->why));
    else
        LOG_EVENT(d->log, wall(d), EVENT_STORE_OPENED, EV_STR("store", params.directory),
                  EV_STR("node", d->name));
    return wrong_path(error);
}

static void seed_saved(void *ctx, int result)
{
    *(int *)ctx = result;
}

static int save_seed(struct daemon *d, struct directory *directory)
{
    struct store_txn *txn = store_begin(d->store);
    int error = txn ? control_put_entries(txn, directory) : X4_ENOMEM;

    if (!error) {
        store_commit(&txn, seed_saved, &error);
        store_flush(d->store);
    } else if (txn) {
        store_abandon(&txn);
    }
    if (error) {
        snprintf(d->why, sizeof(d->why), "%s: cannot be kept in the store: %s",
                 conf_str(&d->node, "seed"), x4_strerror(error));
        return error;
    }
    LOG_EVENT(d->log, wall(d), EVENT_CONFIG_SEEDED, EV_STR("file", conf_str(&d->node, "seed")),
              EV_INT("added", directory_size(directory)));
    return X4_OK;
}

/* The directory as stored; the seed when there is none yet. */
static int load_directory(struct daemon *d, struct directory **out)
{
    const char *seed = conf_str(&d->node, "seed");
    struct conf_errors errors;
    int error;

    conf_errors_init(&errors, "directory");
    error = control_load_directory(d->store, out, &errors);
    print_errors(&errors);
    conf_errors_free(&errors);
    if (error && error != X4_ENOTFOUND)
        snprintf(d->why, sizeof(d->why), "the directory in the store cannot be used: %s",
                 x4_strerror(error));
    if (error != X4_ENOTFOUND)
        return error;
    if (!seed) {
        snprintf(d->why, sizeof(d->why), "%s: the directory is empty and no seed is named",
                 d->config);
        return X4_ECONFIG;
    }
    error = read_seed(d, out);
    return error ? error : save_seed(d, *out);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static int make_parts(struct daemon *d)
{
    const struct mta_params mta = {
        .io = d->io,
        .store = d->store,
        .log = d->log,
        .store_name = conf_str(&d->node, "store"),
        .server_dn = conf_str(&d->node, "server"),
    };
    struct control_params control = {
        .version = X400D_VERSION,
        .node = d->name,
        .store_path = conf_str(&d->node, "store"),
        .started_ms = wall(d),
    };
    int error = mta_new(&mta, &d->mta);

    if (error)
        return error;
    d->mailboxes = mailboxes_new(d->mta);
    d->x400 = x400_new(d->mta);
    control.mta = d->mta;
    control.x400 = d->x400;
    control.mailboxes = d->mailboxes;
    d->control = d->mailboxes && d->x400 ? control_new(&control) : NULL;
    if (!d->control)
        return X4_ENOMEM;
    return log_add_callback(d->log, SEVERITY_INFO, control_event, d->control);
}

static void admin_ready(void *ctx)
{
    struct daemon *d = ctx;
    int timeout;

    admin_run(d->admin);
    timeout = admin_timeout_ms(d->admin);
    d->io->ops->timer_set(d->admin_timer, timeout);
}

static int open_admin(struct daemon *d)
{
    struct admin_params params = {
        .socket = conf_str(&d->node, "socket"),
        .mode = (unsigned)strtoul(conf_str(&d->node, "socket-mode"), NULL, 8),
        .group = d->group,
        .owner = geteuid(),
        .version = X400D_VERSION,
        .backend = &control_backend,
        .backend_ctx = d->control,
        .log = d->log,
        .wall = wall,
        .wall_ctx = d,
    };
    int error = admin_new(&params, &d->admin, d->why, sizeof(d->why));

    if (error)
        return wrong_path(error);
    LOG_EVENT(d->log, wall(d), EVENT_ADMIN_LISTENING, EV_STR("socket", params.socket));
    control_set_admin(d->control, d->admin);
    d->admin_timer = d->io->ops->timer_new(d->io, admin_ready, d);
    if (!d->admin_timer)
        return X4_ENOMEM;
    return io_uv_poll_fd(d->io, admin_poll_fd(d->admin), admin_ready, d);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* The allocator keeps what a burst of large messages needed. What lies free between things that
 * stay can be as much again, so it goes back to the system now and then. */
static void give_memory_back(void *ctx)
{
    struct daemon *d = ctx;

    heap_trim();
    d->io->ops->timer_set(d->memory_timer, MEMORY_MS);
}

static int watch_memory(struct daemon *d)
{
    d->memory_timer = d->io->ops->timer_new(d->io, give_memory_back, d);
    if (!d->memory_timer)
        return X4_ENOMEM;
    d->io->ops->timer_set(d->memory_timer, MEMORY_MS);
    return X4_OK;
}

/* ---- signals and the end --------------------------------------------------------------------- */

static void drained(void *ctx)
{
    struct daemon *d = ctx;

    io_uv_stop(d->io);
}

static void on_signal(void *ctx, int signum)
{
    struct daemon *d = ctx;

    if (signum == SIGHUP) {
        log_reopen(d->log);
        return;
    }
    if (d->stopping) { /* a second time: at once */
        d->hurried = true;
        io_uv_stop(d->io);
        return;
    }
    d->stopping = true;
#ifdef HAVE_SYSTEMD
    sd_notify(0, "STOPPING=1");
#endif
    x400_drain(d->x400, drained, d);
}

static int watch_signals(struct daemon *d)
{
    int error = io_uv_signal(d->io, SIGTERM, on_signal, d);

    if (!error)
        error = io_uv_signal(d->io, SIGINT, on_signal, d);
    if (!error)
        error = io_uv_signal(d->io, SIGHUP, on_signal, d);
    return error;
}

static void say_stopped(struct daemon *d)
{
    if (d->started)
        LOG_EVENT(d->log, wall(d), EVENT_STOPPED,
                  EV_STR("mta-name", conf_str(mta_server(d->mta), "mta-name")),
                  EV_STR("detail", d->hurried ? "at once, as a second signal asked" : "in order"));
    if (d->control)
        control_set_admin(d->control, NULL);
    store_flush(d->store);
}

static void take_apart(struct daemon *d)
{
    if (d->store)
        store_flush(d->store); /* finishes what clients and peers wait for */
    if (d->x400)
        x400_free(&d->x400);
    if (d->admin) {
        store_flush(d->store);
        io_uv_unpoll_fd(d->io, admin_poll_fd(d->admin));
        d->io->ops->timer_free(&d->admin_timer);
        d->io->ops->timer_free(&d->memory_timer);
    }
    if (d->store)
        say_stopped(d);
    if (d->admin)
        admin_free(&d->admin);
    if (d->store)
        store_close(&d->store);
    log_free(&d->log);
    mailboxes_free(&d->mailboxes);
    control_free(&d->control);
    mta_free(&d->mta);
    io_uv_free(&d->io);
}

static int start(struct daemon *d)
{
    struct directory *directory = NULL;
    int error = open_store(d);

    if (!error)
        error = load_directory(d, &directory);
    if (!error)
        error = make_parts(d);
    if (!error) {
        error = control_configure(d->control, directory, d->why, sizeof(d->why));
    }
    if (directory)
        directory_unref(&directory);
    if (!error)
        error = open_admin(d);
    if (!error)
        error = mta_load(d->mta);
    if (!error)
        error = watch_signals(d);
    if (!error)
        error = watch_memory(d);
    return error;
}

/* Before anything is opened. */
static int give_up_rights(struct daemon *d)
{
    int error = privileges_drop(conf_str(&d->node, "user"), d->why, sizeof(d->why));

    confine_memory(conf_bool(&d->node, "core-dumps"));
    confine_files(OPEN_FILES);
    return error;
}

static void tell_less(const struct daemon *d, const char *measure, const char *detail)
{
    LOG_EVENT(d->log, d->io->ops->wall(d->io), EVENT_LESS_PROTECTED, EV_STR("measure", measure),
              EV_STR("detail", detail));
}

/* Once there is a log that tells where it is not possible. */
static void confine(struct daemon *d)
{
    char text[DAEMON_TEXT] = "off in the node file";

    if (geteuid() == 0)
        tell_less(d, "user", "runs as root");
    if (conf_bool(&d->node, "core-dumps"))
        tell_less(d, "core-dumps", "a core that a crash leaves may hold parts of messages");
    if (conf_enum(&d->node, "seccomp") == CONF_OFF || confine_calls(text, sizeof(text)))
        tell_less(d, "seccomp", text);
}

static bool logs_to_stderr(const struct daemon *d)
{
    int level;

    for (size_t i = 0; d->log && i < conf_count(&d->node, "log"); i++)
        if (strcmp(conf_sink(&d->node, "log", i, &level), "stderr") == 0)
            return true;
    return false;
}

/* To whoever started it, once, and to the log. */
static void tell_not_started(struct daemon *d, int error)
{
    const char *why = *d->why ? d->why : x4_strerror(error);

    if (d->log)
        LOG_EVENT(d->log, wall(d), EVENT_START_FAILED, EV_STR("detail", why));
    if (!logs_to_stderr(d))
        fprintf(stderr, "x400d: cannot start: %s\n", why);
}

int daemon_run(struct daemon *d)
{
    int error = give_up_rights(d);

    if (!error) {
        d->io = io_uv_new();
        error = d->io ? open_log(d) : X4_ENOMEM;
    }
    if (!error) {
        confine(d);
        error = start(d);
    }
    if (error) {
        tell_not_started(d, error);
    } else {
        d->started = true;
        LOG_EVENT(d->log, wall(d), EVENT_STARTED,
                  EV_STR("mta-name", conf_str(mta_server(d->mta), "mta-name")),
                  EV_STR("version", X400D_VERSION), EV_STR("node", d->name),
                  EV_STR("store", conf_str(&d->node, "store")));
#ifdef HAVE_SYSTEMD
        sd_notify(0, "READY=1");
#endif
        admin_ready(d);
        io_uv_run(d->io);
    }
    take_apart(d);
    return error;
}
