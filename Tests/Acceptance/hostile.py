"""Clients that mean harm, or are broken, against a real server, beside one that does its work.

    FAULTLOG_BIN=.build/release python3 Tests/Acceptance/hostile.py [WORD…]

A client of its own process sends an event every few milliseconds all the time; each has to be answered
200 and counted once, whatever the others do. Beside it one kind of attack after the other; WORDs choose.
For each it prints the resident memory of the server before, at its peak and after, the latency of the
good client, and the answers that the others got. The server has to live, to give the memory back, and to
close what it gives up. Only loopback, some minutes, and everything stops by itself.
"""
import collections
import ctypes
import ctypes.util
import gzip
import http.client
import json
import multiprocessing
import os
import random
import re
import resource
import selectors
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time

from faultlog import Server, fail

WANTED_FILES = 65_536
# What an attack may add: 256 MB of unfinished bodies, which have up to twice the room while they
# grow, and what a few threads unpack.
PEAK_MEGABYTES = 700
# What may stay of a peak: memory that the allocator keeps for the next.
KEPT_MEGABYTES = 200
SETTLE_SECONDS = 20
PAUSE = 0.01


# MARK: the client that does its work

def good_client(port, key, commands, answers):
    """Sends events until it is told to stop; tells its latencies since the last question."""
    number, latencies = 0, []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Sentry-Auth": f"Sentry sentry_key={key}"}
    while True:
        body = json.dumps({"event_id": f"{number:032x}", "message": "good", "level": "info"})
        began = time.perf_counter()
        connection.request("POST", "/api/1/store/", body, headers)
        answer = connection.getresponse()
        answer.read()
        latencies.append(time.perf_counter() - began)
        if answer.status != 200:
            answers.put(("failed", answer.status))
            return
        number += 1
        if commands.poll():
            if commands.recv() == "stop":
                answers.put(("sent", number))
                return
            answers.put(("latencies", latencies))
            latencies = []
        time.sleep(PAUSE)


# MARK: measuring

def resident(process):
    with open(f"/proc/{process.pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def open_files(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


class Peak:
    """The most memory of the server while it runs."""

    def __init__(self, process):
        self.process, self.peak, self.ends = process, 0, False

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self):
        while not self.ends:
            self.peak = max(self.peak, resident(self.process))
            time.sleep(0.01)

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()


# MARK: talking

class Door:
    """Where an attack goes: the port for HTTP or the one for streams."""

    def __init__(self, server, key):
        self.key = key
        self.http = ("127.0.0.1", server.port)
        host, port = server.stream.rsplit(":", 1)
        self.stream = (host, int(port))
        self.hello = json.dumps({"hello": 1, "key": key}).encode() + b"\n"

    def head(self, path="/api/1/envelope/", *fields):
        lines = [f"POST {path} HTTP/1.1", "Host: localhost",
                 f"X-Sentry-Auth: Sentry sentry_key={self.key}", *fields]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def post(self, body, *fields):
        return self.head("/api/1/envelope/", f"Content-Length: {len(body)}", *fields) + body


def word(data):
    """What an answer says, in a word."""
    if data is None:
        return "reset"
    if not data:
        return "closed"
    if data.startswith(b"HTTP/"):
        return "+".join(found.decode() for found in re.findall(rb"HTTP/1\.1 (\d+)", data))
    last = json.loads(data.splitlines()[-1])
    return last.get("error") or next(iter(last))


def read_all(connection, seconds=15):
    """All that comes until the other side closes; what came, when nothing more comes."""
    data = b""
    connection.settimeout(seconds)
    try:
        while True:
            more = connection.recv(65_536)
            if not more:
                return data
            data += more
    except socket.timeout:
        return data + b"" if data else b"{\"silent\":0}"
    except OSError:
        return data or None


def exchange(address, pieces, ends=True, seconds=15):
    """Sends pieces, as far as the other side takes them, and says what came back."""
    with socket.create_connection(address, timeout=30) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return word(read_all(connection, seconds))


