/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the daemon over its control socket. */
#include "prog/x400ctl/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <curl/curl.h>

enum {
    ANSWER_MAX = 1024 * 1024 * 1024,
    URL_MAX_LEN = PATH_MAX_LEN + 64,
    LINE_MAX_LEN = 1024 * 1024,
    MIB = 1024 * 1024,
    PROGRESS_FROM = 4 * MIB
};

void answer_free(struct answer *answer)
{
    buf_free(&answer->body);
    json_decref(answer->json);
    answer->json = NULL;
}

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct buf *body = ctx;

    buf_append(body, data, size * count);
    return body->error ? 0 : size * count;
}

struct sending {
    const struct upload *upload;
    size_t head, body; /* octets sent */
};

static size_t take_part(struct slice from, size_t *sent, char *to, size_t room)
{
    struct slice part = slice_sub(from, *sent, room);

    if (part.len > 0)
        memcpy(to, part.p, part.len);
    *sent += part.len;
    return part.len;
}

static size_t give_body(char *to, size_t size, size_t count, void *ctx)
{
    struct sending *s = ctx;
    size_t room = size * count;
    size_t n = take_part(s->upload->head, &s->head, to, room);

    n += take_part(s->upload->body, &s->body, to + n, room - n);
    if (n == 0 && s->upload->file)
        n = fread(to, 1, room, s->upload->file);
    return n;
}

/* Why nobody answers, as the system says it. */
static int no_connection(const struct ctl *ctl)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = 0;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", ctl->socket);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        error = errno;
    if (fd >= 0)
        close(fd);
    if (error == EACCES || error == EPERM)
        return complain(EXIT_DENIED,
                        "you may not use %s; be root or a member of its group (see id, "
                        "x400d.conf(5) socket-group)",
                        ctl->socket);
    return complain(EXIT_NO_DAEMON,
                    "no x400d answers on %s%s%s; is it running (systemctl status x400d)? Another "
                    "socket: --socket PATH",
                    ctl->socket, error ? ": " : "", error ? strerror(error) : "");
}

/* The errors of a site file, one a line, as the daemon found them. */
static int show_refusal(const struct ctl *ctl, const struct answer *answer)
{
    const char *message = text_member(answer->json, "message");
    const json_t *errors = json_object_get(answer->json, "errors");
    int64_t more = int_member(answer->json, "count") - (int64_t)json_array_size(errors);
    int status = answer->status == 422                            ? EXIT_CONFIG
                 : answer->status == 403                          ? EXIT_DENIED
                 : answer->status >= 502 && answer->status <= 507 ? EXIT_TEMPORARY
                                                                  : EXIT_REFUSED;

    if (ctl->json && answer->json) {
        char *text = json_dumps(answer->json, JSON_COMPACT);

        fprintf(stderr, "%s\n", text ? text : "");
        free(text);
        return status;
    }
    if (json_array_size(errors) == 0)
        return complain(status, "%s", message ? message : "the MTA refused without a reason");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const char *text = text_member(json_array_get(errors, i), "text");

        print_safe(stderr, text ? text : "?");
        fputc('\n', stderr);
    }
    if (more > 0)
        fprintf(stderr, "... and %lld more\n", (long long)more);
    return status;
}

static int judge(const struct ctl *ctl, CURLcode code, const struct answer *answer)
{
    if (code == CURLE_COULDNT_CONNECT)
        return no_connection(ctl);
    if (code != CURLE_OK && answer->status < 400)
        return complain(EXIT_NO_DAEMON, "the connection to x400d broke: %s",
                        curl_easy_strerror(code));
    if (answer->status >= 400)
        return show_refusal(ctl, answer);
    return EXIT_DONE;
}

