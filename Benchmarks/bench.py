"""Measures Faultlog beside a floor or a peer, and prints a table; `run.sh` calls it.

Only the standard library; DuckDB is the peer of the rebuilds where it can be installed, else the
sqlite3 that comes with Python.
"""
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

import maps
import peers
from server import Server

BIN = os.environ["FAULTLOG_BIN"]
WORK = sys.argv[1]
EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ISSUES = 2_000
QUERY_ISSUES = 100_000
TOP_EVENTS = 100_000
SEALED_SECONDS = 300
LINE = 4_097
PRODUCERS = 64
HTTP_EVENTS = 100_000
GZIP_EVENTS = 50_000
NDJSON_EVENTS = 300_000
NDJSON_BATCH = 100
STREAMS = 4
# 1.1 GB an 1,000,000 when sealed; BENCH_SEALED=10000000 is the size that the goal is for.
SEALED_EVENTS = int(os.environ.get("BENCH_SEALED", "1000000"))
KEY_OF_FLOOR = "none"
IDLE_SECONDS = 10


def path(name):
    return os.path.join(WORK, name)


def run(*command, cpu=None):
    """Runs a program that prints name=value pairs; returns its last line as a dictionary."""
    pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
    done = subprocess.run([*pin, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    pairs = (pair.split("=") for pair in done.stdout.splitlines()[-1].split())
    return {name: float(value) for name, value in pairs}


def engine(*arguments, cpu=None):
    return run(f"{BIN}/faultlog-bench", *arguments, cpu=cpu)


def fresh(name):
    """An empty folder."""
    shutil.rmtree(path(name), ignore_errors=True)
    os.makedirs(path(name))
    return path(name)


def events(form="sentry", count=EVENTS, issues=ISSUES, first=0):
    """A file of generated events, made once; `first`: where others of the same numbers are in the log already."""
    name = path(f"{form}-{count}-{issues}-{first}.ndjson")
    if not os.path.exists(name):
        subprocess.run(
            [f"{BIN}/faultlog-bench", "generate", form, str(count), str(issues), name, str(first)],
            check=True)
    return name


class Table:
    """Prints rows as they come: what, ours, the floor or peer, the ratio, the goal."""
    widths = (46, 26, 32, 7, 22)

    def __init__(self):
        self.row("what", "ours: median (min-max)", "floor or peer", "ratio", "goal")

    def row(self, *cells):
        print("  ".join(f"{c:<{w}}" for c, w in zip(cells, self.widths)).rstrip(), flush=True)

    def add(self, what, ours, peer=None, peer_name="", goal="", unit=""):
        ratio = ""
        if peer:
            ratio = f"{statistics.median(ours) / statistics.median(peer):.2f}"
        self.row(what, spread(ours, unit), f"{spread(peer, unit)} {peer_name}" if peer else peer_name,
                 ratio, goal)


def spread(values, unit=""):
    text = [f"{v:,.0f}" if v >= 100 else f"{v:.1f}" for v in
            (statistics.median(values), min(values), max(values))]
    return text[0] + unit if len(values) == 1 else f"{text[0]}{unit} ({text[1]}-{text[2]})"


# MARK: the parts

def append(table):
    file = events(count=min(EVENTS, HTTP_EVENTS))
    ours, floor, size = [], [], []
    for _ in range(ROUNDS + 2):
        result = engine("append", file, fresh("log"), PRODUCERS, 2)
        ours.append(result["events_per_s"])
        size.append(result["bytes_per_event"])
        floor.append(run(path("append"), file, path("floor.log"), PRODUCERS, 2)["events_per_s"])
    table.add("append, 64 producers, durable, events/s", ours, floor, "C: LZ4+write+fdatasync",
              "ratio >= 0.9")
    table.add("disk, open segment, bytes an event", size)


def latency(table):
    file = events(count=min(EVENTS, HTTP_EVENTS))
    results = [engine("latency", file, fresh("latency")) for _ in range(ROUNDS)]
    table.add("one append on an idle log, p50, ms", [r["append_p50_ms"] for r in results],
              [r["sync_p50_ms"] for r in results], "write+fdatasync")
    table.add("  over its sync, p50, ms", [r["overhead_p50_ms"] for r in results], goal="<= 0.3")
    table.add("  a follower has it after, p99, ms", [r["follower_p99_ms"] for r in results],
              goal="< 5")


def lookup(table):
    file = events(count=min(EVENTS, HTTP_EVENTS))
    log = fresh("lookup")
    made = engine("lookup-prepare", file, log, SEALED_EVENTS)
    table.add(f"{SEALED_EVENTS:,} events, batches of 500, events/s",
              [SEALED_EVENTS / made["append_s"]])
    table.add("  disk, all but the last segment sealed, bytes", [made["bytes_per_event"]],
              goal="<= 1,000 sealed calmly")
    results = [engine("lookup", file, log) for _ in range(ROUNDS)]
    for what, name, goal in (
            ("an event by its id", "id", "p99 < 5"),
            ("the newest 50 of an issue, found", "issue50_found", "p99 < 5"),
            ("  with their digests", "issue50_listed", "p99 < 5"),
            ("  with their whole lines", "issue50_read", "p99 < 5")):
        for part in ("p50", "p99"):
            table.add(f"{what}: {part}, ms", [r[f"{name}_{part}_ms"] for r in results],
                      goal=goal if part == "p99" else "")


class Door:
    """A server under load: ours, with a project, or the floor's."""

    def __init__(self, floor, *how):
        self.floor = floor
        if floor:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.port = s.getsockname()[1]
            self.key = KEY_OF_FLOOR
            self.process = subprocess.Popen([path("http"), str(self.port), path("floor.log"), *how])
            wait_for_port(self.port)
        else:
            self.server = Server(BIN, fresh("store"))
            self.port, self.key = self.server.port, self.server.create_project("shop")

    def load(self, file, mode, count, *more):
        return run(path("load"), "--port", self.port, "--key", self.key, "--events", file,
                   "--mode", mode, "--count", count, *more)

    def stop(self):
        if self.floor:
            self.process.terminate()
            self.process.wait()
        else:
            self.server.stop()


def wait_for_port(port):
    deadline = time.time() + 10
    while time.time() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit("the floor's server did not start")


def http(table):
    sentry = events(count=min(EVENTS, HTTP_EVENTS))
    native = events("native", count=min(EVENTS, NDJSON_EVENTS))
    idle = []
    runs = (
        ("HTTP, an envelope a request", "envelope", sentry, HTTP_EVENTS, (), ">= 40,000/s"),
        ("HTTP, gzip", "gzip", sentry, GZIP_EVENTS, (), ""),
        (f"HTTP, NDJSON, {NDJSON_BATCH} a request", "ndjson", native, NDJSON_EVENTS,
         ("--batch", NDJSON_BATCH, "--conns", 16), ">= 80,000/s"),
    )
    for what, mode, file, count, more, goal in runs:
        ours, floor, packing_floor, visible = [], [], [], []
        memory = []
        for _ in range(ROUNDS):
            door = Door(floor=False)
            if not idle:
                # What only the start needs is given back after five seconds.
                time.sleep(IDLE_SECONDS)
                idle.append(door.server.memory())
            started = time.time()
            ours.append(door.load(file, mode, count, *more))
            door.server.wait_folded("issues", int(ours[-1]["events"]))
            # Packing the bodies takes place before the first request.
            packing = time.time() - started - ours[-1]["seconds"]
            visible.append((ours[-1]["seconds"], packing))
            memory.append(door.server.memory())
            door.stop()
            for rates, how in ((floor, ()), (packing_floor, ("pack",))):
                door = Door(True, *how)
                rates.append(door.load(file, mode, count, *more))
                door.stop()
        rates = [r["events_per_s"] for r in ours]
        table.add(f"{what}: acknowledged/s", rates,
                  [r["events_per_s"] for r in floor], "C: read+write+sync", goal)
        if mode != "gzip":
            table.add("  beside the same with LZ4", rates,
                      [r["events_per_s"] for r in packing_floor], "C: read+LZ4+write+sync")
        if mode != "gzip":
            behind = [rest * 1e3 for _, rest in visible]
            table.add("  issues view behind at the end, ms", behind)
        table.add("  latency p99, ms", [r["p99_us"] / 1e3 for r in ours],
                  [r["p99_us"] / 1e3 for r in floor], "",
                  "< 50 ms" if mode == "envelope" else "")
        table.add("  latency p50, ms", [r["p50_us"] / 1e3 for r in ours],
                  [r["p50_us"] / 1e3 for r in floor])
        table.add("  memory after it, MB", memory)
    table.add("memory, idle, MB", idle, goal="< 40 MB")


def stream(table):
    native = events("native", count=min(EVENTS, NDJSON_EVENTS))
    ours, floor, visible, memory = [], [], [], []
    for _ in range(ROUNDS):
        door = Door(floor=False)
        ours.append(run(path("stream"), "--socket", door.server.stream, "--key", door.key,
                        "--events", native, "--count", NDJSON_EVENTS, "--conns", STREAMS))
        visible.append(door.server.seconds_behind("issues") * 1e3)
        memory.append(door.server.memory())
        door.stop()
        door = Door(True, "pack")
        floor.append(door.load(native, "ndjson", NDJSON_EVENTS, "--batch", NDJSON_BATCH, "--conns", 16))
        door.stop()
    table.add(f"stream, {STREAMS} at once: acknowledged/s", [r["events_per_s"] for r in ours],
              [r["events_per_s"] for r in floor], "C: read HTTP NDJSON+LZ4+write+sync", ">= 80,000/s")
    table.add("  issues view behind at the end, ms", visible)
    table.add("  memory after it, MB", memory)


def rebuild(table):
    file = events()
    log = fresh("rebuild")
    size = engine("fill", file, log)["bytes_per_event"]
    views = fresh("views")
    digests = [engine("rebuild", "digests", log, views, cpu=0)["events_per_s"]
               for _ in range(ROUNDS)]
    payloads = [engine("rebuild", "payloads", log, views, cpu=0)["events_per_s"]
                for _ in range(ROUNDS)]
    limits = {what: [engine("read", what, log, cpu=0)["events_per_s"] for _ in range(ROUNDS)]
              for what in ("digests", "payloads")}
    intake = [engine("intake", "sentry", file, cpu=0)["events_per_s"]]
    shutil.rmtree(log)
    peer = peers.measure(WORK, file, EVENTS, ROUNDS)
    table.add("rebuild from digests, one thread, events/s", digests, peer.columns, peer.name,
              ">= 2,000,000/s")
    table.add("  of reading and checking them alone", digests, limits["digests"])
    table.add("rebuild from payloads, one thread, events/s", payloads, peer.payloads, peer.name,
              ">= 300,000/s")
    table.add("  of reading and unpacking them alone", payloads, limits["payloads"])
    table.add("  decoding on the way in alone, events/s", intake)
    table.add("disk, batches of 500, bytes an event", [size])


# What people ask the list for: orders and filters, words and conditions, one that finds nothing.
LISTS = ("", "?sort=events", "?status=open&sort=lastSeen", "?sort=users&environment=production",
         "?sort=firstSeen&order=asc", "?sort=trend")
SEARCHES = ("query=timeout", "query=merge%20cart", "query=level:error%20events:%3E10%20is:unresolved",
            "query=%22no%20such%20words%22", "query=type:*Error%20!handle&sort=events",
            "query=release:%3E=shop@4.2.0%20project:shop&sort=users")


def queries(table):
    """The issue list, searches and issues, while such events come in at half of their top rate."""
    native = events("native", count=EVENTS, issues=QUERY_ISSUES)
    top = events(count=TOP_EVENTS, issues=QUERY_ISSUES, first=EVENTS)
    door = Door(floor=False)
    door.load(native, "ndjson", EVENTS, "--batch", NDJSON_BATCH, "--conns", 16)
    door.server.wait_folded("issues", EVENTS)
    # Of so many issues each event changes a row of its own: the rate is another one than with few.
    top_rate = door.load(top, "envelope", TOP_EVENTS)["events_per_s"]
    table.add(f"HTTP, an envelope a request, {QUERY_ISSUES:,} issues: acknowledged/s", [top_rate])
    rate = max(100, round(top_rate / 2, -2))
    seconds = 20
    sentry = events(count=int(rate * seconds), issues=QUERY_ISSUES, first=EVENTS + TOP_EVENTS)
    # What came at once before is sealed behind it for some minutes; that is not what is measured.
    door.server.wait_sealed(SEALED_SECONDS)
    issues = door.server.issue_ids(2_000)
    with open(path("lists"), "w") as file:
        file.writelines(f"/api/error-issues{query}\n" for query in LISTS)
    with open(path("searches"), "w") as file:
        file.writelines(f"/api/error-issues?{query}\n" for query in SEARCHES)
    with open(path("details"), "w") as file:
        step = max(1, len(issues) // 500)
        file.writelines(f"/api/error-issues/{issue}\n" for issue in issues[::step])
    arguments = ["--port", door.port, "--key", door.key, "--events", sentry, "--mode",
                 "envelope", "--rate", rate, "--count", int(rate * seconds)]
    ingest = subprocess.Popen([path("load"), *map(str, arguments)], stdout=subprocess.DEVNULL)
    # What a request without work waits for here: the cores are shared with ingest and its client.
    with open(path("health"), "w") as file:
        file.write("/healthz\n")
    lag, is_over = [], threading.Event()
    def watch():
        while not is_over.wait(0.1):
            lag.append(door.server.seconds_behind("issues") * 1e3)
    watcher = threading.Thread(target=watch)
    time.sleep(1)
    watcher.start()
    results = {}
    for name in ("health", "lists", "searches", "details"):
        results[name] = [run(path("load"), "--port", door.port, "--paths", path(name), "--token",
                             door.server.token, "--count", 200, "--rate", 100, "--conns", 4)
                         for _ in range(2)]
    is_over.set()
    watcher.join()
    ingest.wait()
    # Events that the log has already would cost less than new ones.
    assert door.server.ask("GET", "/api/status")["duplicate"] == 0
    health = {p: [r[f"{p}_us"] / 1e3 for r in results["health"]] for p in ("p95", "p99")}
    for name, what in (("lists", "issue list"), ("searches", "search"), ("details", "issue detail")):
        table.add(f"{what} at {rate:,.0f} events/s: p95, ms",
                  [r["p95_us"] / 1e3 for r in results[name]], [48.8], "best published peer",
                  "< 5 ms")
        table.add("  … beside a request without work", [r["p95_us"] / 1e3 for r in results[name]],
                  health["p95"], "/healthz")
        table.add("  p99, ms", [r["p99_us"] / 1e3 for r in results[name]], health["p99"], "/healthz",
                  "< 20 ms")
        table.add("  p50, ms", [r["p50_us"] / 1e3 for r in results[name]])
    lag.sort()
    table.add("  issues view behind meanwhile: p50, ms", [lag[len(lag) // 2]])
    table.add("  p99, ms", [lag[int(len(lag) * 0.99)]], goal="< 200 ms")
    for when in ("first", "again"):
        began = time.perf_counter()
        door.server.ask("GET", f"/api/error-issues?as_of={EVENTS // 2}")
        table.add(f"the list as of the middle, {when}, ms", [(time.perf_counter() - began) * 1e3],
                  goal="< 1,000 ms")
    table.add(f"memory after {EVENTS:,} events, at most {QUERY_ISSUES:,} issues, MB",
              [door.server.memory()])
    door.stop()


def start(table):
    def once():
        began = time.perf_counter()
        subprocess.run([f"{BIN}/logctl", "--version"], stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - began) * 1e3

    def bare():
        began = time.perf_counter()
        subprocess.run(["/bin/true"], check=True)
        return (time.perf_counter() - began) * 1e3

    once()
    ours, floor = zip(*((once(), bare()) for _ in range(40)))
    table.add("logctl start-up, ms", [statistics.median(ours)], [statistics.median(floor)],
              "/bin/true", "about 5 ms")


# Decoding by rust-sourcemap is so much of Node's on one and the same machine; the goal is half as much again.
RUST_OF_NODE = ((1 << 20, 0.44), (8 << 20, 0.13), (None, 0.20))


def sourcemaps(table):
    """Decoding beside Node's own SourceMap, and lookups in the stored form."""
    for name, file in maps.find(WORK).items():
        size = os.path.getsize(file)
        generated = file.removesuffix(".map")
        words = [file, generated] if os.path.exists(generated) else [file]
        ours, node = [], []
        for _ in range(ROUNDS):
            result = run(f"{BIN}/faultlog-sourcemaps-bench", *words)
            ours.append(result["decode_ms"])
            if shutil.which("node"):
                script = os.path.join(os.path.dirname(__file__), "SourceMaps", "node.js")
                node.append(run("node", script, file)["node_decode_ms"])
        goal = next(ratio for limit, ratio in RUST_OF_NODE if limit is None or size < limit) * 1.5
        table.add(f"source map {name}, {size / 1e6:.2f} MB: decode, ms", ours, node, "Node's SourceMap",
                  f"<= {goal:.2f} of it")
        table.add("  random lookups in the stored form, M/s", [result["stored_lookups_m"]],
                  goal=">= 1 M/s")
        table.add("  first frame of a stored form, ms", [result["first_frame_ms"]], goal="< 1 ms")
        table.add("  stored form, bytes a segment", [result["bytes_per_segment"]], goal="<= 24")


PARTS = {"append": append, "latency": latency, "lookup": lookup, "http": http, "stream": stream,
         "rebuild": rebuild, "queries": queries, "start": start, "sourcemaps": sourcemaps}


def main():
    wanted = os.environ.get("BENCH_ONLY", ",".join(PARTS)).split(",")
    began = time.time()
    table = Table()
    for name in wanted:
        PARTS[name](table)
    print(f"\n{os.cpu_count()} cores, {time.time() - began:.0f} s, {ROUNDS} rounds, events of "
          f"{LINE - 1:,} bytes")


main()
