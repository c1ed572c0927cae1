"""Half an hour at 2,500 events a second: memory, how far the view is behind, and whether all are there.

    FAULTLOG_BIN=.build/release python3 Benchmarks/soak.py [--minutes 30] [--rate 2500]

One event of 4 KB a request, from four connections of a Python client on the same machine, which takes
its share of the two cores. Needs faultlog-bench beside the server, and 3 KB of disk an event.
"""
import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import uuid

from server import Server

BIN = os.environ["FAULTLOG_BIN"]
CONNECTIONS = 4
# Different events; each is sent again and again under new ids.
TEMPLATES = 50_000
ISSUES = 2_000
# What a start needs is not what a load needs.
SETTLE_SECONDS = 120


class Sender(threading.Thread):
    """Sends events at its share of the rate; what it is late with it sends at once."""

    def __init__(self, port, key, templates, rate, seconds):
        super().__init__()
        self.target = ("127.0.0.1", port)
        self.path = f"/api/1/store/?sentry_key={key}"
        self.templates, self.rate, self.seconds = templates, rate, seconds
        self.latencies, self.refused, self.taken = [], 0, 0

    def run(self):
        connection = http.client.HTTPConnection(*self.target)
        began = time.perf_counter()
        number = 0
        # {"event_id":"32 digits", then the rest.
        head = len(b'{"event_id":"')
        while (now := time.perf_counter() - began) < self.seconds:
            if number > now * self.rate:
                time.sleep(number / self.rate - now)
            template = self.templates[number % len(self.templates)]
            body = b"".join((template[:head], uuid.uuid4().hex.encode(), template[head + 32:]))
            sent = time.perf_counter()
            connection.request("POST", self.path, body)
            response = connection.getresponse()
            response.read()
            self.latencies.append(time.perf_counter() - sent)
            if response.status == 200:
                self.taken += 1
            else:
                self.refused += 1
            number += 1


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def templates():
    with tempfile.TemporaryDirectory(prefix="faultlog-soak-") as folder:
        path = os.path.join(folder, "events")
        subprocess.run([f"{BIN}/faultlog-bench", "generate", "sentry", str(TEMPLATES), str(ISSUES), path],
                       check=True, stdout=subprocess.DEVNULL)
        with open(path, "rb") as file:
            return file.read().splitlines()


def memory_parts(process):
    """Megabytes of the process: all, and what is its own."""
    with open(f"/proc/{process.pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return [int(fields[name].split()[0]) * 1_024 / 1e6 for name in ("VmRSS", "RssAnon")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=2_500)
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60
    folder = tempfile.mkdtemp(prefix="faultlog-soak-")
    try:
        lines = templates()
        os.makedirs(f"{folder}/store")
        server = Server(BIN, f"{folder}/store")
        key = server.create_project("shop")
        time.sleep(10)
        print(f"idle: {memory_parts(server.process)[0]:.1f} MB", flush=True)
        share = len(lines) // CONNECTIONS
        senders = [
            Sender(server.port, key, lines[n * share:(n + 1) * share], arguments.rate / CONNECTIONS, seconds)
            for n in range(CONNECTIONS)]
        for sender in senders:
            sender.start()
        began, lag, memory = time.time(), [], []
        told = 0
        while any(sender.is_alive() for sender in senders):
            time.sleep(1)
            lag.append(server.seconds_behind("issues"))
            memory.append((time.time() - began, *memory_parts(server.process)))
            if memory[-1][0] // SETTLE_SECONDS > told:
                told = memory[-1][0] // SETTLE_SECONDS
                print(f"{memory[-1][0] / 60:.0f} min: {memory[-1][1]:.1f} MB, its own {memory[-1][2]:.1f}; "
                      f"behind {statistics.median(lag) * 1e3:.0f} ms", flush=True)
        for sender in senders:
            sender.join()
        taken = sum(sender.taken for sender in senders)
        server.wait_folded("issues", taken)
        counted, cursor = 0, ""
        while cursor is not None:
            page = server.ask("GET", f"/api/error-issues?limit=100{cursor}")
            counted += sum(issue["events"] for issue in page["issues"])
            cursor = f"&cursor={page['next']}" if page["next"] else None
        server.stop()
        latencies = [value for sender in senders for value in sender.latencies]
        settled = [entry[1] for entry in memory if entry[0] > min(SETTLE_SECONDS, seconds / 2)]
        half = [entry[1] for entry in memory if entry[0] > seconds / 2]
        print(f"taken {taken:,} ({taken / seconds:,.0f}/s), refused {sum(s.refused for s in senders)}, "
              f"counted {counted:,}")
        print(f"answers: p50 {percentile(latencies, .5) * 1e3:.1f}, p99 {percentile(latencies, .99) * 1e3:.1f} ms")
        print(f"view behind: p50 {percentile(lag, .5) * 1e3:.1f}, p99 {percentile(lag, .99) * 1e3:.1f}, "
              f"max {max(lag) * 1e3:.1f} ms (goal: p99 < 200)")
        print(f"memory: max {max(settled):.1f}, second half {min(half):.1f} to {max(half):.1f} MB (goal < 100)")
        if counted != taken:
            raise SystemExit("not all are counted once")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
