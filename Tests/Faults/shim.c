// Stands between a program and the file system of its machine, and makes calls fail.
//
//     gcc -shared -fPIC -O2 -Wall -Wextra -Werror -o shim.so shim.c
//     LD_PRELOAD=./shim.so FAULT_CALLS=pwrite,fdatasync FAULT_ERROR=EIO FAULT_NTH=50 program
//
// FAULT_CALLS    the calls that fail: pwrite pread fdatasync fsync open rename truncate allocate unlink
//                statvfs (tells of a full disk instead)
// FAULT_ERROR    EIO, ENOSPC, EINTR, EMFILE, EROFS; SHORT: a read or write does a part of its bytes
// FAULT_PATH     only files whose path contains this
// FAULT_NTH      the calls of this number, counted from 1 since faults were switched on, fail …
// FAULT_ONE_IN   … or each with this probability, drawn from FAULT_SEED
// FAULT_COUNT    no more faults than this
// FAULT_CONTROL  a file of 24 bytes, three u64: not zero: faults are on; faults so far; calls so far.
//                Without it they are on from the start
//
// A sync that fails has not been made; what it should have written stays in the page cache.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

struct control {
    _Atomic uint64_t armed;
    _Atomic uint64_t faults;
    _Atomic uint64_t calls;
};

enum { SECTOR = 4096, NO_FAULT = 0, SHORT = -1 };

