// Sends requests over keep-alive connections on the loopback, one in flight on each, and measures.
//
//   load --port P --events FILE [--line 4097] [--count N] [--skip N] [--conns 64] [--rate R]
//        [--project 1] [--key K] --mode envelope | gzip | ndjson [--batch 100]
//   load --port P --paths FILE --token T [--count N] [--conns 1] [--rate R]
//
// Events are lines of one length that begin with {"event_id":"…32 digits…"; an envelope request
// holds one, an ndjson request --batch. Paths are asked for with GET, over and over. With --rate a
// request is due every 1/R s, and its latency counts from when it was due.
// Prints name=value pairs; latencies in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

typedef struct { char head[640]; size_t head_length; const char *body; size_t length; } Request;
typedef struct {
  int fd, busy;
  Request request;
  size_t sent, received, expected;
  uint64_t due;
  char answer[1 << 18];
} Connection;

static const char *mode = "envelope", *project = "1", *key = "", *token = "";
static int port, batch = 100;
static size_t line = 4097;
static const char *events;
static char **paths;
static long path_count;
static struct { char *bytes; uint32_t length; } *packed;
static char sent_at[32];

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

// Latencies: exact below 64 us, then 64 steps for each doubling.
enum { STEPS = 64 * 40 };
static uint64_t histogram[STEPS], measured, slowest;

static void record(uint64_t nanoseconds) {
  uint64_t us = nanoseconds / 1000;
  int bits = us < 64 ? 5 : 63 - __builtin_clzll(us);
  int at = us < 64 ? (int)us : (bits - 5) * 64 + (int)(us >> (bits - 6) & 63);
  histogram[at < STEPS ? at : STEPS - 1]++;
  measured++;
  if (us > slowest) slowest = us;
}

static uint64_t quantile(double share) {
  uint64_t wanted = share * measured, seen = 0;
  for (int i = 0; i < STEPS; i++) {
    seen += histogram[i];
    if (seen > wanted) return i < 64 ? (uint64_t)i : (uint64_t)(64 + i % 64) << (i / 64 - 1);
  }
  return slowest;
}

static size_t envelope_head(const char *event, char *out, size_t room) {
  return snprintf(out, room,
                  "{\"event_id\":\"%.32s\",\"sent_at\":\"%s\"}\n"
                  "{\"type\":\"event\",\"content_type\":\"application/json\",\"length\":%zu}\n",
                  event + 13, sent_at, line - 1);
}

static void pack(long first, long count) {
  packed = malloc(count * sizeof *packed);
  char *plain = malloc(line + 512), *out = malloc(line * 2 + 1024);
  for (long i = 0; i < count; i++) {
    const char *event = events + (first + i) * line;
    size_t length = envelope_head(event, plain, 512);
    memcpy(plain + length, event, line);
    z_stream stream = {0};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK) die("zlib");
    stream.next_in = (void *)plain;
    stream.avail_in = length + line;
    stream.next_out = (void *)out;
    stream.avail_out = line * 2 + 1024;
    deflate(&stream, Z_FINISH);
    packed[i].length = stream.total_out;
    packed[i].bytes = memcpy(malloc(stream.total_out), out, stream.total_out);
    deflateEnd(&stream);
  }
  free(plain);
  free(out);
}

static void post(Request *r, const char *path, const char *type, const char *encoding,
                 size_t inner, size_t length) {
  r->head_length = snprintf(
      r->head, sizeof r->head,
      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: sentry.python/2.19.2\r\n"
      "Content-Type: %s\r\n%sX-Sentry-Auth: Sentry sentry_version=7, "
      "sentry_client=sentry.python/2.19.2, sentry_key=%s\r\nContent-Length: %zu\r\n\r\n",
      path, port, type, encoding, key, inner + length);
  r->length = length;
}

static void make(Request *r, long first, long number) {
  char path[128];
  if (paths) {
    r->head_length = snprintf(r->head, sizeof r->head,
                              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s"
                              "\r\nContent-Length: 0\r\n\r\n",
                              paths[number % path_count], port, token);
    r->length = 0;
  } else if (!strcmp(mode, "ndjson")) {
    post(r, "/api/events", "application/x-ndjson", "", 0, batch * line);
    r->body = events + (first + number * batch) * line;
  } else {
    snprintf(path, sizeof path, "/api/%s/envelope/", project);
    const char *type = "application/x-sentry-envelope";
    if (packed) {
      post(r, path, type, "Content-Encoding: gzip\r\n", 0, packed[number].length);
      r->body = packed[number].bytes;
    } else {
      char inner[256];
      r->body = events + (first + number) * line;
      size_t length = envelope_head(r->body, inner, sizeof inner);
      post(r, path, type, "", length, line);
      memcpy(r->head + r->head_length, inner, length);
      r->head_length += length;
    }
  }
}

// Sends what the socket takes.
static void push(Connection *c) {
  size_t total = c->request.head_length + c->request.length;
  while (c->sent < total) {
    struct iovec parts[2];
    int n = 0;
    if (c->sent < c->request.head_length)
      parts[n++] = (struct iovec){c->request.head + c->sent, c->request.head_length - c->sent};
    size_t done = c->sent > c->request.head_length ? c->sent - c->request.head_length : 0;
    if (done < c->request.length)
      parts[n++] = (struct iovec){(char *)c->request.body + done, c->request.length - done};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = n};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) die("send");
    c->sent += sent;
  }
}

