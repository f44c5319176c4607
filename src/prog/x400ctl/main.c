/* SPDX-License-Identifier: Apache-2.0 */
/* x400ctl: the administrator's command line. */
#include "prog/x400ctl/ctl.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define DEFAULT_SOCKET "/run/x400d/control"

#define DRY_RUN                                                                                    \
    {                                                                                              \
        "dry-run", NULL, "only show what would change"                                             \
    }
#define ENVELOPE_OPTIONS                                                                           \
    {"from", "ADDRESS", "originator"}, {"to", "ADDRESS", "recipient; may be repeated"},            \
        {"priority", "PRIORITY", "urgent, normal (default) or non-urgent"},                        \
        {"report", "KIND",                                                                         \
         "report wanted: none, non-delivery (default) or delivery (default of a probe)"},          \
        {"content-type", "TYPE", "p2, p22, unidentified, or an object identifier"},                \
    {                                                                                              \
        "content-id", "TEXT", "content identifier, comes back in reports"                          \
    }

const struct command commands[] = {
    {"status", "", 0, 0, cmd_status, "State of the MTA", {{0}}},
    {"apply",
     "FILE",
     1,
     1,
     cmd_apply,
     "Apply a site file (- is standard input), all of it or nothing",
     {DRY_RUN, {"replace", NULL, "remove objects that the file does not name"}}},
    {"export",
     "",
     0,
     0,
     cmd_export,
     "Write the configuration as a site file",
     {{"secrets", NULL, "passwords in clear"}}},
    {"show",
     "[DN]",
     0,
     1,
     cmd_show,
     "Show an object, or the names of all",
     {{"class", "CLASS", "only objects of this class"}}},
    {"set",
     "DN ATTRIBUTE=VALUE...",
     2,
     ARGS_MAX,
     cmd_set,
     "Change attributes; an empty value gives the default back",
     {DRY_RUN}},
    {"delete", "DN", 1, 1, cmd_delete, "Remove an object", {DRY_RUN}},

    {"connector list", "", 0, 0, cmd_connector_list, "Connectors with their state", {{0}}},
    {"connector show", "CONNECTOR", 1, 1, cmd_connector_show, "State of one connector", {{0}}},
    {"connector open", "CONNECTOR", 1, 1, cmd_connector_open, "Open an association now", {{0}}},
    {"connector close",
     "CONNECTOR",
     1,
     1,
     cmd_connector_close,
     "Close its associations in order",
     {{0}}},
    {"connector enable", "CONNECTOR", 1, 1, cmd_connector_enable, "Set enabled: true", {{0}}},
    {"connector disable", "CONNECTOR", 1, 1, cmd_connector_disable, "Set enabled: false", {{0}}},
    {"associations", "", 0, 0, cmd_associations, "Open associations", {{0}}},

    {"queue list",
     "",
     0,
     0,
     cmd_queue_list,
     "What is on its way",
     {{"connector", "CONNECTOR", "only this connector's"},
      {"state", "STATE", "ready, held or deferred"},
      {"limit", "N", "at most so many (100)"}}},
    {"queue show", "ITEM", 1, 1, cmd_queue_show, "One item with its envelope", {{0}}},
    {"queue hold", "ITEM...", 1, ARGS_MAX, cmd_queue_hold, "Hold items", {{0}}},
    {"queue release",
     "ITEM...",
     1,
     ARGS_MAX,
     cmd_queue_release,
     "Release held items; try others at once",
     {{"now", NULL, "do not wait for their deferred delivery times either"}}},
    {"queue delete",
     "ITEM...",
     1,
     ARGS_MAX,
     cmd_queue_delete,
     "Delete items without a report",
     {{0}}},
    {"queue return",
     "ITEM...",
     1,
     ARGS_MAX,
     cmd_queue_return,
     "Return items to their originators with a non-delivery report",
     {{"reason", "N", "X.411 reason code (1, unable-to-transfer)"},
      {"diagnostic", "N", "X.411 diagnostic code (none)"}}},
    {"route", "ADDRESS", 1, 1, cmd_route, "Explain where a message to ADDRESS would go", {{0}}},

    {"send",
     "",
     0,
     0,
     cmd_send,
     "Compose a message and submit it",
     {ENVELOPE_OPTIONS,
      {"cc", "ADDRESS", "copy recipient; may be repeated"},
      {"bcc", "ADDRESS", "blind copy recipient; may be repeated"},
      {"subject", "TEXT", "subject"},
      {"text", "TEXT", "text body; may be repeated"},
      {"text-file", "FILE", "text body from a file (UTF-8); may be repeated"},
      {"attach", "FILE", "file attachment; may be repeated"},
      {"receipt", NULL, "ask every recipient for a receipt notification"},
      {"non-receipt", NULL, "ask every recipient for non-receipt notification"},
      {"reply-requested", NULL, "ask every recipient for a reply"},
      {"importance", "LEVEL", "low, normal or high"},
      {"sensitivity", "LEVEL", "personal, private or confidential"},
      {"deferred", "TIME", "not before: 2026-11-22T19:30, ...Z, or +2h"},
      {"latest", "TIME", "not after"},
      {"disclose", NULL, "recipients may know of each other"},
      {"no-conversion", NULL, "prohibit implicit conversion"},
      {"return-content", NULL, "return the content with a non-delivery report"},
      {"content", "FILE", "submit this content as it is, streamed, with --content-type"}}},
    {"probe",
     "",
     0,
     0,
     cmd_probe,
     "Submit a probe: would a message arrive?",
     {ENVELOPE_OPTIONS, {"length", "N", "length of the content that is asked for"}}},
    {"mailbox list", "[MAILBOX]", 0, 1, cmd_mailbox_list, "Mailboxes, or entries of one", {{0}}},
    {"mailbox read",
     "MAILBOX ENTRY",
     2,
     2,
     cmd_mailbox_read,
     "Show a message or report",
     {{"peek", NULL, "do not mark it as read"}}},
    {"mailbox export",
     "MAILBOX ENTRY",
     2,
     2,
     cmd_mailbox_export,
     "Write the content, octet for octet",
     {{"output", "FILE", "to this file instead of standard output"},
      {"part", "N", "only body part N (1 is the first), decoded"}}},
    {"mailbox delete",
     "MAILBOX ENTRY...",
     2,
     ARGS_MAX,
     cmd_mailbox_delete,
     "Delete entries",
     {{0}}},
    {"track", "MTS-ID", 1, 1, cmd_track, "What happened to a message", {{0}}},
    {"events",
     "",
     0,
     0,
     cmd_events,
     "Events, oldest first",
     {{"follow", NULL, "go on with new ones as they come"},
      {"limit", "N", "at most so many old ones (100)"},
      {"after", "N", "only those after event number N of the store"},
      {"severity", "LEVEL", "at least: debug, info, warning or error"}}},
    {"ping",
     "CONNECTOR|HOST",
     1,
     1,
     cmd_ping,
     "Open a test association and say what was offered and answered",
     {{"port", "N", "TCP port, with a host (102)"}}},
    {NULL, NULL, 0, 0, NULL, NULL, {{0}}},
};

int main(int argc, char **argv)
{
    static struct ctl ctl; /* its table of arguments is large */
    const char *socket = getenv("X400_SOCKET");
    int status;

    ctl.socket = socket && *socket ? socket : DEFAULT_SOCKET;
    if (!args_parse(&ctl, argc, argv))
        return EXIT_USAGE;
    if (!ctl.args.command) /* help or version was asked for, and given */
        return EXIT_DONE;
    curl_global_init(CURL_GLOBAL_NOTHING);
    ctl.curl = curl_easy_init();
    if (!ctl.curl)
        return complain(EXIT_TEMPORARY, "out of memory");
    status = ctl.args.command->run(&ctl);
    curl_easy_cleanup(ctl.curl);
    curl_global_cleanup();
    if (fflush(stdout) != 0 && status == EXIT_DONE)
        status = complain(EXIT_REFUSED, "writing to standard output failed");
    return status;
}
