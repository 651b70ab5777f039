/* Times in buckets: 64 for each power of two. */
#include "load.h"

enum { PARTS = 64, PARTS_BITS = 6 };
static uint64_t buckets[64 * PARTS], count;

static unsigned bucket_of(uint64_t time) {
    if (time < PARTS)
        return (unsigned)time;
    unsigned power = 63 - (unsigned)__builtin_clzll(time);
    unsigned part = (unsigned)(time >> (power - PARTS_BITS)) & (PARTS - 1);
    return (power - PARTS_BITS + 1) * PARTS + part;
}

static double start_of(unsigned bucket) {
    if (bucket < PARTS)
        return bucket;
    unsigned shift = bucket / PARTS - 1;
    return (double)((uint64_t)(PARTS + bucket % PARTS) << shift);
}

void record(uint64_t time) {
    buckets[bucket_of(time)]++;
    count++;
}

double percentile(double part) {
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < 64 * PARTS; bucket++) {
        seen += buckets[bucket];
        if (count && (double)seen >= part * (double)count)
            return start_of(bucket);
    }
    return 0;
}
