// SPDX-License-Identifier: MIT
// What Linux has and Swift's Glibc module lacks.
#pragma once
#include <stdbool.h>

/// Opens `path` for reading and writing past the page cache, each write durable when it returns.
/// Returns -1 with errno EINVAL where the file system cannot.
int mesh_open_direct(const char *path, bool create);

/// The same, but what was written is durable only after an fsync.
int mesh_open_direct_unsynchronized(const char *path, bool create);

/// Opens `path` for reading and writing through the page cache.
int mesh_open_buffered(const char *path, bool create);

/// syncfs(2): all that was written to the file system of this open file or directory reaches its disk.
/// Returns -1 with errno when it did not, also for what failed since this file was opened or last asked.
int mesh_sync_file_system(int descriptor);