static long failures;

// 1 when a whole answer has come.
static int pull(Connection *c) {
  ssize_t n = recv(c->fd, c->answer + c->received, sizeof c->answer - 1 - c->received, 0);
  if (n < 0 && errno == EAGAIN) return 0;
  if (n <= 0) {
    fprintf(stderr, "load: the server closed a connection\n");
    exit(1);
  }
  c->received += n;
  c->answer[c->received] = 0;
  if (!c->expected) {
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) return 0;
    char *field = strcasestr(c->answer, "\r\ncontent-length:");
    c->expected = end + 4 - c->answer + (field && field < end ? strtoul(field + 17, NULL, 10) : 0);
    if (c->expected >= sizeof c->answer) die("an answer is too long");
  }
  if (c->received < c->expected) return 0;
  if (memcmp(c->answer + 9, "200", 3)) {
    if (!failures++) fprintf(stderr, "load: %.*s\n", (int)c->received, c->answer);
  }
  return 1;
}

static const char *map(const char *path, size_t *size) {
  int fd = open(path, O_RDONLY);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0) die(path);
  *size = st.st_size;
  const char *bytes = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (bytes == MAP_FAILED) die("mmap");
  return bytes;
}

static void read_paths(const char *file) {
  FILE *in = fopen(file, "r");
  if (!in) die(file);
  char text[512];
  paths = malloc(100000 * sizeof *paths);
  while (path_count < 100000 && fgets(text, sizeof text, in)) {
    text[strcspn(text, "\n")] = 0;
    if (*text) paths[path_count++] = strdup(text);
  }
  fclose(in);
  if (!path_count) die("no paths");
}

int main(int argc, char **argv) {
  const char *event_file = NULL, *path_file = NULL;
  long count = 0, first = 0;
  int connections = 64;
  double rate = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i], *value = argv[i + 1];
    if (!strcmp(name, "--port")) port = atoi(value);
    else if (!strcmp(name, "--events")) event_file = value;
    else if (!strcmp(name, "--paths")) path_file = value;
    else if (!strcmp(name, "--line")) line = atoi(value);
    else if (!strcmp(name, "--count")) count = atol(value);
    else if (!strcmp(name, "--skip")) first = atol(value);
    else if (!strcmp(name, "--conns")) connections = atoi(value);
    else if (!strcmp(name, "--rate")) rate = atof(value);
    else if (!strcmp(name, "--project")) project = value;
    else if (!strcmp(name, "--key")) key = value;
    else if (!strcmp(name, "--token")) token = value;
    else if (!strcmp(name, "--mode")) mode = value;
    else if (!strcmp(name, "--batch")) batch = atoi(value);
    else return fprintf(stderr, "load: what is %s?\n", name), 2;
  }
  if (!port || (!event_file && !path_file)) return fprintf(stderr, "load: see the source\n"), 2;
  time_t today = time(NULL);
  strftime(sent_at, sizeof sent_at, "%Y-%m-%dT%H:%M:%SZ", gmtime(&today));
  long per_request = 1;
  if (path_file) {
    read_paths(path_file);
  } else {
    size_t size;
    events = map(event_file, &size);
    long have = size / line - first;
    if (!count || count > have) count = have;
    if (!strcmp(mode, "gzip")) pack(first, count);
    if (!strcmp(mode, "ndjson")) per_request = batch;
    count /= per_request;
  }
  int poll = epoll_create1(0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  Connection *all = calloc(connections, sizeof *all);
  for (int i = 0; i < connections; i++) {
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (void *)&address, sizeof address) < 0) die("connect");
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
  }
  uint64_t started = now();
  long issued = 0, answered = 0;
  while (answered < count) {
    uint64_t time = now();
    for (int i = 0; i < connections && issued < count; i++) {
      if (all[i].busy) continue;
      uint64_t due = rate > 0 ? started + (uint64_t)(issued * 1e9 / rate) : time;
      if (due > time) break;
      Connection *c = &all[i];
      make(&c->request, first, issued++);
      c->busy = 1;
      c->due = due;
      c->sent = c->received = c->expected = 0;
      push(c);
    }
    struct epoll_event ready[256];
    uint64_t next = rate > 0 && issued < count ? started + (uint64_t)(issued * 1e9 / rate) : 0;
    time = now();
    uint64_t rest = next > time ? next - time : 0;
    // With all connections busy, an answer is what ends the wait.
    if (!next || (!rest && issued - answered == connections)) rest = 1000000000;
    struct timespec limit = {rest / 1000000000, rest % 1000000000};
    int n = epoll_pwait2(poll, ready, 256, &limit, NULL);
    for (int i = 0; i < n; i++) {
      Connection *c = ready[i].data.ptr;
      if (!c->busy) continue;
      if (ready[i].events & EPOLLOUT) push(c);
      if (ready[i].events & EPOLLIN && pull(c)) {
        record(now() - c->due);
        c->busy = 0;
        answered++;
      }
    }
  }
  double taken = (now() - started) / 1e9;
  printf("events_per_s=%.0f events=%ld seconds=%.3f failures=%ld p50_us=%lu p95_us=%lu p99_us=%lu "
         "max_us=%lu\n",
         answered * per_request / taken, answered * per_request, taken, failures, quantile(.5),
         quantile(.95), quantile(.99), slowest);
  return failures > 0;
}
