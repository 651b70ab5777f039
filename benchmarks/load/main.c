/* A load of WebSocket connections on a server of this machine; it prints one line of JSON.
 *
 *   --mode echo|raw|open|idle|broadcast|http   see modes.c
 *   --port N   --path /echo                    where
 *   --connections N   --in-flight N            how many, and messages on their way on each
 *   --size BYTES   --payload FILE              of a message, and where its bytes are from
 *   --seconds S   --warm-up S                  what is measured, and what comes before
 *   --compress                                 agree on permessage-deflate, or fail
 *
 * Every byte that comes back is checked, and the first that is wrong ends the run with a sentence
 * and status 1. `idle` prints READY once all connections are open and holds them until its input
 * ends. `cpu` is the part of the time that this process computed: near 1, it was the limit.
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { OPENING_AT_ONCE = 128, PATIENCE = 60, TURN = 50 };

struct settings settings = {
    .path = "/", .connections = 1, .in_flight = 1, .size = 32, .seconds = 2, .warm_up = 0.3};
struct tally tally;
struct connection *connections;

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t from_now(double seconds) { return now() + (uint64_t)(seconds * 1e9); }

void die(const struct connection *c, const char *why) {
    if (c)
        fprintf(stderr, "connection %d: ", c->index);
    fprintf(stderr, "%s\n", why);
    exit(1);
}

void die_in(const struct connection *c, const char *call) {
    fprintf(stderr, "%s: ", strerror(errno));
    die(c, call);
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void raise_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void parse(int argc, char **argv) {
    static const struct option OPTIONS[] = {
        {"mode", required_argument, NULL, 'm'},      {"port", required_argument, NULL, 'p'},
        {"path", required_argument, NULL, 'u'},      {"connections", required_argument, NULL, 'c'},
        {"in-flight", required_argument, NULL, 'k'}, {"size", required_argument, NULL, 's'},
        {"payload", required_argument, NULL, 'f'},   {"seconds", required_argument, NULL, 't'},
        {"warm-up", required_argument, NULL, 'w'},   {"compress", no_argument, NULL, 'z'},
        {0}};
    for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'm': settings.mode = find_mode(optarg); break;
        case 'p': settings.port = atoi(optarg); break;
        case 'u': settings.path = optarg; break;
        case 'c': settings.connections = atoi(optarg); break;
        case 'k': settings.in_flight = atoi(optarg); break;
        case 's': settings.size = strtoul(optarg, NULL, 10); break;
        case 'f': settings.payload_file = optarg; break;
        case 't': settings.seconds = atof(optarg); break;
        case 'w': settings.warm_up = atof(optarg); break;
        case 'z': settings.compress = true; break;
        default: exit(2);
        }
    }
    if (!settings.mode || !settings.port || settings.connections < 1 || settings.in_flight < 1 ||
        settings.in_flight > MAX_IN_FLIGHT || settings.size < 1)
        die(NULL, "a mode, a port, and at least one of all else (in flight: at most 64)");
}

static void open_all(void) {
    uint64_t patience = from_now(PATIENCE);
    int begun = 0;
    do {
        while (begun < settings.connections && opening() < OPENING_AT_ONCE) {
            connections[begun].index = begun;
            open_connection(&connections[begun++]);
        }
        turn(TURN);
        if (now() > patience)
            die(NULL, "the connections did not open in time");
    } while (tally.opened < (uint64_t)settings.connections ||
             (settings.mode->holds && tally.done < (uint64_t)settings.connections));
}

static void hold(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    printf("READY\n");
    fflush(stdout);
    do
        turn(TURN);
    while (poll(&input, 1, 0) == 0);
}

static void run_until(uint64_t end) {
    while (now() < end)
        turn(TURN);
}

static void measure(void) {
    if (settings.mode->start)
        settings.mode->start();
    run_until(from_now(settings.warm_up));
    double cpu = cpu_seconds();
    uint64_t start = now();
    tally.measuring = true;
    run_until(start + (uint64_t)(settings.seconds * 1e9));
    double took = (double)(now() - start) / 1e9;
    cpu = cpu_seconds() - cpu;
    printf("{\"rate\": %.1f, \"p50\": %.2f, \"p99\": %.2f, \"cpu\": %.3f}\n",
        (double)tally.done / took, percentile(0.5) / 1e3, percentile(0.99) / 1e3, cpu / took);
}

int main(int argc, char **argv) {
    parse(argc, argv);
    raise_limit();
    prepare_epoll();
    settings.mode->prepare();
    connections = calloc((size_t)settings.connections, sizeof *connections);
    open_all();
    if (settings.mode->holds) {
        hold();
        printf("{\"pings\": %llu}\n", (unsigned long long)tally.pings);
    } else {
        measure();
    }
    return 0;
}
