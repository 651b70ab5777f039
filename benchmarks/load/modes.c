/* What is done with connections that are open, one mode each. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

static void answered(struct connection *c) {
    if (tally.measuring) {
        tally.done++;
        record(now() - c->sent_at[c->oldest % MAX_IN_FLIGHT]);
    }
    c->oldest++;
}

/* echo: so many messages are always on their way, those that came back in one read together. */

static void echo_start(void) {
    for (int at = 0; at < settings.connections; at++)
        send_messages(&connections[at], settings.in_flight);
}

static void echo_receive(struct connection *c, const unsigned char *bytes, size_t size) {
    unsigned before = c->oldest;
    receive_frames(c, bytes, size);
    if (c->oldest != before)
        send_messages(c, (int)(c->oldest - before));
}

/* raw: the same bytes without a handshake, and as many awaited, but masked as they were sent. */

static void raw_receive(struct connection *c, const unsigned char *bytes, size_t size) {
    int complete = 0;
    while (size > 0) {
        size_t left = outgoing.frame_size - c->message_at, part = size < left ? size : left;
        if (memcmp(bytes, outgoing.bytes + c->message_at, part) != 0)
            die(c, "a message has other content");
        bytes += part;
        size -= part;
        c->message_at = (c->message_at + part) % outgoing.frame_size;
        if (c->message_at == 0) {
            answered(c);
            complete++;
        }
    }
    if (complete)
        send_messages(c, complete);
}

/* open: connections that close once they are open, over and over. */

static void open_begin(struct connection *c) { send_control(c, CLOSE, "\x03\xe8", 2); }

/* idle: one message each, and then nothing but pings. */

static void idle_begin(struct connection *c) { send_messages(c, 1); }

static void idle_message(struct connection *c) {
    c->oldest++;
    tally.done++;
}

/* broadcast: the first one sends, all have to receive; then the next message. */

static int delivered;

static void broadcast_start(void) { send_messages(&connections[0], 1); }

static void broadcast_message(struct connection *c) {
    (void)c;
    struct connection *sender = &connections[0];
    if (tally.measuring)
        tally.done++;
    if (++delivered < settings.connections)
        return;
    delivered = 0;
    if (tally.measuring)
        record(now() - sender->sent_at[(sender->newest - 1) % MAX_IN_FLIGHT]);
    send_messages(sender, 1);
}

/* http: requests on kept connections; the body has to be the path that was asked for. */

static void http_receive(struct connection *c, const unsigned char *bytes, size_t size) {
    size_t body = strlen(settings.path);
    while (size > 0) {
        if (!c->in_payload) {
            if (!head_complete(c, &bytes, &size))
                return;
            char *length = strcasestr(c->head, "\r\ncontent-length:");
            if (strncmp(c->head, "HTTP/1.1 200 ", 13) != 0 || !length ||
                strtoul(length + 17, NULL, 10) != body)
                die(c, "the head of a response is wrong");
            c->in_payload = true;
        }
        size_t left = body - c->message_at, part = size < left ? size : left;
        if (memcmp(bytes, settings.path + c->message_at, part) != 0)
            die(c, "a body is wrong");
        bytes += part;
        size -= part;
        c->message_at += part;
        if (c->message_at == body) {
            c->message_at = 0;
            c->in_payload = false;
            answered(c);
            send_messages(c, 1);
        }
    }
}

static const struct mode MODES[] = {
    {"echo", make_messages, .upgrade = true, .start = echo_start, .message = answered,
     .receive = echo_receive},
    {"raw", make_messages, .start = echo_start, .receive = raw_receive},
    {"open", make_messages, .upgrade = true, .begin = open_begin, .reopens = true},
    {"idle", make_messages, .upgrade = true, .begin = idle_begin, .message = idle_message,
     .holds = true},
    {"broadcast", make_messages, .upgrade = true, .start = broadcast_start,
     .message = broadcast_message},
    {"http", make_requests, .start = echo_start, .receive = http_receive},
};

const struct mode *find_mode(const char *name) {
    for (size_t at = 0; at < sizeof MODES / sizeof *MODES; at++)
        if (strcmp(MODES[at].name, name) == 0)
            return &MODES[at];
    return NULL;
}