def many(count, work):
    """Runs `work` in that many threads, and counts its words."""
    words, threads = collections.Counter(), []
    lock = threading.Lock()

    def run(number):
        said = work(number)
        with lock:
            words[said] += 1

    for number in range(count):
        threads.append(threading.Thread(target=run, args=(number,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return words


# MARK: attacks


def fate(connection):
    """What was said on a connection that does not block; closes it."""
    try:
        return word(connection.recv(65_536))
    except BlockingIOError:
        return "held"
    except OSError:
        return "reset"
    finally:
        connection.close()


def drip(address, texts, count, seconds):
    """Connections that send a byte a second each, and what they have been told."""
    connections, words = [], collections.Counter()
    for number in range(count):
        connection = socket.create_connection(address, timeout=30)
        connection.setblocking(False)
        connections.append((connection, texts[number % len(texts)]))
    for second in range(seconds):
        for connection, text in connections:
            try:
                connection.send(text[second % len(text):][:1])
            except OSError:
                pass
        time.sleep(1)
    for connection, _ in connections:
        words[fate(connection)] += 1
    return words


def slow(door):
    return drip(door.http, [door.head(), b"POST /api/1/store/ HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 99], 200, 12)


def slow_stream(door):
    return drip(door.stream, [door.hello * 9], 100, 14)


def half_closed(door):
    body = b'{}\n{"type":"event"}\n{"message":"half"}'
    whole, request = door.post(body), door.post(body)[:-5]
    words = many(50, lambda _: "whole " + exchange(door.http, [whole]))
    words += many(50, lambda _: "cut " + exchange(door.http, [request]))
    words += many(50, lambda _: "head " + exchange(door.http, [request[:40]]))
    words += many(50, lambda _: "stream " + exchange(door.stream, [door.hello, b'{"message":"half"}']))
    return words


def idle(address, count, seconds):
    """Opens so many connections, keeps them for a while, and counts those that are left."""
    connections, words = [], collections.Counter()
    for _ in range(count):
        try:
            connections.append(socket.create_connection(address, timeout=10))
        except OSError as error:
            words[type(error).__name__] += 1
    time.sleep(seconds)
    for connection in connections:
        connection.setblocking(False)
        words[fate(connection)] += 1
    return words


def idle_connections(door):
    # Not more than this process may have itself.
    count = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    return idle(door.http, count, 3)


def idle_streams(door):
    return idle(door.stream, 400, 12)


MEGABYTE = bytes(1 << 20)


def attachment(door):
    size = 200 << 20
    start = b'{}\n{"type":"attachment","length":%d,"filename":"a"}\n' % size
    words = many(4, lambda _: "declared " + exchange(
        door.http, [door.head("/api/1/envelope/", f"Content-Length: {size + len(start)}"), start,
                    *[MEGABYTE] * 200], ends=False))
    chunk = b"%x\r\n" % len(MEGABYTE) + MEGABYTE + b"\r\n"
    words += many(4, lambda _: "chunked " + exchange(
        door.http, [door.head("/api/1/envelope/", "Transfer-Encoding: chunked"),
                    b"%x\r\n" % len(start) + start + b"\r\n", *[chunk] * 200, b"0\r\n\r\n"],
        ends=False))
    return words


def stalled(door):
    """Nearly whole bodies whose end does not come."""
    size = 19 << 20

    def work(number):
        with socket.create_connection(door.http, timeout=30) as connection:
            field = f"Content-Length: {size}" if number % 2 else "Transfer-Encoding: chunked"
            connection.sendall(door.head("/api/1/envelope/", field))
            if number % 2 == 0:
                connection.sendall(b"%x\r\n" % size)
            for _ in range(18):
                connection.sendall(MEGABYTE)
            time.sleep(3)
            connection.sendall(bytes(size - (18 << 20)) + (b"" if number % 2 else b"\r\n0\r\n\r\n"))
            connection.shutdown(socket.SHUT_WR)
            return ("declared " if number % 2 else "chunked ") + word(read_all(connection, 60))
    return many(60, work)


def long_line(door):
    return many(4, lambda _: exchange(door.stream, [door.hello, *[b"x" * (1 << 20)] * 200, b"\n"]))


def bomb(encoding):
    """300 MB of zeros, packed."""
    size = 300 << 20
    if encoding == "gzip":
        return gzip.compress(bytes(size), 9)
    name = {"br": "brotlienc", "zstd": "zstd"}[encoding]
    path = ctypes.util.find_library(name)
    if not path:
        return None
    library = ctypes.CDLL(path)
    source, room = bytes(size), 1 << 20
    target = ctypes.create_string_buffer(room)
    if encoding == "br":
        count = ctypes.c_size_t(room)
        # Quality 5 of 11, the default window, no special mode.
        done = library.BrotliEncoderCompress(
            5, 22, 0, ctypes.c_size_t(size), source, ctypes.byref(count), target)
        return target.raw[:count.value] if done else None
    library.ZSTD_compress.restype = ctypes.c_size_t
    count = library.ZSTD_compress(
        target, ctypes.c_size_t(room), source, ctypes.c_size_t(size), 3)
    return target.raw[:count] if count <= room else None


def bombs(door):
    words = collections.Counter()
    for encoding in ("gzip", "br", "zstd"):
        packed = bomb(encoding)
        if packed is None:
            words[f"{encoding}: no encoder here"] += 1
            continue
        request = door.post(packed, f"Content-Encoding: {encoding}")
        words += many(16, lambda _: f"{encoding} {exchange(door.http, [request])}")
    return words


def pipelining(door):
    """A hundred requests in one write, and cut at random places."""
    seed = random.randrange(1 << 32)
    print(f"pipelining seed {seed}")
    source = random.Random(seed)
    requests = [door.post(b'{}\n{"type":"event"}\n{"message":"piped"}') for _ in range(98)]
    # Some that are for the handlers behind, and one that is refused.
    requests.insert(30, b"OPTIONS /api/1/envelope/ HTTP/1.1\r\nHost: x\r\n\r\n")
    requests.insert(60, door.post(b"not an envelope"))
    whole = b"".join(requests)
    wanted = ["200"] * 100
    wanted[60] = "400"

    def send(number):
        cuts = sorted(source.sample(range(1, len(whole)), number)) if number else []
        pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)])]
        said = exchange(door.http, pieces)
        return "a hundred in order" if said.split("+") == wanted else f"not in order: {said}"
    words = collections.Counter(send(number) for number in (0, 1, 7, 50, 500, 2000))
    if set(words) != {"a hundred in order"}:
        fail(f"pipelining: {words}")
    return words


def hang_up(door):
    def work(number):
        text = door.post(b"x" * 100_000)
        address = door.stream if number % 2 else door.http
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall((door.hello + b'{"message":"' + b"y" * 50_000) if number % 2
                               else text[:50_000])
            # A reset, not an end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", number % 3 > 0, 0))
        return "gone"
    words = collections.Counter()
    for _ in range(10):
        words += many(50, work)
    return words


def long_heads(door):
    line = b"POST /api/1/store/?" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    field = b"POST /api/1/store/ HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n"
    fields = b"POST /api/1/store/ HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 100_000 + b"\r\n"
    words = many(20, lambda _: "line " + exchange(door.http, [line]))
    words += many(20, lambda _: "field " + exchange(door.http, [field]))
    words += many(20, lambda _: "fields " + exchange(door.http, [fields]))
    return words


def noise(door):
    seed = random.randrange(1 << 32)
    print(f"noise seed {seed}")
    source = random.Random(seed)
    tls = bytes.fromhex("16030100c4010000c00303") + source.randbytes(190)
    texts = {
        "random": None, "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(30), "TLS": tls,
        "NUL": bytes(10_000), "NUL in a head": b"POST /api/1/store/\0 HTTP/1.1\r\nHost: \0\r\n\r\n",
    }
    words = collections.Counter()
    for name, text in texts.items():
        for _ in range(20):
            data = text or source.randbytes(source.randrange(1, 5_000))
            words[f"{name} {exchange(door.http, [data])}"] += 1
            words[f"stream, {name} {exchange(door.stream, [data])}"] += 1
            words[f"stream behind a hello, {name} {exchange(door.stream, [door.hello, data])}"] += 1
    return words


ATTACKS = [slow, slow_stream, half_closed, idle_connections, idle_streams, attachment, stalled, long_line,
           bombs, pipelining, hang_up, long_heads, noise]


# MARK: at the limit of open files

def few_files(folder):
    """A server that may open few files has more connections than that."""
    server = Server(os.path.join(folder, "few"), stream=True, open_files=256).start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    door = Door(server, key)
    request = door.head("/api/1/store/", "Content-Length: 17") + b'{"message":"few"}'
    kept = socket.create_connection(door.http, timeout=30)

    def ask():
        kept.sendall(request)
        kept.settimeout(10)
        try:
            return word(kept.recv(65_536))
        except OSError:
            return "silent"

    first = ask()
    connections = [socket.create_connection(door.http, timeout=10) for _ in range(250)]
    time.sleep(1)
    with open(f"/proc/{server.process.pid}/stat") as file:
        ticks = sum(int(value) for value in file.read().rsplit(")", 1)[1].split()[11:13])
    time.sleep(2)
    with open(f"/proc/{server.process.pid}/stat") as file:
        ticks = sum(int(value) for value in file.read().rsplit(")", 1)[1].split()[11:13]) - ticks
    during = collections.Counter(ask() for _ in range(20))
    files = open_files(server.process)
    offline = server.status()["state"]
    for connection in connections:
        connection.close()
    deadline = time.time() + SETTLE_SECONDS
    while time.time() < deadline:
        again = exchange(door.http, [request], seconds=5)
        if again == "200":
            break
    percent = ticks / os.sysconf("SC_CLK_TCK") / 2 * 100
    print(f"at its own limit of 256 open files: {files} open; on an open connection {first}, then "
          f"{dict(during)}; {percent:.0f} % of a processor; the log is {offline}; after 250 connections are gone: {again}")
    if set(during) != {"200"} or again != "200" or percent > 50 or files > 250:
        fail("a server at its limit of open files does not go on")
    kept.close()
    server.stop()


# MARK: all of it

def latency_text(latencies):
    ordered = sorted(latencies)
    p50, p99 = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.99))
    return f"{len(ordered):5} good events, p50 {p50:6.1f} ms, p99 {p99:7.1f} ms"


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    chosen = [attack for attack in ATTACKS
              if not sys.argv[1:] or any(word in attack.__name__ for word in sys.argv[1:])]
    folder = tempfile.mkdtemp(prefix="faultlog-hostile-")
    server = Server(os.path.join(folder, "store"), stream=True).start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    door = Door(server, key)
    commands, far = multiprocessing.Pipe()
    answers = multiprocessing.Queue()
    client = multiprocessing.Process(
        target=good_client, args=(server.port, key, far, answers), daemon=True)
    client.start()

    def ask(question):
        commands.send(question)
        kind, value = answers.get(timeout=90)
        if kind == "failed":
            fail(f"the good client was answered {value}")
        return value

    time.sleep(2)
    print(f"beside nothing: {latency_text(ask('latencies'))}, resident {resident(server.process):.0f} MB, "
          f"load {os.getloadavg()[0]:.1f}")
    for attack in chosen:
        before, files = resident(server.process), open_files(server.process)
        with Peak(server.process) as peak:
            words = attack(door)
        latencies = ask("latencies")
        # What the server has been left with has to go: connections at once, memory soon.
        deadline = time.time() + SETTLE_SECONDS
        while time.time() < deadline and (
                open_files(server.process) > files + 5
                or resident(server.process) > before + KEPT_MEGABYTES / 4):
            time.sleep(0.2)
        after = resident(server.process)
        said = ", ".join(f"{count}x {what}" for what, count in sorted(words.items()))
        print(f"{attack.__name__:17} resident {before:4.0f} / {peak.peak:4.0f} / {after:4.0f} MB; "
              f"{latency_text(latencies)}; {said}", flush=True)
        if server.process.poll() is not None:
            fail(f"{attack.__name__}: the server is gone")
        if open_files(server.process) > files + 5:
            fail(f"{attack.__name__}: {open_files(server.process) - files} files are left open")
        if peak.peak > before + PEAK_MEGABYTES or after > before + KEPT_MEGABYTES:
            fail(f"{attack.__name__}: memory is not bounded, or does not come back")
    sent = ask("stop")
    client.join()
    server.wait_folded()
    good = [issue["events"] for issue in server.issues() if issue["title"] == "good"]
    if good != [sent]:
        fail(f"{good} events are counted of {sent} of the good client")
    server.stop()
    few_files(folder)
    shutil.rmtree(folder)
    print(f"hostile clients: {sent} events of the good one, each answered and counted once")


if __name__ == "__main__":
    main()
