/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics in the text format of Prometheus (version 0.0.4). */
#include "admin/admin_internal.h"
#include "base/error.h"

#include <inttypes.h>

enum { METRICS_MAX = 64 * 1024 * 1024 };

struct admin_metrics {
    struct buf out;
    const char *name;
};

void admin_metric(struct admin_metrics *out, enum admin_metric_type type, const char *name,
                  const char *help)
{
    out->name = name;
    buf_printf(&out->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
               type == ADMIN_COUNTER ? "counter" : "gauge");
}

static void put_label_value(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            buf_text(out, "\\n");
            continue;
        }
        if (*text == '"' || *text == '\\')
            buf_u8(out, '\\');
        buf_u8(out, (unsigned char)*text);
    }
}

void admin_metric_value(struct admin_metrics *out, const char *label, const char *label_value,
                        double value)
{
    buf_text(&out->out, out->name);
    if (label) {
        buf_printf(&out->out, "{%s=\"", label);
        put_label_value(&out->out, label_value ? label_value : "");
        buf_text(&out->out, "\"}");
    }
    buf_printf(&out->out, " %.15g\n", value);
}

void admin_get_metrics(struct request *request)
{
    const struct admin_params *params = &request->reply.admin->params;
    struct admin_metrics metrics = {.name = ""};

    buf_init(&metrics.out, METRICS_MAX);
    params->backend->metrics(params->backend_ctx, &metrics);
    if (params->log) {
        admin_metric(&metrics, ADMIN_COUNTER, "x400d_log_lost_total",
                     "Event lines that could not be written");
        admin_metric_value(&metrics, NULL, NULL, (double)log_lost(params->log));
    }
    if (metrics.out.error)
        admin_reply_error(&request->reply, X4_ENOMEM, "out of memory");
    else
        admin_reply_text(&request->reply, "text/plain; version=0.0.4; charset=utf-8",
                         buf_view(&metrics.out));
    buf_free(&metrics.out);
}
