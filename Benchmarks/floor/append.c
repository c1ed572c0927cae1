// The floor of an append-only log: LZ4, O_DIRECT write, fdatasync, and nothing else.
//
//   append EVENTS FILE PRODUCERS SECONDS [LINE]
//
// As if PRODUCERS clients each sent one event of LINE bytes and waited until it is on disk: at
// most so many are in flight. One thread compresses pieces of 64 KB, another writes and syncs what
// the first has made; it is told how many events are on disk and may take as many new ones.
// Prints name=value pairs.
#define _GNU_SOURCE
#include <fcntl.h>
#include <lz4.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, SECTOR = 4096, STEP = 16 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct { char *bytes; size_t length; int events; } groups[2];
static int full[2], available, ended;
static long committed;
static off_t position, reserved;
static int file;

static void die(const char *what) { perror(what); exit(1); }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void *sync_groups(void *unused) {
  (void)unused;
  for (int at = 0;; at ^= 1) {
    pthread_mutex_lock(&lock);
    while (!full[at] && !ended) pthread_cond_wait(&changed, &lock);
    int stop = !full[at];
    pthread_mutex_unlock(&lock);
    if (stop) return NULL;
    size_t length = (groups[at].length + SECTOR - 1) / SECTOR * SECTOR;
    while (position + (off_t)length > reserved) {
      if (fallocate(file, 0, reserved, STEP) < 0) die("fallocate");
      reserved += STEP;
    }
    if (pwrite(file, groups[at].bytes, length, position) != (ssize_t)length) die("pwrite");
    if (fdatasync(file) < 0) die("fdatasync");
    position += length;
    pthread_mutex_lock(&lock);
    committed += groups[at].events;
    available += groups[at].events;
    full[at] = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return fprintf(stderr, "usage: append EVENTS FILE PRODUCERS SECONDS [LINE]\n"), 2;
  int producers = atoi(argv[3]);
  size_t line = argc > 5 ? atoi(argv[5]) : 4097;
  int input = open(argv[1], O_RDONLY);
  struct stat st;
  if (input < 0 || fstat(input, &st) < 0) die(argv[1]);
  const char *events = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, input, 0);
  if (events == MAP_FAILED) die("mmap");
  long count = st.st_size / line;
  file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT, 0600);
  if (file < 0) die(argv[2]);
  size_t room = (size_t)LZ4_compressBound(PIECE) * ((producers * line) / PIECE + 2);
  room = (room + SECTOR) / SECTOR * SECTOR;
  for (int i = 0; i < 2; i++)
    if (posix_memalign((void **)&groups[i].bytes, SECTOR, room)) die("memory");
  available = producers;
  pthread_t syncer;
  pthread_create(&syncer, NULL, sync_groups, NULL);
  double started = now(), end = started + atof(argv[4]);
  long next = 0;
  for (int at = 0; now() < end; at ^= 1) {
    pthread_mutex_lock(&lock);
    while (full[at] || !available) pthread_cond_wait(&changed, &lock);
    int n = available;
    available = 0;
    pthread_mutex_unlock(&lock);
    if (next + n > count) next = 0;
    size_t done = 0, total = n * line;
    groups[at].length = 0;
    while (done < total) {
      int part = total - done < PIECE ? total - done : PIECE;
      groups[at].length += LZ4_compress_default(
          events + next * line + done, groups[at].bytes + groups[at].length, part,
          room - groups[at].length);
      done += part;
    }
    groups[at].events = n;
    next += n;
    pthread_mutex_lock(&lock);
    full[at] = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_lock(&lock);
  long total = committed;
  double taken = now() - started;
  ended = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  pthread_join(syncer, NULL);
  printf("events_per_s=%.0f events=%ld bytes_per_event=%.0f\n", total / taken, total,
         (double)position / committed);
  return 0;
}
