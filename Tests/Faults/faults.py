"""Makes the calls of the real server fail, and checks every promise afterwards.

    python3 Tests/Faults/faults.py                       # every kind of fault once
    python3 Tests/Faults/faults.py --rounds 10 sync-lost # one kind, ten seeds

FAULTLOG_BIN names a folder with release builds of logserver and logctl. shim.c, compiled here, stands
between the server and the file system. Clients send events and send again what was not acknowledged;
faults are switched on in the middle and off again. Then the server has to say how it is and, where
the fault is over with its cause, to come back by itself; it is killed or stopped, started without the
shim, and: nothing acknowledged is missing, nothing is twice, offsets are dense, the log verifies.
"""
import argparse
import dataclasses
import http.client
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Acceptance"))

from faultlog import BIN, Server, fail, post  # noqa: E402
import kill  # noqa: E402

CONNECTIONS = 6
# The server looks for space every half second; a view tries again within some seconds.
# Until the next segment is sealed: after a failure the sealer waits for a minute, and its thread has the least
# priority, so that beside other work it comes to little.
STALL_SECONDS = 300
BACK_SECONDS = 30
CONTROL_BYTES = 24
# The smallest segments that the server allows, so that some are closed in a second.
SMALL = 1 << 20


@dataclasses.dataclass
class Fault:
    """What fails, and what the server has to do about it."""
    calls: str
    error: str
    path: str = "/log/"
    nth: int = 0
    one_in: int = 0
    count: int = 0
    # "back": takes events again by itself when the faults end; "read-only": after a restart.
    then: str = "back"
    # While it lasts, readyz must say that something is wrong.
    must_show: bool = False
    # It is certain to strike under load.
    must_strike: bool = True
    # Switched on before the server starts.
    early: bool = False
    # Segments are closed at so many bytes, and the events fill some; in the end they are all sealed.
    segment: int = 0


FAULTS = {
    "sync-lost": Fault("fdatasync", "EIO", nth=20),
    "syncs-lost": Fault("fdatasync", "EIO", then="read-only", must_show=True),
    "write-error": Fault("pwrite", "EIO", nth=20),
    "write-errors": Fault("pwrite", "EIO", one_in=5),
    "write-short": Fault("pwrite", "SHORT", one_in=2),
    "write-full": Fault("pwrite,allocate,statvfs", "ENOSPC", path="store", must_show=True),
    "write-full-now-and-then": Fault("pwrite,allocate", "ENOSPC", one_in=20),
    "interrupted": Fault("pwrite,fdatasync,fsync,open,pread,truncate,allocate", "EINTR",
                         path="store", one_in=3),
    "read-error": Fault("pread", "EIO", one_in=3),
    "read-short": Fault("pread", "SHORT", one_in=2),
    "handles": Fault("open", "EMFILE", path="store/", one_in=2, must_strike=False),
    "cut-error": Fault("truncate,pwrite", "EIO", one_in=10),
    "manifest-error": Fault("pwrite,fdatasync", "EIO", path="manifest", early=True),
    "seal-write-error": Fault("pwrite", "EIO", path=".seal", one_in=5, segment=SMALL),
    "seal-write-short": Fault("pwrite", "SHORT", path=".seal", one_in=2, segment=SMALL),
    "seal-full": Fault("pwrite,allocate", "ENOSPC", path=".seal", segment=SMALL),
    "seal-sync-lost": Fault("fdatasync,fsync", "EIO", path=".seal", segment=SMALL),
    "seal-swap-error": Fault("rename", "EIO", path=".seal", segment=SMALL),
    "seal-read-error": Fault("pread", "EIO", path=".seg", one_in=20, segment=SMALL),
    "view-write-error": Fault("pwrite", "EIO", path="/views/", one_in=3),
    "view-full": Fault("pwrite", "ENOSPC", path="/views/", must_show=True),
}


class Client(kill.Client):
    """Sends an event again, the same, until it is acknowledged."""

    # Its events hold what hardly shrinks.
    is_bulky = False

    def event(self):
        event = super().event()
        if self.is_bulky:
            event["extra"]["pad"] = self.random.randbytes(4096).hex()
        return event

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.stopping:
            event = self.event()
            self.unknown.append(event["event_id"])
            while not self.stopping:
                try:
                    connection.request("POST", "/api/1/store/", json.dumps(event), {
                        "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={self.key}",
                        "Content-Type": "application/json"})
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    if self.stopping:
                        return
                    time.sleep(0.02)
                    continue
                if answer.status == 200:
                    self.acknowledged.append(event["event_id"])
                    break
                if answer.status < 500 and answer.status != 429:
                    fail(f"an event was refused for good: {answer.status}")
                time.sleep(0.02)


