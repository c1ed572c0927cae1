"""Kills the real server again and again under load and checks every promise afterwards.

    python3 Tests/Acceptance/kill.py --rounds 100

An acknowledging client sends events over several connections and notes each id that was answered
200. At a random moment the server gets kill -9. After every restart: nothing acknowledged is
missing, nothing is twice, offsets are dense; at the end the views that lived through all of it
equal a rebuild from an empty folder, byte for byte of every answer.
"""
import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import uuid

from faultlog import BIN, Server, fail

CONNECTIONS = 8
TYPES = 23
LAST_BYTES = 1 << 20
RELEASES = ("1.0.0", "1.1.0", "1.2.0")


class Client(threading.Thread):
    """Sends events one after the other and remembers which ones were acknowledged."""

    def __init__(self, server, key, seed):
        super().__init__(daemon=True)
        self.port, self.key = server.port, key
        self.random = random.Random(seed)
        self.acknowledged, self.unknown = [], []
        self.stopping = False

    def event(self):
        kind = self.random.randrange(TYPES)
        return {
            "event_id": uuid.UUID(int=self.random.getrandbits(128)).hex,
            "exception": {"values": [{
                "type": f"Error{kind}", "value": f"failure {self.random.random()}",
                "stacktrace": {"frames": [
                    {"function": f"f{kind}", "filename": "a.py", "lineno": 1}]}}]},
            "release": self.random.choice(RELEASES), "platform": "python",
            "environment": self.random.choice(("production", "staging")),
            "user": {"id": f"u{self.random.randrange(500)}"},
            "extra": {"pad": "x" * self.random.randrange(4000)},
        }

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.stopping:
            event = self.event()
            try:
                connection.request("POST", "/api/1/store/", json.dumps(event), {
                    "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={self.key}",
                    "Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.acknowledged.append(event["event_id"])
                    if self.random.random() < 0.05:
                        self.again(connection, event)
                else:
                    self.unknown.append(event["event_id"])
            except OSError:
                self.unknown.append(event["event_id"])
                return
            except http.client.HTTPException:
                self.unknown.append(event["event_id"])
                return

    def again(self, connection, event):
        """A retry of what was acknowledged: must be counted once."""
        connection.request("POST", "/api/1/store/", json.dumps(event), {
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={self.key}"})
        connection.getresponse().read()


# The fields with which every line begins (docs/FORMAT.md).
HEAD = re.compile(rb'\{"offset":(\d+),"time":"[^"]*","type":"([^"]+)","project":\d+,"id":"([0-9a-f]+)"')


def read_log(server):
    """The ids of all events in the log, whose offsets are dense up to the second result."""
    reader = subprocess.Popen(
        [f"{BIN}/logctl", "log", "cat", "--from", "0", "--format", "ndjson", "--socket",
         server.socket], stdout=subprocess.PIPE)
    ids, count = [], 0
    for line in reader.stdout:
        head = HEAD.match(line)
        if not head or int(head[1]) != count:
            fail(f"offsets are not dense: line {count} begins with {line[:80]}")
        count += 1
        if head[2] == b"event.captured":
            ids.append(head[3].decode())
    if reader.wait() != 0:
        fail("logctl log cat fails")
    return ids, count


def check(server, acknowledged, unknown, whole):
    end = server.wait_folded()
    total = sum(issue["events"] for issue in server.issues())
    if not whole:
        return total
    ids, count = read_log(server)
    # The policy may have appended a decision since.
    if count < end:
        fail(f"the log has {count} records of {end}")
    if len(set(ids)) != len(ids):
        fail("an event is in the log twice")
    missing = set(acknowledged) - set(ids)
    if missing:
        fail(f"{len(missing)} acknowledged events are missing, for example {missing.pop()}")
    strangers = set(ids) - set(acknowledged) - set(unknown)
    if strangers:
        fail(f"{len(strangers)} events are in the log that nobody sent")
    if total != len(ids):
        fail(f"the views count {total} events, the log has {len(ids)}")
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--whole-every", type=int, default=10,
                        help="read the whole log every so many rounds, and at the end")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="faultlog-kill-")
    server = Server(os.path.join(folder, "store")).start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    acknowledged, unknown, seen = [], [], set()
    for number in range(1, options.rounds + 1):
        clients = [Client(server, key, rng.getrandbits(64)) for _ in range(CONNECTIONS)]
        for client in clients:
            client.start()
        time.sleep(rng.uniform(0.02, 0.5))
        triage(server, rng)
        read_with_lz4(server, seen)
        time.sleep(rng.uniform(0, 0.2))
        server.kill()
        for client in clients:
            client.stopping = True
            client.join()
            acknowledged += client.acknowledged
            unknown += client.unknown
        server.start()
        whole = number % options.whole_every == 0 or number == options.rounds
        total = check(server, acknowledged, unknown, whole)
        if whole:
            print(f"round {number}: {len(acknowledged)} acknowledged, {total} in the log, "
                  f"0 missing, 0 double", flush=True)
    compare_with_rebuild(server)
    verify(server)
    server.stop()
    shutil.rmtree(folder)
    print(f"{options.rounds} rounds of kill -9: {len(acknowledged)} acknowledged events, "
          "none missing, none double; the views equal a rebuild, byte for byte")


def read_with_lz4(server, seen):
    """The stock tool reads every segment, the one being written too; each line stands alone.

    Every line of the newest is counted, the last ones are parsed; the load goes on meanwhile, so a
    closed segment is looked at once.
    """
    folder = os.path.join(server.directory, "log")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".seg"))
    for name in names:
        if name in seen:
            continue
        if name != names[-1]:
            seen.add(name)
        path = os.path.join(folder, name)
        done = subprocess.run(["lz4", "-dc", path], capture_output=True)
        if done.returncode != 0:
            fail(f"lz4 cannot read {name}: {done.stderr.decode()}")
        count = done.stdout.count(b"\n")
        if not done.stdout.endswith(b"\n"):
            fail(f"{name} does not end with a whole line")
        last = done.stdout[-LAST_BYTES:].splitlines()[1:] if len(done.stdout) > LAST_BYTES \
            else done.stdout.splitlines()
        first = int(name.split(".")[0]) + count - len(last)
        for number, line in enumerate(last):
            if json.loads(line)["offset"] != first + number:
                fail(f"a line of {name} has another offset than {first + number}")


def triage(server, rng):
    """Resolves some issue, so that regressions are decided while the server dies."""
    listed = server.ctl("errors", "list", "--status", "open,regressed", "--format", "ndjson",
                        check=False).splitlines()
    if listed:
        issue = json.loads(rng.choice(listed))
        server.ctl("errors", "resolve", issue["id"], "--release", rng.choice(RELEASES), check=False)


def compare_with_rebuild(server):
    live = settled_answers(server)
    server.stop()
    shutil.rmtree(os.path.join(server.directory, "views"))
    server.start()
    server.wait_folded()
    if settled_answers(server) != live:
        fail("the rebuilt views answer otherwise than those that were kept live")


def settled_answers(server):
    """The policy may still append a decision: waits until the log stands still."""
    end = server.wait_folded()
    while True:
        time.sleep(0.3)
        after = server.wait_folded()
        if after == end:
            return server.answers()
        end = after


def verify(server):
    done = subprocess.run([f"{BIN}/logctl", "log", "verify", "--data", server.directory],
                          capture_output=True)
    if done.returncode != 0:
        fail(f"log verify: {done.stderr.decode()}")


if __name__ == "__main__":
    main()
