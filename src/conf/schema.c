/* SPDX-License-Identifier: Apache-2.0 */
/* The schema table. Defaults and limits are those of the Exchange MTA where it had them. */
#include "conf/schema.h"

#include "base/limits.h"

enum {
    MTA_NAME_MAX = 32, /* ub-mta-name-length */
    SECONDS_MAX = 7 * 24 * 3600,
    MESSAGES_MAX = 1000000,
    KIB_MAX = 64 * 1024 * 1024,
    AGE_MAX = 45 * 24 * 60, /* minutes */
};

static const char *const conformance_values[] = {"1988-normal", "1988-x410", "1984", NULL};
static const char *const schedule_values[] = {"always", "never", "remote-initiated", NULL};
static const char *const evidence_values[] = {
    "address",           "mta-name",         "password", "called-tsel",
    "calling-selectors", "called-selectors", NULL};
static const char *const switch_values[] = {"on", "off", NULL};
static const char *const trace_values[] = {"auto", "send", "strip", NULL};

/* One attribute: name, type, min, max, default as JSON, unit, reload, flags, doc. */
#define A(n, t, lo, hi, d, u, r, f, text)                                                          \
    {                                                                                              \
        .name = (n), .type = CONF_##t, .min = (lo), .max = (hi), .def = (d), .unit = (u),          \
        .reload = CONF_##r, .flags = (f), .doc = (text)                                            \
    }
#define CHOICE(n, t, v, d, r, f, text)                                                             \
    {                                                                                              \
        .name = (n), .type = CONF_##t, .values = (v), .def = (d), .unit = "", .reload = CONF_##r,  \
        .flags = (f), .doc = (text)                                                                \
    }
#define REFERENCE(n, c, r, f, text)                                                                \
    {                                                                                              \
        .name = (n), .type = CONF_DN, .refers = CONF_##c, .unit = "", .reload = CONF_##r,          \
        .flags = (f), .doc = (text)                                                                \
    }

/* What an mta-defaults object sets for the site and a connector may override: one list, so that
 * the two cannot differ in limits and defaults. f: additional flags. */
#define TRANSFER_ATTRIBUTES(f)                                                                     \
    A("checkpoint-size", INT, 0, LIMIT_CHECKPOINT_KIB, "30", "KiB", NEXT, f,                       \
      "Data between two checkpoints of a transfer; 0 = no checkpoints"),                           \
        A("window-size", INT, 1, LIMIT_WINDOW, "5", "", NEXT, f,                                   \
          "Checkpoints that may wait for their acknowledgement"),                                  \
        A("recovery-timeout", INT, 1, SECONDS_MAX, "60", "s", LIVE, f,                             \
          "How long after its association broke a transfer begins anew, from the first octet"),    \
        A("max-open-retries", INT, 0, 100000, "144", "", LIVE, f,                                  \
          "Failed attempts to open an association before messages are rerouted or returned"),      \
        A("max-transfer-retries", INT, 0, 1000, "2", "", LIVE, f,                                  \
          "Failed attempts to transfer a message over an open association"),                       \
        A("open-interval", INT, 1, SECONDS_MAX, "600", "s", LIVE, f,                               \
          "Time between attempts to open an association"),                                         \
        A("transfer-interval", INT, 1, SECONDS_MAX, "120", "s", LIVE, f,                           \
          "Time between attempts to transfer a message"),                                          \
        A("association-lifetime", INT, 0, SECONDS_MAX, "300", "s", LIVE, f,                        \
          "How long an idle association is kept open"),                                            \
        A("disconnect-timeout", INT, 1, SECONDS_MAX, "120", "s", NEXT, f,                          \
          "How long an orderly end of an association is waited for"),                              \
        A("threshold", INT, 1, MESSAGES_MAX, "50", "messages", LIVE, f,                            \
          "Queued messages for which one more association is opened"),                             \
        A("transfer-timeout-urgent", INT, 1, 1000000, "1000", "s/KiB", NEXT, f,                    \
          "Time allowed for each KiB of an urgent message"),                                       \
        A("transfer-timeout-normal", INT, 1, 1000000, "2000", "s/KiB", NEXT, f,                    \
          "Time allowed for each KiB of a normal message"),                                        \
        A("transfer-timeout-non-urgent", INT, 1, 1000000, "3000", "s/KiB", NEXT, f,                \
          "Time allowed for each KiB of a non-urgent message")

