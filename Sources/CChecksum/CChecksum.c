// SPDX-License-Identifier: MIT
#include "CChecksum.h"

#include <string.h>

// Slicing by eight (Kounavis and Berry, 2008): eight table look-ups for each eight bytes.
static uint32_t tables[8][256];

__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = sum;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int slice = 1; slice < 8; slice++) {
            uint32_t previous = tables[slice - 1][byte];
            tables[slice][byte] = tables[0][previous & 0xFF] ^ previous >> 8;
        }
}

uint32_t mesh_crc32c_portable(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t sum = ~checksum;
    for (; count >= 8; count -= 8, next += 8) {
        uint32_t low = sum ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16
                              | (uint32_t)next[3] << 24);
        sum = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF]
            ^ tables[4][low >> 24] ^ tables[3][next[4]] ^ tables[2][next[5]] ^ tables[1][next[6]]
            ^ tables[0][next[7]];
    }
    while (count--) sum = tables[0][(sum ^ *next++) & 0xFF] ^ sum >> 8;
    return ~sum;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2")))
static uint32_t crc32c_sse42(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t sum = ~checksum;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        sum = _mm_crc32_u64(sum, word);
    }
    while (count--) sum = _mm_crc32_u8((uint32_t)sum, *next++);
    return ~(uint32_t)sum;
}

uint32_t mesh_crc32c(uint32_t checksum, const void *bytes, size_t count) {
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(checksum, bytes, count)
                                            : mesh_crc32c_portable(checksum, bytes, count);
}
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t mesh_crc32c(uint32_t checksum, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t sum = ~checksum;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        sum = __crc32cd(sum, word);
    }
    while (count--) sum = __crc32cb(sum, *next++);
    return ~sum;
}
#else
uint32_t mesh_crc32c(uint32_t checksum, const void *bytes, size_t count) {
    return mesh_crc32c_portable(checksum, bytes, count);
}
#endif
