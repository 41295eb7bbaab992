// SPDX-License-Identifier: MIT
#pragma once

/// Asks the processor to bring the line that holds `address` into its cache; does nothing else, and
/// any address will do.
static inline void mesh_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 1); }