static struct control own = {1, 0, 0};
static struct control *control = &own;
static const char *calls, *path_part;
static int error_code;
static uint64_t nth, one_in, limit = UINT64_MAX, seed = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static int code_of(const char *name) {
    static const struct { const char *name; int code; } known[] = {
        {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EMFILE", EMFILE}, {"EROFS", EROFS},
        {"SHORT", SHORT},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) return known[i].code;
    fprintf(stderr, "FAULT_ERROR is unknown: %s\n", name);
    _exit(64);
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void prepare(void) {
    calls = getenv("FAULT_CALLS");
    path_part = getenv("FAULT_PATH");
    const char *error = getenv("FAULT_ERROR");
    error_code = error ? code_of(error) : EIO;
    nth = number("FAULT_NTH", 0);
    one_in = number("FAULT_ONE_IN", 0);
    limit = number("FAULT_COUNT", UINT64_MAX);
    seed = number("FAULT_SEED", 1);
    const char *file = getenv("FAULT_CONTROL");
    if (!file) return;
    int (*real_open)(const char *, int, ...) = real("open");
    int fd = real_open(file, O_RDWR | O_CLOEXEC);
    void *memory = fd < 0 ? MAP_FAILED
        : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        fprintf(stderr, "FAULT_CONTROL cannot be used: %s\n", file);
        _exit(64);
    }
    close(fd);
    control = memory;
}

static int is_chosen(const char *call) {
    if (!calls) return 0;
    size_t length = strlen(call);
    for (const char *at = calls; (at = strstr(at, call)); at += length)
        if ((at == calls || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
    return 0;
}

// The same seed and number give the same draw.
static uint64_t draw(uint64_t count) {
    uint64_t mixed = seed * 0x9E3779B97F4A7C15u + count * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

// What is to happen to a call on a file: NO_FAULT, SHORT or an error number.
static int fault_on_path(const char *call, const char *path) {
    pthread_once(&once, prepare);
    if (!atomic_load(&control->armed) || !is_chosen(call)) return NO_FAULT;
    if (path_part && (!path || !strstr(path, path_part))) return NO_FAULT;
    uint64_t count = atomic_fetch_add(&control->calls, 1) + 1;
    int strikes = one_in ? draw(count) % one_in == 0 : nth ? count == nth : 1;
    if (!strikes) return NO_FAULT;
    if (atomic_fetch_add(&control->faults, 1) >= limit) {
        atomic_fetch_sub(&control->faults, 1);
        return NO_FAULT;
    }
    return error_code;
}

static int fault_on(const char *call, int fd) {
    pthread_once(&once, prepare);
    if (!atomic_load(&control->armed) || !is_chosen(call)) return NO_FAULT;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return fault_on_path(call, path);
}

static int failed(int code) {
    errno = code;
    return -1;
}

// A part of the bytes, in whole sectors: files that are written past the cache take nothing else.
static size_t part(size_t count) {
    return count > SECTOR ? count / 2 / SECTOR * SECTOR + (count / 2 < SECTOR ? SECTOR : 0) : count;
}

#define TRANSFER(name, call, pointer)                                        \
    ssize_t name(int fd, pointer bytes, size_t count, off_t position) {      \
        static ssize_t (*next)(int, pointer, size_t, off_t);                 \
        if (!next) next = real(#name);                                       \
        int fault = fault_on(call, fd);                                      \
        if (fault == SHORT) count = part(count);                             \
        else if (fault != NO_FAULT) return failed(fault);                    \
        return next(fd, bytes, count, position);                             \
    }
TRANSFER(pwrite, "pwrite", const void *)
TRANSFER(pwrite64, "pwrite", const void *)
TRANSFER(pread, "pread", void *)
TRANSFER(pread64, "pread", void *)

#define ON_FILE(name, call, parameters, arguments)                           \
    int name parameters {                                                    \
        static int (*next) parameters;                                       \
        if (!next) next = real(#name);                                       \
        int fault = fault_on(call, fd);                                      \
        if (fault != NO_FAULT && fault != SHORT) return failed(fault);       \
        return next arguments;                                               \
    }
ON_FILE(fdatasync, "fdatasync", (int fd), (fd))
ON_FILE(fsync, "fsync", (int fd), (fd))
ON_FILE(ftruncate, "truncate", (int fd, off_t length), (fd, length))
ON_FILE(ftruncate64, "truncate", (int fd, off_t length), (fd, length))
ON_FILE(fallocate, "allocate", (int fd, int mode, off_t from, off_t length), (fd, mode, from, length))
ON_FILE(fallocate64, "allocate", (int fd, int mode, off_t from, off_t length), (fd, mode, from, length))

#define ON_PATH(name, call, parameters, arguments)                           \
    int name parameters {                                                    \
        static int (*next) parameters;                                       \
        if (!next) next = real(#name);                                       \
        int fault = fault_on_path(call, path);                               \
        if (fault != NO_FAULT && fault != SHORT) return failed(fault);       \
        return next arguments;                                               \
    }
ON_PATH(rename, "rename", (const char *path, const char *to), (path, to))
ON_PATH(unlink, "unlink", (const char *path), (path))
ON_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))

#define OPEN(name, parameters, arguments)                                    \
    int name parameters {                                                    \
        static int (*next) parameters;                                       \
        if (!next) next = real(#name);                                       \
        mode_t mode = 0;                                                     \
        if (flags & (O_CREAT | O_TMPFILE)) {                                 \
            va_list rest;                                                    \
            va_start(rest, flags);                                           \
            mode = va_arg(rest, mode_t);                                     \
            va_end(rest);                                                    \
        }                                                                    \
        int fault = fault_on_path("open", path);                             \
        /* A file system that is read-only lets files be read. */            \
        if (fault == EROFS && !(flags & (O_WRONLY | O_RDWR | O_CREAT))) fault = NO_FAULT; \
        if (fault != NO_FAULT && fault != SHORT) return failed(fault);       \
        return next arguments;                                               \
    }
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))

#define SPACE(name, type)                                                    \
    int name(const char *restrict path, struct type *restrict facts) {       \
        static int (*next)(const char *, struct type *);                     \
        if (!next) next = real(#name);                                       \
        int answer = next(path, facts);                                      \
        if (answer == 0 && fault_on_path("statvfs", path) != NO_FAULT) {     \
            facts->f_bavail = 0;                                             \
            facts->f_bfree = 0;                                              \
        }                                                                    \
        return answer;                                                       \
    }
SPACE(statvfs, statvfs)
SPACE(statvfs64, statvfs64)
