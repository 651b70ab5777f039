/* RFC 6455 as far as a client needs it: the opening handshake, and frames both ways. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char KEY[4] = {0x12, 0x34, 0x56, 0x78};

/* The example of section 1.3: a fixed key, and what the server has to make of it. */
static const char REQUEST_KEY[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char ACCEPT[] = "\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
static const char OFFER[] =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

enum { LEAST_OUTGOING = 1 << 16, CLIENT_WINDOW_BITS = 10 };

struct outgoing outgoing;
unsigned char *payload;

static void load_payload(void) {
    payload = malloc(settings.size + 1);
    if (settings.payload_file) {
        FILE *file = fopen(settings.payload_file, "rb");
        if (!file || fread(payload, 1, settings.size, file) != settings.size)
            die(NULL, "the payload's file is shorter than its size");
        fclose(file);
        return;
    }
    for (size_t at = 0; at < settings.size; at++)
        payload[at] = (unsigned char)('a' + at % 23);
}

/* Compress as a client that takes no context over: the same bytes do for every message. */
static unsigned char *deflated(size_t *size) {
    z_stream stream = {0};
    if (deflateInit2(&stream, 6, Z_DEFLATED, -CLIENT_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die(NULL, "zlib");
    size_t room = deflateBound(&stream, settings.size) + 16;
    unsigned char *into = malloc(room);
    stream.next_in = payload;
    stream.avail_in = (uInt)settings.size;
    stream.next_out = into;
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_SYNC_FLUSH);
    *size = stream.total_out - 4; /* without 00 00 ff ff, RFC 7692 section 7.2.1 */
    deflateEnd(&stream);
    return into;
}

static size_t write_head(unsigned char *into, unsigned first, uint64_t size) {
    into[0] = (unsigned char)first;
    int length = size < 126 ? 0 : size < 65536 ? 2 : 8;
    into[1] = (unsigned char)(0x80 | (length == 0 ? size : length == 2 ? 126 : 127));
    for (int at = 0; at < length; at++)
        into[2 + at] = (unsigned char)(size >> (8 * (length - 1 - at)));
    memcpy(into + 2 + length, KEY, 4);
    return 2 + (size_t)length + 4;
}

void make_messages(void) {
    load_payload();
    size_t size = settings.size;
    unsigned char *data = settings.compress ? deflated(&size) : payload;
    unsigned char *frame = malloc(size + 14);
    size_t head = write_head(frame, 0x80 | TEXT | (settings.compress ? 0x40 : 0), size);
    for (size_t at = 0; at < size; at++)
        frame[head + at] = data[at] ^ KEY[at % 4];
    outgoing.frame_size = head + size;
    outgoing.size = outgoing.frame_size * (1 + LEAST_OUTGOING / outgoing.frame_size);
    outgoing.bytes = malloc(outgoing.size);
    for (size_t at = 0; at < outgoing.size; at += outgoing.frame_size)
        memcpy(outgoing.bytes + at, frame, outgoing.frame_size);
    free(frame);
    if (settings.compress)
        free(data);
}

/* In place of messages; what is sent is not masked. */
void make_requests(void) {
    outgoing.frame_size = outgoing.size = (size_t)asprintf((char **)&outgoing.bytes,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", settings.path, settings.port);
}

size_t upgrade_request(char *buffer, size_t size) {
    return (size_t)snprintf(buffer, size,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
        settings.path, settings.port, REQUEST_KEY, settings.compress ? OFFER : "");
}

void check_upgrade(struct connection *c) {
    if (strncmp(c->head, "HTTP/1.1 101 ", 13) != 0)
        die(c, "the handshake was refused");
    if (!strcasestr(c->head, ACCEPT))
        die(c, "Sec-WebSocket-Accept is wrong");
    if ((strcasestr(c->head, "\r\nsec-websocket-extensions: permessage-deflate") != NULL) !=
        settings.compress)
        die(c, settings.compress ? "no compression was agreed on" : "an extension not offered");
    if (settings.compress && !c->inflater) {
        c->inflater = calloc(1, sizeof *c->inflater);
        if (inflateInit2(c->inflater, -15) != Z_OK)
            die(c, "zlib");
    }
}

static void check_bytes(struct connection *c, const unsigned char *bytes, size_t size) {
    if (size > settings.size - c->message_at)
        die(c, "a message is too long");
    if (memcmp(bytes, payload + c->message_at, size) != 0)
        die(c, "a message has other content");
    c->message_at += size;
}

static void inflate_bytes(struct connection *c, const unsigned char *bytes, size_t size) {
    static unsigned char inflated[1 << 16];
    z_stream *stream = c->inflater;
    stream->next_in = (unsigned char *)bytes;
    stream->avail_in = (uInt)size;
    do {
        stream->next_out = inflated;
        stream->avail_out = sizeof inflated;
        int result = inflate(stream, Z_SYNC_FLUSH);
        if (result != Z_OK && result != Z_BUF_ERROR)
            die(c, "a message does not inflate");
        check_bytes(c, inflated, sizeof inflated - stream->avail_out);
    } while (stream->avail_in > 0 || stream->avail_out == 0);
}

static void end_message(struct connection *c) {
    if (c->compressed)
        inflate_bytes(c, (const unsigned char *)"\0\0\xff\xff", 4);
    if (c->message_at != settings.size)
        die(c, "a message is too short");
    c->message_at = 0;
    settings.mode->message(c);
}

/* Bytes of the head, as far as its first two tell. */
static size_t head_length(const struct connection *c) {
    if (c->frame_head_size < 2)
        return 2;
    unsigned length = c->frame_head[1];
    return length < 126 ? 2 : length == 126 ? 4 : 10;
}

static void begin_frame(struct connection *c) {
    unsigned opcode = c->frame_head[0] & 15, length = c->frame_head[1];
    if (length & 0x80)
        die(c, "a frame of the server is masked");
    c->payload_left = length < 126 ? length : 0;
    for (size_t at = 2; at < c->frame_head_size; at++)
        c->payload_left = c->payload_left << 8 | c->frame_head[at];
    c->in_payload = true;
    c->said_size = 0;
    if (opcode >= CLOSE) {
        if (length > MAX_CONTROL)
            die(c, "a control frame is too long");
        return;
    }
    if (opcode == TEXT) {
        c->compressed = c->frame_head[0] & 0x40;
        if (c->compressed != settings.compress)
            die(c, settings.compress ? "a message is not compressed" : "RSV1 is set");
    } else if (opcode != 0) {
        die(c, "a data frame is no text");
    }
}

static void take_payload(struct connection *c, const unsigned char *bytes, size_t size) {
    if ((c->frame_head[0] & 15) >= CLOSE) {
        memcpy(c->said + c->said_size, bytes, size);
        c->said_size += size;
    } else if (c->compressed) {
        inflate_bytes(c, bytes, size);
    } else {
        check_bytes(c, bytes, size);
    }
}

static void end_frame(struct connection *c) {
    unsigned first = c->frame_head[0];
    c->in_payload = false;
    c->frame_head_size = 0;
    switch (first & 15) {
    case PING:
        tally.pings++;
        send_control(c, PONG, c->said, c->said_size);
        break;
    case PONG:
        break;
    case CLOSE:
        if (c->state != CLOSING)
            die(c, "the server closed the connection");
        close_connection(c);
        break;
    default:
        if (first & 0x80)
            end_message(c);
    }
}

void receive_frames(struct connection *c, const unsigned char *bytes, size_t size) {
    while (c->state == OPEN || c->state == CLOSING) {
        if (!c->in_payload) {
            while (c->frame_head_size < head_length(c)) {
                if (size == 0)
                    return;
                c->frame_head[c->frame_head_size++] = *bytes++;
                size--;
            }
            begin_frame(c);
        }
        size_t part = size < c->payload_left ? size : (size_t)c->payload_left;
        take_payload(c, bytes, part);
        bytes += part;
        size -= part;
        c->payload_left -= part;
        if (c->payload_left > 0)
            return;
        end_frame(c);
    }
}
