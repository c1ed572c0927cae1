"""The demo: real payloads through the real server, then a short story on screen.

    make demo        (or: FAULTLOG_BIN=.build/release python3 Tests/Acceptance/demo.py)

Asks nothing, ends by itself, and removes what it made.
"""
import http.client
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from faultlog import BIN, Server, fail

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SAMPLES = os.path.join(ROOT, "data", "samples")
EVENTS = int(os.environ.get("FAULTLOG_DEMO_EVENTS", "5000"))
CONNECTIONS = 16
USERS, ACCOUNTS = 400, 25
HOURS = 12
OLD, FIXED, NEW = "shop@1.4.0", "shop@1.4.1", "shop@1.5.0"


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def say(text):
    print(f"\n{bold('▸ ' + text)}", flush=True)


def show(command, text):
    print(f"$ {command}")
    print(text.rstrip("\n"), flush=True)


def load_samples():
    """The event of each sample, as its SDK wrote it."""
    with open(os.path.join(SAMPLES, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    samples = []
    for entry in manifest:
        with open(os.path.join(SAMPLES, entry["file"]), "rb") as file:
            body = file.read()
        if entry["kind"] == "envelope":
            body = body.split(b"\n")[2]
        samples.append((entry["sdk"], json.loads(body)))
    return samples


def fresh(event, rng, release, hours=0):
    """The same event once more: another id and time, somebody else."""
    event = dict(event)
    event["event_id"] = uuid.UUID(int=rng.getrandbits(128)).hex
    event["timestamp"] = time.time() - rng.random() * hours * 3600
    event["release"] = release
    user = min(int(rng.expovariate(6 / USERS)), USERS - 1)
    event["user"] = {"id": f"user-{user}", "account": f"account-{user % ACCOUNTS}"}
    event["environment"] = "production" if rng.random() < 0.85 else "staging"
    return event


def envelope(event):
    payload = json.dumps(event).encode()
    header = json.dumps({"event_id": event["event_id"]}).encode()
    return header + b'\n{"type":"event","length":%d}\n' % len(payload) + payload + b"\n"


def send(connection, key, event):
    connection.request("POST", "/api/1/envelope/", envelope(event), {
        "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client=demo/1, sentry_key={key}",
        "Content-Type": "application/x-sentry-envelope"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        fail(f"an event was answered {answer.status}")


class Progress:
    """A bar on a terminal; one line at the end elsewhere."""

    def __init__(self, total):
        self.total, self.done, self.start = total, 0, time.time()
        self.lock = threading.Lock()

    def step(self):
        with self.lock:
            self.done += 1
            if sys.stdout.isatty() and (self.done % 50 == 0 or self.done == self.total):
                filled = 40 * self.done // self.total
                print(f"\r  [{'█' * filled}{'·' * (40 - filled)}] {self.done}/{self.total}",
                      end="", flush=True)

    def finish(self):
        seconds = time.time() - self.start
        if sys.stdout.isatty():
            print()
        print(f"  {self.done} events acknowledged in {seconds:.1f} s, each on disk before its "
              f"answer ({CONNECTIONS} connections, one event a request)")


def stream(server, key, events):
    work = queue.Queue()
    for event in events:
        work.put(event)
    progress = Progress(len(events))
    errors = []

    def run():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while True:
            try:
                event = work.get_nowait()
            except queue.Empty:
                return
            try:
                send(connection, key, event)
            except (OSError, http.client.HTTPException, SystemExit) as error:
                errors.append(error)
                return
            progress.step()

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.finish()
    if errors:
        fail(f"sending failed: {errors[0]}")


def pick(server, samples):
    """The issue of an error that a browser did not catch, and its payload."""
    issue = next(i for i in server.issues()
                 if i["type"] == "TypeError" and i["action"] == "UNHANDLED"
                 and i["platform"] == "javascript")
    latest = server.ctl_json("errors", "get", issue["id"])["latestEvent"]
    event = next(event for _, event in samples
                 if event.get("transaction") == latest.get("transaction")
                 and event.get("exception", {}).get("values", [{}])[-1].get("value")
                 == latest["message"])
    return issue["id"], event


def counts(server):
    return [(i["id"], i["status"], i["events"], i["users"]) for i in
            sorted(server.issues(), key=lambda i: i["id"])]


def main():
    folder = tempfile.mkdtemp(prefix="faultlog-demo-")
    os.environ.setdefault("COLUMNS", str(shutil.get_terminal_size((118, 40)).columns))
    rng = random.Random(1)
    samples = load_samples()

    say("A server on an empty directory")
    server = Server(os.path.join(folder, "store")).start()
    project = server.ctl_json("projects", "create", "shop")
    show("logctl projects create shop", f"dsn {project['dsn']}")

    sdks = sorted({sdk for sdk, _ in samples})
    say(f"{EVENTS} real errors of {', '.join(sdks)}")
    weights = [1 / (n + 1) for n in range(len(samples))]
    chosen = rng.choices([event for _, event in samples], weights, k=EVENTS)
    stream(server, project["key"], [fresh(event, rng, OLD, HOURS) for event in chosen])
    started = time.time()
    server.wait_folded()
    print(f"  folded into the views {max(0, time.time() - started) * 1000:.0f} ms later")

    say("Grouped into issues, counted exactly")
    show("logctl errors list --sort events --limit 10", server.ctl(
        "errors", "list", "--sort", "events", "--limit", "10", "--format", "table"))

    issue, event = pick(server, samples)
    say("One issue with its stack")
    show(f"logctl errors get {issue}", server.ctl("errors", "get", issue, "--format", "table"))

    say(f"Resolved in {FIXED}; the same release again changes nothing")
    show(f"logctl errors resolve {issue} --release {FIXED}", server.ctl(
        "errors", "resolve", issue, "--release", FIXED, "--format", "table"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    send(connection, project["key"], fresh(event, rng, FIXED))
    server.wait_folded()
    status = server.ctl_json("errors", "get", issue)["status"]
    print(f"an event of {FIXED} came: the issue is {status}")
    if status != "resolved":
        fail("an event of the fixed release must not bring the issue back")

    say(f"{NEW} brings it back")
    server.ctl("releases", "create", "--project", "shop", NEW)
    send(connection, project["key"], fresh(event, rng, NEW))
    wait_for_status(server, issue, "regressed")
    text = server.ctl("errors", "get", issue, "--format", "table")
    show(f"logctl errors get {issue} | sed -n '/history/,$p'", text[text.index("history:"):])

    say("kill -9, start again: the same counts")
    before = counts(server)
    server.kill()
    server.start()
    server.wait_folded()
    after = counts(server)
    if before != after:
        fail("the counts differ after kill -9")
    print(f"{len(after)} issues, {sum(row[2] for row in after)} events: equal before and after")

    say("The views deleted and folded again from the log: the same answers")
    live = server.answers()
    server.ctl("projections", "rebuild")
    server.wait_folded()
    if server.answers() != live:
        fail("the rebuilt views answer otherwise")
    print(f"{len(live)} bytes of answers: equal, byte for byte")

    say("The log needs no program of ours")
    segment = sorted(os.listdir(os.path.join(server.directory, "log")))[0]
    path = os.path.join(server.directory, "log", segment)
    subprocess.run(["lz4", "-t", "-q", path], check=True)
    lines = subprocess.run(["lz4", "-dc", path], capture_output=True, check=True).stdout
    records = lines.splitlines()
    show(f"lz4 -dc log/{segment} | head -3 | cut -c 1-150",
         "\n".join(line[:150].decode("utf-8", "replace") for line in records[:3]))
    size = os.path.getsize(path)
    print(f"… {len(records)} records, {len(lines)} bytes of JSON in {size} bytes on disk")
    show("logctl log verify --data …", subprocess.run(
        [f"{BIN}/logctl", "log", "verify", "--data", server.directory, "--format", "csv"],
        capture_output=True, text=True, check=True).stdout.replace(server.directory + "/", ""))

    server.stop()
    shutil.rmtree(folder)
    print(f"\n{bold('Done.')} Start your own: make run")


def wait_for_status(server, issue, wanted):
    for _ in range(200):
        if server.ctl_json("errors", "get", issue)["status"] == wanted:
            return
        time.sleep(0.05)
    fail(f"the issue did not become {wanted}")


if __name__ == "__main__":
    main()