static const struct conf_attribute organization_attributes[] = {
    A("display-name", TEXT, 0, 256, NULL, "", LIVE, 0, "Name for people"),
};

static const struct conf_attribute site_attributes[] = {
    A("display-name", TEXT, 0, 256, NULL, "", LIVE, 0, "Name for people"),
    A("gdi", GDI, 0, 0, NULL, "", LIVE, 0,
      "Global domain identifier of the site; a server without its own uses it"),
};

static const struct conf_attribute defaults_attributes[] = {
    TRANSFER_ATTRIBUTES(0),
};

static const struct conf_attribute server_attributes[] = {
    A("mta-name", IA5, 1, MTA_NAME_MAX, NULL, "", NEXT, CONF_REQUIRED,
      "Name of this MTA in binds and trace; peers know it"),
    A("mta-password", IA5, 0, LIMIT_PASSWORD, NULL, "", NEXT, CONF_SECRET,
      "Password of this MTA; absent = none is sent"),
    A("gdi", GDI, 0, 0, NULL, "", NEXT, 0,
      "Global domain identifier in trace and MTS identifiers; absent = the site's"),
    A("message-size-limit", INT, 0, KIB_MAX, "0", "KiB", LIVE, 0,
      "Largest content that the MTA handles; 0 = no limit"),
    A("message-timeout-urgent", INT, 1, AGE_MAX, "2880", "min", LIVE, 0,
      "Age at which an urgent message is returned"),
    A("message-timeout-normal", INT, 1, AGE_MAX, "10080", "min", LIVE, 0,
      "Age at which a normal message is returned"),
    A("message-timeout-non-urgent", INT, 1, AGE_MAX, "14400", "min", LIVE, 0,
      "Age at which a non-urgent message is returned"),
    A("returned-content-limit", INT, 0, KIB_MAX, "1024", "KiB", LIVE, 0,
      "Largest content that goes back with a non-delivery report; 0 = none"),
    REFERENCE("dead-letter-mailbox", MAILBOX, LIVE, 0,
              "Mailbox that keeps what can be neither delivered nor returned; absent = none"),
    A("share-address-space", BOOL, 0, 0, "false", "", LIVE, 0,
      "Unknown recipients with the domain, organization and units of a mailbox are routed on, not "
      "returned"),
    A("max-associations", INT, 1, 100000, "1000", "", LIVE, 0, "Associations over all connectors"),
    A("max-connections", INT, 1, 100000, "2000", "", LIVE, 0,
      "TCP connections over all stacks, whether their callers are known or not"),
    A("max-unbound", INT, 1, 100000, "256", "", LIVE, 0,
      "Connections without a bind from addresses that no connector lists; beyond, the oldest goes"),
    A("max-unbound-per-source", INT, 1, 100000, "32", "", LIVE, 0,
      "Connections without a bind from one IPv4 address or IPv6 /64; peers that connectors list "
      "there may have as many as their associations"),
    A("bind-failures", INT, 0, 100000, "10", "", LIVE, 0,
      "Failed binds after which a source's calls are not taken for a while; 0 = never"),
    A("bind-block", INT, 1, SECONDS_MAX, "10", "s", LIVE, 0,
      "How long they are not taken; each further failure doubles it"),
    A("bind-block-max", INT, 1, SECONDS_MAX, "600", "s", LIVE, 0,
      "The longest that they are not taken"),
    A("receive-memory", INT, 1, KIB_MAX, "256", "MiB", LIVE, 0,
      "Memory for what peers have sent in part; from three quarters on nobody is read from who has "
      "not begun to send, and beyond, associations that take most of it are ended"),
    A("open-timeout", INT, 1, 3600, "60", "s", NEXT, 0,
      "How long a connection may take to become an association"),
    A("answer-timeout", INT, 1, 3600, "120", "s", NEXT, 0,
      "How long a peer may take to answer on an open association"),
    A("stop-timeout", INT, 0, 3600, "30", "s", LIVE, 0,
      "How long a stop waits for the transfers that are under way"),
    A("minimum-rate", INT, 0, 1000000, "20", "octets/s", LIVE, 0,
      "Rate below which a peer's transfer is ended, over 5 minutes; 0 = none"),
    A("queue-alarm", INT, 0, MESSAGES_MAX, "1000", "messages", LIVE, 0,
      "Length of a queue that is reported as a backlog; 0 = never"),
    A("minimum-free-disk", INT, 0, KIB_MAX, "10", "MiB", LIVE, 0,
      "Free space below which new messages are refused"),
    A("duplicate-memory", INT, 1, 365, "14", "d", LIVE, 0,
      "How long identifiers are kept to catch messages sent twice"),
    A("tracking-retention", INT, 1, 3650, "30", "d", LIVE, 0, "How long tracking records are kept"),
    A("event-retention", INT, 1, 3650, "30", "d", LIVE, 0, "How long events are kept in the store"),
    A("keep-message-events", BOOL, 0, 0, "false", "", LIVE, 0,
      "Keep the events of each message's way in the store too; they are in the log, and tracking "
      "tells the same"),
};

