"""Starts the real server and talks to it as its users do: HTTP, logctl, signals.

Only the standard library. FAULTLOG_BIN names the folder of the two programs.
"""
import atexit
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

BIN = os.environ.get("FAULTLOG_BIN", ".build/debug")
START_SECONDS = 120


# Without it ignored issues are left out of a list.
EVERY_STATUS = ("--status", "open,resolved,regressed,ignored,muted")


class Server:
    """One data directory and the server on it, which may be killed and started again."""

    def __init__(self, directory, port=0, stream=False, open_files=None):
        self.directory = directory
        self.port = port
        self.process = None
        self.url = self.socket = None
        # Of the doors for streams; the TCP port only where it is asked for.
        self.flags = ["--stream-port", "0"] if stream else []
        self.stream = self.stream_socket = None
        # How many files it may open; None: as many as this process.
        self.open_files = open_files
        atexit.register(self.end)

    def start(self):
        with open(self.directory + ".stderr", "ab") as words:
            self.process = subprocess.Popen(
                [f"{BIN}/logserver", "--data", self.directory,
                 "--listen", f"127.0.0.1:{self.port}", *self.flags],
                stdout=subprocess.PIPE, stderr=words, preexec_fn=self.limit_files)
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            raise SystemExit(f"the server did not start; see {self.directory}.stderr")
        answer = json.loads(line)
        self.url, self.socket = answer["url"], answer["socket"]
        self.stream, self.stream_socket = answer.get("stream"), answer.get("streamSocket")
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def limit_files(self):
        if self.open_files:
            limits = (self.open_files, self.open_files)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    def end(self):
        """A script that fails leaves no server behind."""
        if self.process and self.process.poll() is None:
            self.process.kill()

    def kill(self):
        """kill -9, this one process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=START_SECONDS)
        if code != 0:
            raise SystemExit(f"the server ended with {code} on SIGTERM")

    def ctl(self, *arguments, check=True):
        done = subprocess.run(
            [f"{BIN}/logctl", *arguments, "--socket", self.socket], capture_output=True)
        if check and done.returncode != 0:
            raise SystemExit(f"logctl {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def ctl_json(self, *arguments):
        return json.loads(self.ctl(*arguments, "--format", "json"))

    def status(self):
        return self.ctl_json("status")

    def wait_folded(self, seconds=60):
        """Waits until every view has all that is durable; returns the offset."""
        deadline = time.time() + seconds
        while time.time() < deadline:
            status = self.status()
            end = status["durableOffset"]
            if all(view["offset"] >= end for view in status["projections"]):
                return end
            time.sleep(0.02)
        raise SystemExit(f"the views did not catch up: {status['projections']}")

    def issues(self):
        return [json.loads(line) for line in
                self.ctl("errors", "list", "--all", *EVERY_STATUS, "--format", "ndjson").splitlines()]

    def answers(self):
        """Every answer that the views give, as text, for comparing them byte for byte."""
        texts = [self.ctl("errors", "list", "--all", *EVERY_STATUS, "--sort", "firstSeen",
                          "--format", "ndjson")]
        for issue in self.issues():
            texts.append(self.ctl("errors", "get", issue["id"], "--format", "json"))
        for project in self.ctl_json("projects", "list"):
            texts.append(self.ctl("releases", "list", "--project", project["slug"],
                                  "--format", "json"))
        return "".join(texts)


def post(url, body, headers=None, method="POST"):
    """Returns (status, headers, body); status 0 where the connection broke."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except (urllib.error.URLError, ConnectionError, OSError):
        return 0, {}, b""


def fail(message):
    print(f"FAILED: {message}", file=sys.stderr)
    raise SystemExit(1)
