/* Sockets: opening, reading, and sending what waits, each without blocking. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOURCES = 16, READ_SIZE = 1 << 20, EVENTS = 256 };

static int poll_fd;
static int not_usable;

void prepare_epoll(void) { poll_fd = epoll_create1(0); }

int opening(void) { return not_usable; }

static void watch(struct connection *c, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (c->watched != events)
        epoll_ctl(poll_fd, c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event);
    c->watched = events;
}

void open_connection(struct connection *c) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port)};
    struct sockaddr_in source = {.sin_family = AF_INET};
    int on = 1, off = 0;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* Several addresses of the loopback, since each has only so many ports. */
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(c->index % SOURCES));

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        die_in(c, "socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* A client that only listens would send a segment back for each message, and be the limit. */
    setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(c->fd, (struct sockaddr *)&source, sizeof source) != 0)
        die_in(c, "bind");
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS)
        die_in(c, "connect");
    c->state = CONNECTING;
    c->watched = 0;
    c->control_size = c->control_sent = c->to_send = c->frame_at = 0;
    c->frame_head_size = c->head_size = c->message_at = 0;
    c->in_payload = false;
    c->oldest = c->newest = 0;
    c->sent_at[0] = now();
    not_usable++;
    watch(c, EPOLLOUT);
}

void close_connection(struct connection *c) {
    close(c->fd);
    c->state = UNUSED;
    if (tally.measuring && settings.mode->reopens) {
        tally.done++;
        record(now() - c->sent_at[0]);
    }
    if (c->inflater)
        inflateReset(c->inflater);
    if (settings.mode->reopens)
        open_connection(c);
}

/* Control frames leave between two data frames. */
static void flush(struct connection *c) {
    for (;;) {
        bool control = c->control_sent < c->control_size;
        const unsigned char *from = outgoing.bytes + c->frame_at;
        size_t size = (control ? outgoing.frame_size : outgoing.size) - c->frame_at;
        bool between = c->frame_at == 0;
        if (control && between) {
            from = c->control + c->control_sent;
            size = c->control_size - c->control_sent;
        } else if (size > c->to_send) {
            size = c->to_send;
        }
        if (size == 0)
            break;
        ssize_t sent = send(c->fd, from, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(c, EPOLLIN | EPOLLOUT);
            return;
        }
        if (sent < 0)
            die_in(c, "send");
        if (control && between) {
            c->control_sent += (size_t)sent;
        } else {
            c->to_send -= (size_t)sent;
            c->frame_at = (c->frame_at + (size_t)sent) % outgoing.frame_size;
        }
    }
    c->control_size = c->control_sent = 0;
    watch(c, EPOLLIN);
}

void send_messages(struct connection *c, int count) {
    uint64_t time = now();
    for (int at = 0; at < count; at++)
        c->sent_at[c->newest++ % MAX_IN_FLIGHT] = time;
    c->to_send += (size_t)count * outgoing.frame_size;
    flush(c);
}

static void queue_control(struct connection *c, const void *bytes, size_t size) {
    if (c->control_size + size > sizeof c->control)
        die(c, "too much waits to be sent");
    memcpy(c->control + c->control_size, bytes, size);
    c->control_size += size;
}

void send_control(struct connection *c, enum opcode opcode, const void *bytes, size_t size) {
    unsigned char head[6] = {(unsigned char)(0x80 | opcode), (unsigned char)(0x80 | size)};
    queue_control(c, head, sizeof head); /* a masking key of zeroes */
    queue_control(c, bytes, size);
    if (opcode == CLOSE)
        c->state = CLOSING;
    flush(c);
}

static void usable(struct connection *c) {
    c->state = OPEN;
    not_usable--;
    tally.opened++;
    if (settings.mode->begin)
        settings.mode->begin(c);
}

static void connected(struct connection *c) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error)
        die_in(c, "connect");
    watch(c, EPOLLIN);
    if (!settings.mode->upgrade) {
        usable(c);
        return;
    }
    char request[1024];
    c->state = UPGRADING;
    queue_control(c, request, upgrade_request(request, sizeof request));
    flush(c);
}

/* Gather the head of a response, and leave what stands behind it. */
bool head_complete(struct connection *c, const unsigned char **bytes, size_t *size) {
    if (!c->head)
        c->head = malloc(MAX_HEAD + 1);
    size_t before = c->head_size, room = MAX_HEAD - before;
    size_t part = *size < room ? *size : room;
    memcpy(c->head + before, *bytes, part);
    c->head[before + part] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) {
        if (part == room)
            die(c, "the head of a response is too long");
        c->head_size += part;
        return false;
    }
    size_t used = (size_t)(end + 4 - c->head) - before;
    end[4] = 0;
    c->head_size = 0;
    *bytes += used;
    *size -= used;
    return true;
}

static void received(struct connection *c, const unsigned char *bytes, size_t size) {
    if (c->state == UPGRADING) {
        if (!head_complete(c, &bytes, &size))
            return;
        check_upgrade(c);
        usable(c);
    }
    if (settings.mode->receive)
        settings.mode->receive(c, bytes, size);
    else
        receive_frames(c, bytes, size);
}

void handle(struct connection *c, uint32_t events) {
    static unsigned char buffer[READ_SIZE];
    if (c->state == CONNECTING) {
        connected(c);
        return;
    }
    if (events & EPOLLOUT)
        flush(c);
    if (!(events & ~(uint32_t)EPOLLOUT))
        return;
    ssize_t size = recv(c->fd, buffer, sizeof buffer, 0);
    if (size > 0)
        received(c, buffer, (size_t)size);
    else if (size < 0 && errno == EAGAIN)
        return;
    else if (c->state == CLOSING) /* some end without a Close of their own */
        close_connection(c);
    else if (size == 0)
        die(c, "the server ended the connection");
    else
        die_in(c, "recv");
}

void turn(int timeout) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll_fd, events, EVENTS, timeout);
    for (int at = 0; at < count; at++)
        handle(events[at].data.ptr, events[at].events);
}