static const struct conf_attribute stack_attributes[] = {
    A("local-addresses", ADDRESSES, 0, 32, "[]", "", REOPEN, 0,
      "Addresses to listen on and to call from; none = all"),
    A("port", INT, 0, 65535, "102", "", REOPEN, 0,
      "TCP port to listen on; 0 = one that the system picks, which status shows"),
    A("t-selector", SELECTOR, 0, 32, NULL, "octets", LIVE, 0,
      "Transport selector that callers must name; absent = any"),
    A("s-selector", SELECTOR, 0, 16, NULL, "octets", LIVE, 0,
      "Session selector: callers that name another are refused; absent = any"),
    A("p-selector", SELECTOR, 0, 16, NULL, "octets", LIVE, 0,
      "Presentation selector: callers that name another are refused; absent = any"),
    A("freebind", BOOL, 0, 0, "false", "", REOPEN, 0,
      "Listen on addresses that this machine does not have yet (cluster)"),
    A("tpdu-size", INT, 128, LIMIT_TPDU_DEFAULT, "65531", "octets", NEXT, 0,
      "Largest TPDU that is offered and accepted"),
};

static const struct conf_attribute connector_attributes[] = {
    A("display-name", TEXT, 0, 256, NULL, "", LIVE, 0, "Name for people"),
    A("enabled", BOOL, 0, 0, "true", "", LIVE, 0,
      "false: nothing is sent and callers are refused; messages wait"),
    REFERENCE("stack", STACK, LIVE, CONF_REQUIRED, "Transport stack that is used"),
    A("remote-mta-name", IA5, 1, LIMIT_MTA_NAME, NULL, "", NEXT, CONF_REQUIRED,
      "Name that the other MTA must give; upper and lower case are the same"),
    A("remote-mta-password", IA5, 0, LIMIT_PASSWORD, NULL, "", NEXT, CONF_SECRET,
      "Password that the other MTA must give; absent = none is expected"),
    A("local-mta-name", IA5, 1, MTA_NAME_MAX, NULL, "", NEXT, 0,
      "Own name toward this MTA; absent = the server's mta-name"),
    A("local-mta-password", IA5, 0, LIMIT_PASSWORD, NULL, "", NEXT, CONF_SECRET,
      "Own password toward this MTA; absent = the server's mta-password"),
    A("remote-hosts", HOSTS, 0, 64, "[]", "", LIVE, 0,
      "Names, addresses and prefixes of the other side: called in this order, and recognised"),
    A("remote-port", INT, 1, 65535, "102", "", NEXT, 0, "TCP port that is called"),
    A("local-address", ADDRESS, 0, 0, NULL, "", NEXT, 0,
      "Address that connections leave from; absent = one of the stack's"),
    A("outgoing-t-selector", SELECTOR, 0, 32, NULL, "octets", NEXT, 0,
      "Transport selector of the other side, sent as called selector"),
    A("outgoing-s-selector", SELECTOR, 0, 16, NULL, "octets", NEXT, 0,
      "Session selector of the other side; not with 1984 and 1988-x410"),
    A("outgoing-p-selector", SELECTOR, 0, 16, NULL, "octets", NEXT, 0,
      "Presentation selector of the other side; only with 1988-normal"),
    A("incoming-t-selector", SELECTOR, 0, 32, NULL, "octets", NEXT, 0,
      "Transport selector that the other side calls from; absent = the outgoing one"),
    A("incoming-s-selector", SELECTOR, 0, 16, NULL, "octets", NEXT, 0,
      "Session selector that the other side calls from; absent = the outgoing one"),
    A("incoming-p-selector", SELECTOR, 0, 16, NULL, "octets", NEXT, 0,
      "Presentation selector that the other side calls from; absent = the outgoing one"),
    CHOICE("identify-by", FLAGS, evidence_values, "[\"address\",\"mta-name\",\"password\"]", NEXT,
           0, "What a caller must show to be taken for this connector's MTA"),
    CHOICE("conformance", ENUM, conformance_values, "\"1988-normal\"", NEXT, 0,
           "Protocol of outgoing associations; callers are answered in theirs"),
    A("two-way-alternate", BOOL, 0, 0, "false", "", NEXT, 0,
      "Both sides may send over one association; false = only the side that opened it"),
    CHOICE("schedule", SCHEDULE, schedule_values, "\"always\"", LIVE, 0,
           "When associations are opened: always, never (callers are refused too), by the other "
           "side only, or at times of the week"),
    TRANSFER_ATTRIBUTES(CONF_INHERIT),
    A("max-associations", INT, 1, 1000, "9", "", LIVE, 0,
      "Associations at a time in each direction"),
    A("urgent-associations", INT, 0, 100, "1", "", LIVE, 0,
      "Associations beyond max-associations for urgent messages and reports"),
    A("message-size-limit", INT, 0, KIB_MAX, "0", "KiB", LIVE, 0,
      "Largest content that goes this way; 0 = no limit"),
    A("address-spaces", SPACES, 0, 10000, "[]", "", LIVE, 0,
      "Addresses that are routed here, each with its cost"),
    A("remote-gdi", GDI, 0, 0, NULL, "", LIVE, 0,
      "Global domain identifier of the other side; absent = the own domain"),
    CHOICE("internal-trace", ENUM, trace_values, "\"auto\"", NEXT, 0,
           "Internal trace toward this MTA; auto = strip it when remote-gdi is another domain"),
    A("strip-bilateral", BOOL, 0, 0, "false", "", NEXT, 0,
      "Leave per-domain bilateral information out"),
};

