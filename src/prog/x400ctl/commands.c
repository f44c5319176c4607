/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: what each takes, and what its help says. */
#include "prog/x400ctl/ctl.h"

#define NONE                                                                                       \
    {                                                                                              \
        {                                                                                          \
            .name = NULL                                                                           \
        }                                                                                          \
    }
#define DRY_RUN                                                                                    \
    {                                                                                              \
        "dry-run", NULL, "only show what would change", NULL                                       \
    }
#define FORCE(doc)                                                                                 \
    {                                                                                              \
        "force", NULL, (doc), NULL                                                                 \
    }
#define ENVELOPE_OPTIONS                                                                           \
    {"from", "ADDRESS", "originator", NULL},                                                       \
        {"to", "ADDRESS", "recipient; may be repeated", NULL},                                     \
        {"priority", "PRIORITY", "urgent, normal (default) or non-urgent",                         \
         "urgent|normal|non-urgent"},                                                              \
        {"report", "KIND",                                                                         \
         "report wanted: none, non-delivery (default) or delivery (default of a probe)",           \
         "none|non-delivery|delivery"},                                                            \
        {"content-type", "TYPE", "p2, p22, unidentified, or an object identifier", NULL},          \
    {                                                                                              \
        "content-id", "TEXT", "content identifier, comes back in reports", NULL                    \
    }

static const char send_example[] =
    "x400ctl send --from 'G=Ann; S=Smith; P=ACME; A= ; C=GB' --to 'S=Dupont; P=BISTRO; A= ; C=FR' "
    "--subject Lunch --text 'At noon?'";
static const char probe_example[] =
    "x400ctl probe --from 'G=Ann; S=Smith; P=ACME; A= ; C=GB' --to 'S=Dupont; P=BISTRO; A= ; C=FR' "
    "--length 1000000";

