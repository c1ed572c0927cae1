"""A logserver of the benchmarks: started, asked through its Unix socket, and stopped."""
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import time

START_SECONDS = 30


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Server:
    def __init__(self, bin, directory):
        self.errors = open(directory + ".stderr", "ab")
        self.process = subprocess.Popen(
            [f"{bin}/logserver", "--data", directory, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.errors)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            raise SystemExit(f"logserver did not start: {open(directory + '.stderr').read()}")
        answer = json.loads(line)
        self.port = int(answer["url"].rsplit(":", 1)[1])
        self.connection = UnixConnection(answer["socket"])
        self.stream = f"{directory}/stream.sock"
        with open(answer["tokenFile"]) as file:
            self.token = file.read().strip()

    def ask(self, method, path, body=None):
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, path, text, {"content-type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer)

    def seconds_behind(self, view):
        """Waits until the view shows what is durable now, without asking it to hurry."""
        status = self.ask("GET", "/api/status")
        wanted, began = status["durableOffset"], time.perf_counter()
        while {p["name"]: p["offset"] for p in status["projections"]}[view] < wanted:
            time.sleep(0.005)
            status = self.ask("GET", "/api/status")
        return time.perf_counter() - began

    def create_project(self, slug):
        """Returns the project's key. All payloads are kept: a storm sampled would be a faster one."""
        key = self.ask("POST", "/api/projects", {"slug": slug, "name": slug})["key"]
        self.ask("PATCH", f"/api/projects/{slug}", {"limits": {"payloadsPerSecond": None}})
        return key

    def wait_folded(self, view, count):
        """Waits until a view shows everything that is in the log, and at least `count` records."""
        deadline = time.time() + 60
        while time.time() < deadline:
            status = self.ask("GET", "/api/status")
            offsets = {p["name"]: p["offset"] for p in status["projections"]}
            if offsets[view] >= status["durableOffset"] >= count:
                return
            time.sleep(0.005)
        raise SystemExit(f"the view {view} did not catch up: {status}")

    def wait_sealed(self, seconds):
        """Waits until every segment that is full is sealed, but not longer."""
        deadline = time.time() + seconds
        while time.time() < deadline:
            status = self.ask("GET", "/api/status")
            if status["sealedSegments"] >= status["segments"] - 1:
                return
            time.sleep(1)

    def issue_ids(self, limit):
        ids, cursor = [], ""
        while len(ids) < limit:
            page = self.ask("GET", f"/api/error-issues?limit=100{cursor}")
            ids += [issue["id"] for issue in page["issues"]]
            if not page["next"]:
                break
            cursor = f"&cursor={page['next']}"
        return ids

    def memory(self):
        """Resident megabytes."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=START_SECONDS)
        self.errors.close()
        if code != 0:
            raise SystemExit(f"logserver ended with {code}")