static const struct conf_attribute mailbox_attributes[] = {
    A("display-name", TEXT, 0, 256, NULL, "", LIVE, 0, "Name for people"),
    A("addresses", ORADDRS, 1, 100, NULL, "", LIVE, CONF_REQUIRED | CONF_UNIQUE,
      "O/R addresses of the mailbox; the first is shown in reports"),
    A("message-size-limit", INT, 0, KIB_MAX, "0", "KiB", LIVE, 0,
      "Largest content that is delivered; 0 = no limit"),
};

static const struct conf_attribute node_attributes[] = {
    A("node-name", TEXT, 1, 64, NULL, "", RESTART, 0,
      "Name of this node in the store's lock and in events; absent = the host name"),
    REFERENCE("server", SERVER, RESTART, 0,
              "The server object this node is; absent = the only one"),
    A("store", PATH, 1, 4000, "\"/var/lib/x400d\"", "", RESTART, 0, "Directory of the store"),
    A("socket", PATH, 1, 107, "\"/run/x400d/control\"", "", RESTART, 0, "Control socket"),
    A("socket-mode", MODE, 0, 0, "\"0660\"", "", RESTART, 0,
      "Permissions of the control socket, in octal digits"),
    A("socket-group", TEXT, 1, 64, NULL, "", RESTART, 0,
      "Group of the control socket; its members may change things"),
    A("user", TEXT, 1, 64, NULL, "", RESTART, 0,
      "User that x400d becomes at its start, keeping the right to open its ports"),
    CHOICE("seccomp", ENUM, switch_values, "\"on\"", RESTART, 0,
           "Filter of system calls: x400d can make only those that an MTA needs"),
    A("core-dumps", BOOL, 0, 0, "false", "", RESTART, 0,
      "Lets a crash leave a core, which may hold parts of messages, and the user's debugger in"),
    A("seed", PATH, 1, 4000, NULL, "", RESTART, 0,
      "Site file that is applied when the directory is empty"),
    A("log", SINKS, 0, 6, "[{\"to\":\"stderr\",\"level\":\"info\"}]", "", RESTART, 0,
      "Where events go, each with the least severity"),
};

