/* What the parts of the generator share. See README.md, and main.c for the options. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

enum { MAX_HEAD = 4096, MAX_CONTROL = 125, MAX_IN_FLIGHT = 64 };

enum opcode { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

enum state { UNUSED, CONNECTING, UPGRADING, OPEN, CLOSING };

struct connection {
    int fd, index;
    enum state state;
    uint32_t watched; /* the events that epoll tells of */

    /* On its way to the server: control bytes, and data frames out of `outgoing`. */
    unsigned char control[1024];
    size_t control_size, control_sent;
    size_t to_send;  /* bytes of data frames */
    size_t frame_at; /* how much of the frame that leaves now has left */

    /* Until the head of a response is complete. */
    char *head;
    size_t head_size;

    /* The frame that comes in: its first bytes, then its payload. */
    unsigned char frame_head[10];
    size_t frame_head_size;
    uint64_t payload_left;
    bool in_payload, compressed;
    unsigned char said[MAX_CONTROL]; /* the payload of a control frame */
    size_t said_size;
    size_t message_at; /* bytes of the message that were found right */
    z_stream *inflater;

    uint64_t sent_at[MAX_IN_FLIGHT]; /* a ring of times, nanoseconds */
    unsigned oldest, newest;
};

/* What a mode does; a missing one does nothing. */
struct mode {
    const char *name;
    void (*prepare)(void);                 /* make `outgoing` */
    bool upgrade;                          /* begins with an opening handshake */
    void (*begin)(struct connection *);    /* the connection is usable */
    void (*start)(void);                   /* all of them are; not for a mode that reopens */
    void (*message)(struct connection *);  /* a message came and is right */
    void (*receive)(struct connection *, const unsigned char *, size_t); /* in place of frames */
    bool reopens;                          /* a connection that was closed is opened again */
    bool holds;                            /* all speak once, and are held */
};

struct settings {
    const struct mode *mode;
    const char *path, *payload_file;
    int port;
    int connections, in_flight;
    size_t size;
    double seconds, warm_up;
    bool compress;
};

struct tally {
    bool measuring;
    uint64_t done, pings, opened;
};

extern struct settings settings;
extern struct tally tally;
extern struct connection *connections;

/* main.c */
uint64_t now(void); /* nanoseconds */
void die(const struct connection *c, const char *why) __attribute__((noreturn));
void die_in(const struct connection *c, const char *call) __attribute__((noreturn)); /* errno */

/* histogram.c: times in nanoseconds, to a precision of 1/64 */
void record(uint64_t time);
double percentile(double part);

/* wire.c */
struct outgoing {
    unsigned char *bytes; /* the frame of the message, over and over */
    size_t frame_size, size;
};
extern struct outgoing outgoing;
extern unsigned char *payload;
void make_messages(void);
void make_requests(void);
size_t upgrade_request(char *buffer, size_t size);
void check_upgrade(struct connection *c);
void receive_frames(struct connection *c, const unsigned char *bytes, size_t size);

/* connection.c */
void open_connection(struct connection *c);
void close_connection(struct connection *c);
void handle(struct connection *c, uint32_t events);
void send_messages(struct connection *c, int count);
void send_control(struct connection *c, enum opcode opcode, const void *bytes, size_t size);
void turn(int timeout); /* milliseconds */
bool head_complete(struct connection *c, const unsigned char **bytes, size_t *size);
void prepare_epoll(void);
int opening(void); /* connections that are not usable yet */

/* modes.c */
const struct mode *find_mode(const char *name);

#endif