const struct command commands[] = {
    {"status", "", 0, 0, cmd_status, "State of the MTA", "x400ctl status", NONE},
    {"apply",
     "FILE",
     1,
     1,
     cmd_apply,
     "Apply a site file (- is standard input), all of it or nothing",
     "x400ctl apply --dry-run site.yaml",
     {DRY_RUN,
      {"replace", NULL, "remove objects that the file does not name", NULL},
      FORCE("with --replace: also remove what has queued messages or entries")}},
    {"export",
     "",
     0,
     0,
     cmd_export,
     "Write the configuration as a site file",
     "x400ctl export > site.yaml",
     {{"secrets", NULL, "passwords in clear", NULL}}},
    {"show",
     "[NAME]",
     0,
     1,
     cmd_show,
     "Show an object, or the names of all",
     "x400ctl show 'to Paris'",
     {{"class", "CLASS", "only objects of this class",
       "organization|site|mta-defaults|server|stack|connector|mailbox"}}},
    {"set",
     "NAME ATTRIBUTE=VALUE...",
     2,
     ARGS_MAX,
     cmd_set,
     "Change attributes; an empty value gives the default back",
     "x400ctl set to-paris window-size=8 'remote-hosts=[mta.example, 192.0.2.0/24]'",
     {DRY_RUN}},
    {"delete",
     "NAME",
     1,
     1,
     cmd_delete,
     "Remove an object",
     "x400ctl delete --dry-run to-paris",
     {DRY_RUN, FORCE("also a connector with queued messages, or a mailbox with entries")}},

    {"connector list", "", 0, 0, cmd_connector_list, "Connectors with their state",
     "x400ctl connector list", NONE},
    {"connector show", "CONNECTOR", 1, 1, cmd_connector_show, "State of one connector",
     "x400ctl connector show to-paris", NONE},
    {"connector open", "CONNECTOR", 1, 1, cmd_connector_open, "Open an association now",
     "x400ctl connector open to-paris", NONE},
    {"connector close", "CONNECTOR", 1, 1, cmd_connector_close, "Close its associations in order",
     "x400ctl connector close to-paris", NONE},
    {"connector enable", "CONNECTOR", 1, 1, cmd_connector_enable, "Set enabled: true",
     "x400ctl connector enable to-paris", NONE},
    {"connector disable", "CONNECTOR", 1, 1, cmd_connector_disable, "Set enabled: false",
     "x400ctl connector disable to-paris", NONE},
    {"associations", "", 0, 0, cmd_associations, "Open associations", "x400ctl associations", NONE},

    {"queue list",
     "",
     0,
     0,
     cmd_queue_list,
     "What is on its way",
     "x400ctl queue list --connector to-paris --state held",
     {{"connector", "CONNECTOR", "only this connector's", NULL},
      {"state", "STATE", "ready, held, deferred or sending", "ready|held|deferred|sending"},
      {"limit", "N", "at most so many (100)", NULL}}},
    {"queue show", "ITEM", 1, 1, cmd_queue_show, "One item with its envelope",
     "x400ctl queue show 42", NONE},
    {"queue hold", "ITEM...", 1, ARGS_MAX, cmd_queue_hold, "Hold items", "x400ctl queue hold 42 43",
     NONE},
    {"queue release",
     "ITEM...",
     1,
     ARGS_MAX,
     cmd_queue_release,
     "Release held items; try others at once",
     "x400ctl queue release 42 43",
     {{"now", NULL, "do not wait for their deferred delivery times either", NULL}}},
    {"queue delete", "ITEM...", 1, ARGS_MAX, cmd_queue_delete, "Delete items without a report",
     "x400ctl queue delete 42", NONE},
    {"queue return",
     "ITEM...",
     1,
     ARGS_MAX,
     cmd_queue_return,
     "Return items to their originators with a non-delivery report",
     "x400ctl queue return 42 --reason 0 --diagnostic 2",
     {{"reason", "N", "X.411 reason code (1, unable-to-transfer)", NULL},
      {"diagnostic", "N", "X.411 diagnostic code (none)", NULL}}},
    {"route", "ADDRESS", 1, 1, cmd_route, "Explain where a message to ADDRESS would go",
     "x400ctl route 'S=Dupont; P=BISTRO; A= ; C=FR'", NONE},

    {"send",
     "",
     0,
     0,
     cmd_send,
     "Compose a message and submit it",
     send_example,
     {ENVELOPE_OPTIONS,
      {"cc", "ADDRESS", "copy recipient; may be repeated", NULL},
      {"bcc", "ADDRESS", "blind copy recipient; may be repeated", NULL},
      {"subject", "TEXT", "subject", NULL},
      {"text", "TEXT", "text body; may be repeated", NULL},
      {"text-file", "FILE", "text body from a file (UTF-8); may be repeated", NULL},
      {"attach", "FILE", "file attachment; may be repeated", NULL},
      {"bilateral", "FILE", "bilaterally-defined body part; may be repeated", NULL},
      {"forward", "FILE", "message to forward: a content as mailbox export writes it", NULL},
      {"forward-entry", "MAILBOX:ENTRY", "message to forward, from a mailbox here", NULL},
      {"in-reply-to", "ID", "message that is answered, as mailbox read shows it", NULL},
      {"obsoletes", "ID", "message that is no longer valid; may be repeated", NULL},
      {"related", "ID", "message that this has to do with; may be repeated", NULL},
      {"receipt", NULL, "ask every recipient for a receipt notification", NULL},
      {"non-receipt", NULL, "ask every recipient for non-receipt notification", NULL},
      {"reply-requested", NULL, "ask every recipient for a reply", NULL},
      {"importance", "LEVEL", "low, normal or high", "low|normal|high"},
      {"sensitivity", "LEVEL", "personal, private or confidential",
       "personal|private|confidential"},
      {"deferred", "TIME", "not before: 2026-11-22T19:30, ...Z, or +2h", NULL},
      {"latest", "TIME", "not after", NULL},
      {"disclose", NULL, "recipients may know of each other", NULL},
      {"no-conversion", NULL, "prohibit implicit conversion", NULL},
      {"return-content", NULL, "return the content with a non-delivery report", NULL},
      {"content", "FILE", "submit this content as it is, streamed, with --content-type", NULL}}},
    {"probe",
     "",
     0,
     0,
     cmd_probe,
     "Submit a probe, which asks whether a message would arrive",
     probe_example,
     {ENVELOPE_OPTIONS, {"length", "N", "length of the content that is asked for", NULL}}},
    {"mailbox list", "[MAILBOX]", 0, 1, cmd_mailbox_list, "Mailboxes, or entries of one",
     "x400ctl mailbox list ann", NONE},
    {"mailbox read",
     "MAILBOX ENTRY",
     2,
     2,
     cmd_mailbox_read,
     "Show a message or report",
     "x400ctl mailbox read ann last",
     {{"peek", NULL, "do not mark it as read", NULL}}},
    {"mailbox export",
     "MAILBOX ENTRY",
     2,
     2,
     cmd_mailbox_export,
     "Write the content, octet for octet",
     "x400ctl mailbox export ann last --part 2 --output report.pdf",
     {{"output", "FILE", "to this file instead of standard output", NULL},
      {"part", "N", "only body part N (1 is the first), decoded", NULL}}},
    {"mailbox delete", "MAILBOX ENTRY...", 2, ARGS_MAX, cmd_mailbox_delete, "Delete entries",
     "x400ctl mailbox delete ann first", NONE},
    {"track", "MTS-ID", 1, 1, cmd_track, "What happened to a message",
     "x400ctl track '[/PRMD=ACME/ADMD= /C=GB/;EX1.cf7748100000001]'", NONE},
    {"events",
     "",
     0,
     0,
     cmd_events,
     "Events, oldest first",
     "x400ctl events --follow --severity warning",
     {{"follow", NULL, "go on with new ones as they come", NULL},
      {"limit", "N", "at most so many old ones (100)", NULL},
      {"after", "N", "only those after event number N of the store", NULL},
      {"severity", "LEVEL", "at least: debug, info, warning or error",
       "debug|info|warning|error"}}},
    {"ping",
     "CONNECTOR|HOST",
     1,
     1,
     cmd_ping,
     "Open a test association and say what was offered and answered",
     "x400ctl ping to-paris",
     {{"port", "N", "TCP port, with a host (102)", NULL}}},
    {NULL, NULL, 0, 0, NULL, NULL, NULL, NONE},
};