#define CLASS(i, n, s, list, text)                                                                 \
    [i] = {.id = (i),                                                                              \
           .name = (n),                                                                            \
           .shape = (s),                                                                           \
           .doc = (text),                                                                          \
           .attributes = (list),                                                                   \
           .count = sizeof(list) / sizeof((list)[0])}

static const struct conf_class classes[CONF_CLASS_COUNT] = {
    CLASS(CONF_ORGANIZATION, "organization", "/o=*", organization_attributes, "The organization"),
    CLASS(CONF_SITE, "site", "/o=*/ou=*", site_attributes,
          "A site: servers that share defaults and recipients"),
    CLASS(CONF_MTA_DEFAULTS, "mta-defaults", "/o=*/ou=*/cn=Configuration/cn=*", defaults_attributes,
          "What connectors of the site have unless they say otherwise"),
    CLASS(CONF_SERVER, "server", "/o=*/ou=*/cn=Configuration/cn=Servers/cn=*", server_attributes,
          "An MTA"),
    CLASS(CONF_STACK, "stack", "/o=*/ou=*/cn=Configuration/cn=Servers/cn=*/cn=*", stack_attributes,
          "A TCP/IP transport stack: where a server listens (RFC 1006)"),
    CLASS(CONF_CONNECTOR, "connector", "/o=*/ou=*/cn=Configuration/cn=Connections/cn=*",
          connector_attributes, "An X.400 connector: the way to and from another MTA"),
    CLASS(CONF_MAILBOX, "mailbox", "/o=*/ou=*/cn=Recipients/cn=*", mailbox_attributes,
          "A local recipient with a mailbox in the store"),
    CLASS(CONF_NODE, "node", "", node_attributes, "The node file"),
};

static const char *const type_names[CONF_TYPE_COUNT] = {
    [CONF_BOOL] = "boolean",
    [CONF_INT] = "integer",
    [CONF_IA5] = "ASCII text",
    [CONF_TEXT] = "text",
    [CONF_ENUM] = "one of",
    [CONF_FLAGS] = "list of",
    [CONF_SCHEDULE] = "times of the week or",
    [CONF_DN] = "name of object",
    [CONF_SELECTOR] = "selector",
    [CONF_ADDRESS] = "IP address",
    [CONF_ADDRESSES] = "list of IP addresses",
    [CONF_HOSTS] = "list of hosts",
    [CONF_SPACES] = "list of address spaces",
    [CONF_ORADDRS] = "list of O/R addresses",
    [CONF_GDI] = "global domain identifier",
    [CONF_MODE] = "octal permissions",
    [CONF_PATH] = "file name",
    [CONF_SINKS] = "list of log sinks",
};

static const char *const reload_names[] = {[CONF_LIVE] = "live",
                                           [CONF_NEXT] = "next",
                                           [CONF_REOPEN] = "reopen",
                                           [CONF_RESTART] = "restart"};

const struct conf_class *conf_class(enum conf_class_id id)
{
    return &classes[id];
}

const struct conf_class *conf_class_find(const char *name)
{
    for (int i = 0; i < CONF_NODE; i++)
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    return NULL;
}

const struct conf_attribute *conf_attribute_find(const struct conf_class *class_, const char *name)
{
    for (size_t i = 0; i < class_->count; i++)
        if (strcmp(class_->attributes[i].name, name) == 0)
            return &class_->attributes[i];
    return NULL;
}

json_t *conf_class_defaults(const struct conf_class *class_)
{
    json_t *all = json_object();

    for (size_t i = 0; i < class_->count; i++) {
        const struct conf_attribute *a = &class_->attributes[i];

        if (a->def)
            json_object_set_new(all, a->name, json_loads(a->def, JSON_DECODE_ANY, NULL));
    }
    return all;
}

const char *conf_type_name(enum conf_type type)
{
    return type_names[type];
}

const char *conf_reload_name(enum conf_reload r)
{
    return reload_names[r];
}
