// The floor of an HTTP ingest: reads requests, appends their bodies, syncs, answers; parses nothing.
//
//   http PORT FILE [pack]
//
// One thread reads all connections and gathers bodies; another writes what was gathered, syncs it
// once, and answers every request of the group. With `pack` it writes LZ4 blocks of 64 KiB, as the log
// does. Ends on SIGTERM.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 4 << 20, GROUP = 64 << 20, WAITING = 4096, STEP = 64 << 20, CHUNK = 64 << 10 };

typedef struct { int fd; size_t length, body, whole; char bytes[BUFFER]; } Connection;
typedef struct { char *bytes; size_t length; int fds[WAITING], count; } Group;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Group groups[2], *gathering = &groups[0];
static int file;
static char *packed;
static const char answer[] =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

static void die(const char *what) { perror(what); exit(1); }

// The bytes to be written for a group; `*length` is how many.
static const char *pack(const Group *group, size_t *length) {
  *length = group->length;
  if (!packed) return group->bytes;
  size_t out = 0;
  for (size_t in = 0; in < group->length; in += CHUNK) {
    int size = group->length - in < CHUNK ? (int)(group->length - in) : CHUNK;
    out += LZ4_compress_default(group->bytes + in, packed + out, size, LZ4_COMPRESSBOUND(CHUNK));
  }
  *length = out;
  return packed;
}

static void *sync_groups(void *unused) {
  (void)unused;
  off_t position = 0, reserved = 0;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (!gathering->count) pthread_cond_wait(&changed, &lock);
    Group *group = gathering;
    gathering = group == &groups[0] ? &groups[1] : &groups[0];
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    size_t length;
    const char *bytes = pack(group, &length);
    while (position + (off_t)length > reserved) {
      if (fallocate(file, 0, reserved, STEP) < 0) die("fallocate");
      reserved += STEP;
    }
    if (pwrite(file, bytes, length, position) != (ssize_t)length) die("pwrite");
    if (fdatasync(file) < 0) die("fdatasync");
    position += length;
    for (int i = 0; i < group->count; i++)
      if (send(group->fds[i], answer, sizeof answer - 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
        die("send");
    pthread_mutex_lock(&lock);
    group->length = group->count = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void take(Connection *c) {
  pthread_mutex_lock(&lock);
  size_t size = c->whole - c->body;
  while (gathering->count == WAITING || gathering->length + size > GROUP)
    pthread_cond_wait(&changed, &lock);
  memcpy(gathering->bytes + gathering->length, c->bytes + c->body, size);
  gathering->length += size;
  gathering->fds[gathering->count++] = c->fd;
  if (gathering->count == 1) pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

// 0 when the connection is closed.
static int receive(Connection *c) {
  ssize_t n = recv(c->fd, c->bytes + c->length, BUFFER - c->length, 0);
  if (n < 0 && errno == EAGAIN) return 1;
  if (n <= 0) return 0;
  c->length += n;
  for (;;) {
    if (!c->whole) {
      char *end = memmem(c->bytes, c->length, "\r\n\r\n", 4);
      if (!end) return 1;
      char *field = memmem(c->bytes, end - c->bytes, "\r\nContent-Length: ", 18);
      c->body = end + 4 - c->bytes;
      c->whole = c->body + (field ? strtoul(field + 18, NULL, 10) : 0);
      if (c->whole > BUFFER) return 0;
    }
    if (c->length < c->whole) return 1;
    take(c);
    memmove(c->bytes, c->bytes + c->whole, c->length - c->whole);
    c->length -= c->whole;
    c->whole = 0;
  }
}

int main(int argc, char **argv) {
  if (argc != 3 && (argc != 4 || strcmp(argv[3], "pack")))
    return fprintf(stderr, "usage: http PORT FILE [pack]\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) die(argv[2]);
  groups[0].bytes = malloc(GROUP);
  groups[1].bytes = malloc(GROUP);
  if (argc == 4) packed = malloc((size_t)(GROUP / CHUNK + 1) * LZ4_COMPRESSBOUND(CHUNK));
  int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(door, (void *)&address, sizeof address) < 0 || listen(door, 1024) < 0) die("listen");
  pthread_t syncer;
  pthread_create(&syncer, NULL, sync_groups, NULL);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
  epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
  for (;;) {
    int n = epoll_wait(poll, ready, 256, -1);
    for (int i = 0; i < n; i++) {
      Connection *c = ready[i].data.ptr;
      if (!c) {
        c = calloc(1, sizeof *c);
        c->fd = accept4(door, NULL, NULL, SOCK_NONBLOCK);
        if (c->fd < 0) die("accept");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event.data.ptr = c;
        epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event);
      } else if (!receive(c)) {
        // An answer may still be on its way to this number: it is left open.
        epoll_ctl(poll, EPOLL_CTL_DEL, c->fd, NULL);
        shutdown(c->fd, SHUT_RDWR);
        free(c);
      }
    }
  }
}
