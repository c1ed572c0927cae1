// Sends events over the stream, one a line, as fast as the socket takes them, and counts what is acknowledged.
//
//   stream --socket PATH --key K --events FILE [--count N] [--conns 4]
//
// Each connection sends its share of the file's lines. Prints name=value pairs.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64 };
typedef struct {
  char hello[256];
  size_t hello_length, hello_sent, received;
  const char *next, *end;
  int is_over;
  // An ack with the reasons of 100 refused lines is some KB.
  char answer[1 << 16];
} Stream;

static long accepted, duplicate, refused;

static void die(const char *what) { perror(what); exit(1); }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static long number(const char *line, const char *name) {
  const char *found = strstr(line, name);
  return found ? strtol(found + strlen(name), NULL, 10) : 0;
}

static void take(const char *line) {
  if (strstr(line, "\"error\"")) {
    fprintf(stderr, "stream: %s\n", line);
    exit(1);
  }
  accepted += number(line, "\"accepted\":");
  duplicate += number(line, "\"duplicate\":");
  refused += number(line, "\"refused\":");
}

// Reads what there is; whole lines are acks.
static void pull(int fd, Stream *s) {
  ssize_t n = recv(fd, s->answer + s->received, sizeof s->answer - 1 - s->received, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    s->is_over = 1;
    return;
  }
  s->received += n;
  s->answer[s->received] = 0;
  char *start = s->answer, *end;
  while ((end = strchr(start, '\n'))) {
    *end = 0;
    take(start);
    start = end + 1;
  }
  s->received -= start - s->answer;
  memmove(s->answer, start, s->received);
  if (s->received == sizeof s->answer - 1) die("an ack is too long");
}

// Sends what the socket takes, and then the end.
static void push(int fd, Stream *s) {
  while (s->next < s->end) {
    int is_hello = s->hello_sent < s->hello_length;
    const char *bytes = is_hello ? s->hello + s->hello_sent : s->next;
    size_t length = is_hello ? s->hello_length - s->hello_sent : (size_t)(s->end - s->next);
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) die("send");
    if (is_hello) s->hello_sent += n;
    else s->next += n;
  }
  shutdown(fd, SHUT_WR);
}

int main(int argc, char **argv) {
  const char *path = NULL, *key = "", *file = NULL;
  long count = 0, connections = 4;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i], *value = argv[i + 1];
    if (!strcmp(name, "--socket")) path = value;
    else if (!strcmp(name, "--key")) key = value;
    else if (!strcmp(name, "--events")) file = value;
    else if (!strcmp(name, "--count")) count = atol(value);
    else if (!strcmp(name, "--conns")) connections = atol(value);
    else return fprintf(stderr, "stream: what is %s?\n", name), 2;
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || !file || connections < 1 || connections > MOST || strlen(path) >= sizeof address.sun_path)
    return fprintf(stderr, "stream: see the source\n"), 2;
  strcpy(address.sun_path, path);
  int in = open(file, O_RDONLY);
  struct stat st;
  if (in < 0 || fstat(in, &st) < 0) die(file);
  const char *events = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, in, 0);
  if (events == MAP_FAILED) die("mmap");
  // All lines have the length of the first.
  size_t line = (const char *)memchr(events, '\n', st.st_size) - events + 1;
  if (!count || count > (long)(st.st_size / line)) count = st.st_size / line;

  Stream *all = calloc(connections, sizeof *all);
  struct pollfd polled[MOST];
  for (long i = 0; i < connections; i++) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (void *)&address, sizeof address) < 0) die("connect");
    all[i].hello_length = snprintf(all[i].hello, sizeof all[i].hello, "{\"hello\":1,\"key\":\"%s\"}\n", key);
    all[i].next = events + count * i / connections * line;
    all[i].end = events + count * (i + 1) / connections * line;
    polled[i] = (struct pollfd){.fd = fd};
  }
  double began = now();
  long open_count = connections;
  while (open_count) {
    for (long i = 0; i < connections; i++)
      polled[i].events = POLLIN | (all[i].next < all[i].end ? POLLOUT : 0);
    if (poll(polled, connections, -1) < 0) die("poll");
    for (long i = 0; i < connections; i++) {
      if (polled[i].revents & POLLOUT) push(polled[i].fd, &all[i]);
      if (polled[i].revents & (POLLIN | POLLHUP | POLLERR)) pull(polled[i].fd, &all[i]);
      if (all[i].is_over) {
        close(polled[i].fd);
        polled[i].fd = -1;
        all[i].is_over = 0;
        open_count--;
      }
    }
  }
  double taken = now() - began;
  printf("events_per_s=%.0f events=%ld seconds=%.3f duplicate=%ld refused=%ld\n", accepted / taken, accepted,
         taken, duplicate, refused);
  return accepted + duplicate != count;
}
