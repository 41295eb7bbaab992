// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Extends the CRC32C (Castagnoli, RFC 3720 appendix B.4) `checksum` of what came before by `count`
/// bytes. The checksum of nothing is 0. Uses the processor's own instruction where it has one.
uint32_t mesh_crc32c(uint32_t checksum, const void *_Nullable bytes, size_t count);

/// The same sum by tables alone: what `mesh_crc32c` falls back to, and what tests compare it with.
uint32_t mesh_crc32c_portable(uint32_t checksum, const void *_Nullable bytes, size_t count);
