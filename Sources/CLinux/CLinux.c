// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <unistd.h>

static int open_file(const char *path, int flags, bool create) {
    return open(path, O_RDWR | O_CLOEXEC | flags | (create ? O_CREAT | O_TRUNC : 0), 0600);
}

int mesh_open_direct(const char *path, bool create) {
    return open_file(path, O_DIRECT | O_DSYNC, create);
}

int mesh_open_direct_unsynchronized(const char *path, bool create) {
    return open_file(path, O_DIRECT, create);
}

int mesh_open_buffered(const char *path, bool create) { return open_file(path, 0, create); }

int mesh_sync_file_system(int descriptor) { return syncfs(descriptor); }