/* curl keeps copies of what it is given here. A URL that is too long is told by the transfer. */
static void prepare(struct ctl *ctl, const char *method, const char *path)
{
    CURL *curl = ctl->curl;
    struct buf url;

    buf_init(&url, URL_MAX_LEN);
    buf_printf(&url, "http://localhost%s", path);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, ctl->socket);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_URL, buf_cstr(&url));
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (strcmp(method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
    buf_free(&url);
}

/* GET of what is taken as it comes. */
static CURLcode get(struct ctl *ctl, const char *path, curl_write_callback take, void *taker,
                    struct answer *answer)
{
    CURLcode code;

    prepare(ctl, "GET", path);
    curl_easy_setopt(ctl->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(ctl->curl, CURLOPT_WRITEDATA, taker);
    code = curl_easy_perform(ctl->curl);
    curl_easy_getinfo(ctl->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    return code;
}

static struct curl_slist *prepare_upload(struct ctl *ctl, struct sending *sending)
{
    const struct upload *u = sending->upload;
    char type[128];
    struct curl_slist *headers;

    snprintf(type, sizeof(type), "Content-Type: %s", u->content_type);
    headers = curl_slist_append(NULL, type);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(ctl->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(ctl->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(ctl->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)(u->head.len + u->body.len) + (curl_off_t)u->file_len);
    curl_easy_setopt(ctl->curl, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(ctl->curl, CURLOPT_READDATA, sending);
    return headers;
}

/* Long work tells how far it is, to whoever looks at a terminal. */
static int show_progress(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                         curl_off_t up)
{
    long *shown = ctx;
    long mib = (long)(up / MIB);

    (void)down_total;
    (void)down;
    if (up > 0 && mib != *shown) {
        fprintf(stderr, "\r%ld of %ld MiB ", mib, (long)(up_total / MIB));
        *shown = mib;
    }
    return 0;
}

static bool wants_progress(const struct upload *upload)
{
    return (int64_t)(upload->head.len + upload->body.len) + upload->file_len >= PROGRESS_FROM &&
           isatty(STDERR_FILENO);
}

int api(struct ctl *ctl, const char *request, const struct upload *upload, struct answer *answer)
{
    struct sending sending = {.upload = upload};
    struct curl_slist *headers = NULL;
    size_t len = strcspn(request, " ");
    char method[16];
    CURLcode code;
    long shown = -1; /* MiB */

    *answer = (struct answer){.status = 0};
    buf_init(&answer->body, ANSWER_MAX);
    snprintf(method, sizeof(method), "%.*s", (int)len, request);
    prepare(ctl, method, request + len + 1);
    if (upload)
        headers = prepare_upload(ctl, &sending);
    if (upload && wants_progress(upload)) {
        curl_easy_setopt(ctl->curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(ctl->curl, CURLOPT_XFERINFOFUNCTION, show_progress);
        curl_easy_setopt(ctl->curl, CURLOPT_XFERINFODATA, &shown);
    }
    curl_easy_setopt(ctl->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(ctl->curl, CURLOPT_WRITEDATA, &answer->body);
    code = curl_easy_perform(ctl->curl);
    if (shown >= 0)
        fputs("\r\033[K", stderr);
    curl_easy_getinfo(ctl->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_slist_free_all(headers);
    answer->json = json_loadb((const char *)buf_view(&answer->body).p, answer->body.len, 0, NULL);
    return judge(ctl, code, answer);
}

struct download {
    struct ctl *ctl;
    FILE *to;
    struct buf error; /* an error's body does not go to the file */
};

static size_t take_octets(char *data, size_t size, size_t count, void *ctx)
{
    struct download *d = ctx;
    long status = 0;

    curl_easy_getinfo(d->ctl->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400)
        return take_body(data, size, count, &d->error);
    return fwrite(data, size, count, d->to) * size;
}

int api_download(struct ctl *ctl, const char *path, FILE *to)
{
    struct download d = {.ctl = ctl, .to = to};
    struct answer answer = {.status = 0};
    CURLcode code;
    int status;

    buf_init(&d.error, LINE_MAX_LEN);
    code = get(ctl, path, take_octets, &d, &answer);
    answer.json = json_loadb((const char *)buf_view(&d.error).p, d.error.len, 0, NULL);
    if (code == CURLE_WRITE_ERROR && answer.status < 400)
        status = complain(EXIT_REFUSED, "the output cannot be written");
    else
        status = judge(ctl, code, &answer);
    buf_free(&d.error);
    answer_free(&answer);
    return status;
}

struct following {
    struct buf line;
    int64_t seq;
    bool (*each)(void *ctx, int64_t seq, const json_t *event);
    void *ctx;
};

/* One line of the stream; false: enough. */
static bool take_line(struct following *f, const char *line)
{
    json_t *event;
    bool more;

    if (strncmp(line, "id: ", 4) == 0)
        f->seq = strtoll(line + 4, NULL, 10);
    if (strncmp(line, "data: ", 6) != 0)
        return true;
    event = json_loads(line + 6, 0, NULL);
    more = !event || f->each(f->ctx, f->seq, event);
    json_decref(event);
    return more;
}

static size_t take_stream(char *data, size_t size, size_t count, void *ctx)
{
    struct following *f = ctx;

    for (size_t i = 0; i < size * count; i++) {
        if (data[i] != '\n') {
            buf_u8(&f->line, (unsigned char)data[i]);
            continue;
        }
        if (buf_cstr(&f->line) && !take_line(f, buf_cstr(&f->line)))
            return 0;
        buf_reset(&f->line);
    }
    return size * count;
}

int api_follow(struct ctl *ctl, const char *path,
               bool (*each)(void *ctx, int64_t seq, const json_t *event), void *ctx)
{
    struct following f = {.each = each, .ctx = ctx};
    struct answer answer = {.status = 0};
    CURLcode code;

    buf_init(&f.line, LINE_MAX_LEN);
    code = get(ctl, path, take_stream, &f, &answer);
    buf_free(&f.line);
    return code == CURLE_WRITE_ERROR ? EXIT_DONE : judge(ctl, code, &answer);
}

/* Percent-encodes what is not unreserved (RFC 3986), keeping also the characters of keep. */
static void put_escaped(struct buf *out, const char *text, const char *keep)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";

    for (; *text; text++) {
        if (strchr(unreserved, *text) || strchr(keep, *text))
            buf_u8(out, (unsigned char)*text);
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

void path_query(struct buf *path, const char *name, const char *value)
{
    if (!value)
        return;
    buf_text(path, path->len > 0 && memchr(path->p, '?', path->len) ? "&" : "?");
    buf_text(path, name);
    buf_u8(path, '=');
    put_escaped(path, value, "");
}

void path_dn(struct buf *path, const char *dn)
{
    put_escaped(path, dn, "/=");
}