class Person(threading.Thread):
    """Reads the log and resolves issues meanwhile; a command may wait for as long as the faults last."""

    def __init__(self, server, rng):
        super().__init__(daemon=True)
        self.server, self.random = server, rng
        self.stopping = False

    def run(self):
        while not self.stopping:
            self.server.ctl("log", "cat", "--from", "0", "--format", "ndjson", check=False)
            kill.triage(self.server, self.random)


class Control:
    """The switch of the shim, shared with the server's process."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "control")
        with open(self.path, "wb") as file:
            file.write(bytes(CONTROL_BYTES))

    def arm(self, is_on):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("<Q", int(is_on)))

    @property
    def faults(self):
        with open(self.path, "rb") as file:
            return struct.unpack("<QQQ", file.read(CONTROL_BYTES))[1]


def start(server, shim, fault=None, control=None, seed=1):
    """Starts the server with the shim; its environment is not that of logctl."""
    settings = {}
    if fault:
        settings = {"LD_PRELOAD": shim, "FAULT_CALLS": fault.calls, "FAULT_ERROR": fault.error,
                    "FAULT_PATH": fault.path, "FAULT_SEED": str(seed)}
        for name, value in (("FAULT_NTH", fault.nth), ("FAULT_ONE_IN", fault.one_in),
                            ("FAULT_COUNT", fault.count)):
            if value:
                settings[name] = str(value)
        if control:
            settings["FAULT_CONTROL"] = control.path
    os.environ.update(settings)
    try:
        server.start()
    finally:
        for name in settings:
            del os.environ[name]


def readiness(server):
    """The status of readyz, and the reasons in it."""
    with open(os.path.join(server.directory, "token")) as file:
        token = file.read().split()[0]
    status, _, body = post(f"{server.url}/readyz", None, {"Authorization": f"Bearer {token}"}, "GET")
    return status, json.loads(body).get("reasons", []) if body else []


def wait_acknowledged(clients, name):
    """Each client gets an answer for something that it sends from now on."""
    counts = [len(client.acknowledged) for client in clients]
    deadline = time.time() + BACK_SECONDS
    while time.time() < deadline:
        if all(len(client.acknowledged) > count + 1 for client, count in zip(clients, counts)):
            return
        time.sleep(0.05)
    fail(f"{name}: the server does not take events again by itself")


def wait_ready(server, name):
    deadline = time.time() + BACK_SECONDS
    while time.time() < deadline:
        status, reasons = readiness(server)
        if status == 200:
            return
        time.sleep(0.1)
    fail(f"{name}: not ready again: {status} {reasons}")


def wait_sealed(server, name):
    """All segments that are full now get sealed, of which there are some; meanwhile more are filled."""
    full = max(1, server.status()["segments"] - 1)
    sealed, deadline = -1, 0
    while True:
        status = server.status()
        if status["sealedSegments"] >= full:
            return
        if status["sealedSegments"] > sealed:
            sealed, deadline = status["sealedSegments"], time.time() + STALL_SECONDS
        if time.time() > deadline:
            break
        time.sleep(0.1)
    fail(f"{name}: {status['sealedSegments']} of {status['segments']} segments are sealed: "
         f"{status.get('sealFailure')}")


def round_of(name, fault, shim, seed):
    """One life with faults, and one without that has to find everything."""
    rng = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="faultlog-faults-")
    server = Server(os.path.join(folder, "store"))
    if fault.segment:
        server.flags += ["--segment-bytes", str(fault.segment)]
    control = Control(folder)
    control.arm(fault.early)
    start(server, shim, fault, control, seed)
    key = server.ctl_json("projects", "create", "shop")["key"]
    clients = [Client(server, key, rng.getrandbits(64)) for _ in range(CONNECTIONS)]
    for client in clients:
        client.is_bulky = fault.segment > 0
    for client in clients:
        client.start()
    time.sleep(rng.uniform(0.2, 0.5))
    kill.triage(server, rng)
    control.arm(True)
    person = Person(server, rng)
    person.start()
    shown = []
    deadline = time.time() + rng.uniform(1, 2)
    # Sealing has the least priority: on a busy machine its first call may come late.
    latest = time.time() + (BACK_SECONDS if fault.segment else 0)
    while time.time() < deadline or (control.faults == 0 and time.time() < latest):
        status, reasons = readiness(server)
        if status == 503:
            shown = reasons
        time.sleep(0.05)
    control.arm(False)
    if server.process.poll() is not None:
        fail(f"{name}: the server has ended with {server.process.returncode}")
    faults = control.faults
    if fault.must_strike and faults == 0:
        fail(f"{name}: no call has failed")
    if fault.must_show and not shown:
        fail(f"{name}: readyz said nothing")
    if fault.then == "back":
        wait_acknowledged(clients, name)
        if "manifest" not in fault.path and "sync" not in name:
            wait_ready(server, name)
    elif readiness(server)[0] != 503:
        fail(f"{name}: ready, though it must not write any more")
    person.stopping = True
    person.join()
    end_with_kill = rng.random() < 0.5
    if end_with_kill:
        server.kill()
    for client in clients:
        client.stopping = True
    for client in clients:
        client.join()
    if not end_with_kill:
        server.process.terminate()
        server.process.wait(timeout=BACK_SECONDS)
    start(server, shim)
    acknowledged = [event for client in clients for event in client.acknowledged]
    unknown = [event for client in clients for event in client.unknown]
    total = kill.check(server, acknowledged, unknown, True)
    wait_ready(server, f"{name}, started again")
    if fault.segment:
        wait_sealed(server, name)
    kill.verify(server)
    server.stop()
    shutil.rmtree(folder)
    words = f", readyz: {shown[0][:90]}" if shown else ""
    print(f"{name}, seed {seed}: {faults} faults, {len(acknowledged)} acknowledged, {total} in the "
          f"log, 0 missing, 0 double{words}", flush=True)
    return faults


def refusals(shim):
    """Starts that must fail, with a sentence that helps."""
    folder = tempfile.mkdtemp(prefix="faultlog-faults-")
    server = Server(os.path.join(folder, "store")).start()
    # A record, so that there is a segment.
    server.ctl_json("projects", "create", "shop")
    second = run_to_the_end(server.directory, {})
    if "open for writing elsewhere" not in second or f"pid {server.process.pid}" not in second:
        fail(f"a second server on the directory: {second}")
    server.stop()
    read_only = run_to_the_end(server.directory, {
        "LD_PRELOAD": shim, "FAULT_CALLS": "open,mkdir,rename,unlink,truncate,pwrite,allocate",
        "FAULT_ERROR": "EROFS", "FAULT_PATH": "store"})
    if "read-only" not in read_only:
        fail(f"a read-only file system: {read_only}")
    no_handles = run_to_the_end(server.directory, {
        "LD_PRELOAD": shim, "FAULT_CALLS": "open", "FAULT_ERROR": "EMFILE", "FAULT_PATH": "/log/"})
    if "Too many open files" not in no_handles:
        fail(f"no file handles: {no_handles}")
    # A view is synced when it is made, and then every few megabytes.
    shutil.rmtree(os.path.join(server.directory, "views"))
    no_view = run_to_the_end(server.directory, {
        "LD_PRELOAD": shim, "FAULT_CALLS": "fsync,fdatasync", "FAULT_ERROR": "EIO",
        "FAULT_PATH": "/views/"})
    if "cannot be opened" not in no_view:
        fail(f"views that cannot be synced: {no_view}")
    server.start()
    server.wait_folded()
    server.stop()
    shutil.rmtree(folder)
    for text in (second, read_only, no_handles, no_view):
        print(f"refused: {text.strip().splitlines()[-1][:200]}")


def run_to_the_end(directory, settings):
    """What a server says that does not start."""
    done = subprocess.run([f"{BIN}/logserver", "--data", directory, "--listen", "127.0.0.1:0"],
                          env=os.environ | settings, capture_output=True, timeout=BACK_SECONDS)
    if done.returncode == 0:
        fail("a server started that must not")
    return done.stderr.decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    first = options.seed if options.seed is not None else random.SystemRandom().getrandbits(31)
    shim = os.path.join(tempfile.mkdtemp(prefix="faultlog-shim-"), "shim.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", shim,
                    os.path.join(HERE, "shim.c")], check=True)
    total = rounds = 0
    for name in options.names or FAULTS:
        for number in range(options.rounds):
            total += round_of(name, FAULTS[name], shim, first + number)
            rounds += 1
    if not options.names:
        refusals(shim)
    shutil.rmtree(os.path.dirname(shim))
    print(f"{rounds} rounds, {total} calls failed: no acknowledged event missing, none double")


if __name__ == "__main__":
    main()
