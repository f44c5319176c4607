/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says: lines for people, or one JSON object per line. */
#include "prog/x400load/load.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/resource.h>

#define SECOND_US 1e6
#define MIB       (1024.0 * 1024.0)

static void print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(object);
}

void result_listening(const struct load *load, const struct io_addr *at)
{
    char text[IO_ADDR_TEXT];

    io_addr_print(at, true, text);
    if (load->settings->json) {
        print_json(json_pack("{ss}", "listening", text));
        return;
    }
    printf("listening on %s\n", text);
    fflush(stdout);
}

void result_opened(const struct load *load)
{
    if (load->settings->json) {
        print_json(json_pack("{sI}", "opened", (json_int_t)load->opened));
        return;
    }
    printf("%u associations are open\n", load->opened);
    fflush(stdout);
}

void result_holding(const struct load *load)
{
    if (load->settings->json) {
        print_json(json_pack("{sI}", "holding", (json_int_t)load->callers));
        return;
    }
    printf("all is sent; %u associations are held\n", load->callers);
    fflush(stdout);
}

/* ---- the numbers ----------------------------------------------------------------------------- */

static double seconds_between(int64_t from, int64_t to)
{
    return from > 0 && to > from ? (double)(to - from) / SECOND_US : 0;
}

static double per_second(uint64_t count, double seconds)
{
    return seconds > 0 ? (double)count / seconds : 0;
}

/* Of this process. */
static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / SECOND_US;
}

/* From the first message until everything was here; a mere receiver has only arrivals. */
static double arrival_seconds(const struct load *load)
{
    return seconds_between(load->start_us > 0 ? load->start_us : load->first_us, load->last_us);
}

static uint64_t missing(uint64_t expected, const struct ledger *ledger)
{
    return expected > ledger->marked ? expected - ledger->marked : 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *latency_json(const struct latency *l)
{
    return json_pack("{sI, sI, sI, sI}", "count", (json_int_t)l->count, "p50",
                     (json_int_t)latency_quantile(l, 0.5), "p99",
                     (json_int_t)latency_quantile(l, 0.99), "max", (json_int_t)l->max_us);
}

static json_t *sent_json(const struct load *load)
{
    double seconds = seconds_between(load->start_us, load->sent_us);

    return json_pack("{sI, sI, sf, sf, so}", "acknowledged", (json_int_t)load->acknowledged, "lost",
                     (json_int_t)load->lost, "seconds", seconds, "per-second",
                     per_second(load->acknowledged, seconds), "latency-us",
                     latency_json(&load->accepted));
}

static json_t *arrived_json(const struct load *load)
{
    const struct arrivals *a = &load->arrivals;
    double seconds = arrival_seconds(load);

    return json_pack("{sI, sI, sI, sI, sI, sI, sf, sf, so}", "transfers", (json_int_t)a->transfers,
                     "recipients", (json_int_t)a->messages.marked, "missing",
                     (json_int_t)missing(run_expected(load), &a->messages), "again",
                     (json_int_t)a->messages.again, "damaged", (json_int_t)a->damaged, "foreign",
                     (json_int_t)a->foreign, "seconds", seconds, "per-second",
                     per_second(a->transfers, seconds), "latency-us", latency_json(&load->arrived));
}

static json_t *reports_json(const struct load *load)
{
    const struct arrivals *a = &load->arrivals;

    return json_pack("{sI, sI, sI, sI}", "delivered", (json_int_t)a->delivered, "not-delivered",
                     (json_int_t)a->not_delivered, "missing",
                     (json_int_t)missing(run_expected_reports(load), &a->reports), "again",
                     (json_int_t)a->reports.again);
}

static void result_json(const struct load *load)
{
    json_t *out = json_pack("{sb, sf}", "ok", run_succeeded(load), "cpu-seconds", cpu_seconds());

    if (load->settings->sends)
        json_object_set_new(out, "sent", sent_json(load));
    if (load->settings->listens) {
        json_object_set_new(out, "arrived", arrived_json(load));
        json_object_set_new(out, "reports", reports_json(load));
    }
    if (load->failed)
        json_object_set_new(out, "failure", json_string(load->failure));
    print_json(out);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void latency_text(const char *what, const struct latency *l)
{
    if (l->count > 0)
        printf("  %-14s p50 %.3f ms, p99 %.3f ms, max %.3f ms\n", what,
               (double)latency_quantile(l, 0.5) / 1000, (double)latency_quantile(l, 0.99) / 1000,
               (double)l->max_us / 1000);
}

static void sent_text(const struct load *load)
{
    double seconds = seconds_between(load->start_us, load->sent_us);

    printf("sent %llu of %llu messages over %u associations in %.3f s: %.0f a second, %.1f MiB/s\n",
           (unsigned long long)load->acknowledged, (unsigned long long)load->settings->messages,
           load->settings->associations, seconds, per_second(load->acknowledged, seconds),
           per_second(load->acknowledged * load->message[0].content_len, seconds) / MIB);
    latency_text("acknowledged", &load->accepted);
    if (load->lost > 0)
        printf("  %u times an association was lost and opened anew\n", load->lost);
}

static void arrived_text(const struct load *load)
{
    const struct arrivals *a = &load->arrivals;
    double seconds = arrival_seconds(load);

    printf("taken %llu messages for %llu recipients in %.3f s: %.0f a second, %.1f MiB/s\n",
           (unsigned long long)a->transfers, (unsigned long long)a->messages.marked, seconds,
           per_second(a->transfers, seconds), per_second(a->octets, seconds) / MIB);
    latency_text("end to end", &load->arrived);
    printf("  %llu missing, %llu again, %llu damaged, %llu foreign\n",
           (unsigned long long)missing(run_expected(load), &a->messages),
           (unsigned long long)a->messages.again, (unsigned long long)a->damaged,
           (unsigned long long)a->foreign);
    if (a->delivered + a->not_delivered + run_expected_reports(load) > 0)
        printf("reports for %llu recipients delivered to and %llu not: %llu missing, %llu again\n",
               (unsigned long long)a->delivered, (unsigned long long)a->not_delivered,
               (unsigned long long)missing(run_expected_reports(load), &a->reports),
               (unsigned long long)a->reports.again);
}

void result_print(const struct load *load)
{
    uint64_t handled = load->acknowledged + load->arrivals.transfers;

    if (load->settings->json) {
        result_json(load);
        return;
    }
    if (load->settings->sends)
        sent_text(load);
    if (load->settings->listens)
        arrived_text(load);
    if (handled > 0)
        printf("x400load itself took %.2f s of CPU, %.1f us for each message sent or taken\n",
               cpu_seconds(), cpu_seconds() * SECOND_US / (double)handled);
    if (load->failed)
        printf("failed: %s\n", load->failure);
}
