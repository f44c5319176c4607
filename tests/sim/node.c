/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct io *sim_node_io(const struct sim_node *n)
{
    return n->host[n->at];
}

static int64_t wall(const struct sim_node *n)
{
    return sim_node_io(n)->ops->wall(sim_node_io(n));
}

static void fault(void *ctx, int error, const char *text)
{
    struct sim_node *n = ctx;

    LOG_EVENT(n->log, wall(n), error == X4_EFULL ? EVENT_STORE_FULL : EVENT_STORE_WRITE_FAILED,
              EV_STR("store", n->name), EV_STR("detail", text ? text : x4_strerror(error)));
}

static int open_store(struct sim_node *n)
{
    struct store_params params = {
        .owner = n->name, .fault = fault, .fault_ctx = n, .now_ms = wall(n)};
    char text[256] = "";
    int error;

    n->process = sim_process_new(n->disk);
    sim_process_params(n->process, &params);
    error = store_open(&params, &n->store, text, sizeof(text));
    if (error)
        LOG_EVENT(n->log, wall(n), error == X4_EBUSY ? EVENT_STORE_LOCKED : EVENT_STORE_FATAL,
                  EV_STR("store", n->name), EV_STR("detail", text));
    return error;
}

static int seed(struct sim_node *n, struct directory **out)
{
    struct conf_document document;
    struct conf_errors errors;
    struct directory *empty = directory_empty();
    struct store_txn *txn;
    int error;

    conf_errors_init(&errors, n->name);
    error = conf_document_parse(slice_str(n->site), &document, &errors);
    if (!error) {
        error = directory_apply(empty, &document, DIRECTORY_MERGE, out, &errors);
        conf_document_free(&document);
    }
    for (size_t i = 0; i < errors.count && i < CONF_ERRORS; i++) {
        char line[CONF_ERROR_TEXT];

        conf_error_print(&errors, i, line);
        fprintf(stderr, "%s\n", line);
    }
    conf_errors_free(&errors);
    directory_unref(&empty);
    if (error) /* the plan asks for what cannot be */
        abort();
    txn = store_begin(n->store);
    control_put_entries(txn, *out);
    store_commit(&txn, NULL, NULL);
    store_flush(n->store);
    return X4_OK;
}

static int load(struct sim_node *n, struct directory **out)
{
    struct conf_errors errors;
    int error;

    conf_errors_init(&errors, n->name);
    error = control_load_directory(n->store, out, &errors);
    conf_errors_free(&errors);
    return error == X4_ENOTFOUND ? seed(n, out) : error;
}

static int make_parts(struct sim_node *n)
{
    const struct mta_params mta = {
        .io = sim_node_io(n), .store = n->store, .log = n->log, .store_name = n->name};
    struct control_params control = {
        .version = "0", .node = n->name, .store_path = n->name, .started_ms = wall(n)};
    int error = mta_new(&mta, &n->mta);

    if (error)
        return error;
    n->mailboxes = mailboxes_new(n->mta);
    n->x400 = x400_new(n->mta);
    control.mta = n->mta;
    control.x400 = n->x400;
    control.mailboxes = n->mailboxes;
    n->control = control_new(&control);
    return log_add_callback(n->log, SEVERITY_INFO, control_event, n->control);
}

/* In the order of the daemon. */
static void take_apart(struct sim_node *n)
{
    if (n->store)
        store_flush(n->store); /* of one that is dying, this only tells whoever waits */
    if (n->x400)
        x400_free(&n->x400);
    if (n->store)
        store_close(&n->store);
    log_free(&n->log);
    mailboxes_free(&n->mailboxes);
    control_free(&n->control);
    mta_free(&n->mta);
    if (n->process)
        sim_process_free(&n->process);
    n->running = false;
    n->dying = false;
}

int sim_node_start(struct sim_node *n)
{
    struct directory *directory = NULL;
    char text[512] = "";
    int error;

    n->log = log_new();
    log_add_callback(n->log, SEVERITY_INFO, n->on_event, n);
    error = open_store(n);
    if (!error)
        error = load(n, &directory);
    if (!error)
        error = make_parts(n);
    if (!error)
        error = control_configure(n->control, directory, text, sizeof(text));
    if (directory)
        directory_unref(&directory);
    if (!error)
        error = mta_load(n->mta);
    if (error || sim_process_is_dead(n->process)) {
        n->dying = sim_process_is_dead(n->process);
        take_apart(n);
        return error ? error : X4_EIO;
    }
    n->running = true;
    return X4_OK;
}

void sim_node_stop(struct sim_node *n)
{
    take_apart(n);
}

void sim_node_crash(struct sim_node *n, bool power)
{
    n->dying = true;
    sim_host_kill(sim_node_io(n), power);
    if (power)
        sim_disk_cut(n->disk);
    else
        sim_process_kill(n->process);
    take_apart(n);
}
