"""Erases people while the server is killed with kill -9: each is erased whole, every count stays.

    python3 Tests/Acceptance/erase.py --rounds 10

Each round a person is erased and the server killed at a random moment of it, perhaps again while it
goes on after the start. Then: the job ends by itself, no file of the data directory holds the name,
plain or packed, the views count as before, and count the same when they are folded anew from an
empty folder; `logctl log verify` finds nothing.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

from faultlog import BIN, Server, fail, post

PEOPLE = 40
TYPES = 7
BATCH = 500
COUNTS = ("id", "events", "users", "accounts", "firstSeen", "lastSeen", "status", "type")


def name(number):
    return f"person-{number}-of-many@example.org"


def fill(server, key, count, rng):
    for first in range(0, count, BATCH):
        lines = []
        for _ in range(BATCH):
            person = name(rng.randrange(PEOPLE))
            kind = rng.randrange(TYPES)
            lines.append(json.dumps({
                "type": f"Error{kind}", "message": f"no {person}", "user": {"id": person},
                "account": {"id": f"acme-{rng.randrange(5)}"}, "tags": {"who": person},
                "transaction": f"GET /of/{person}", "fingerprint": [f"f{kind}"],
                "extra": {"pad": rng.randbytes(300).hex()}}))
        status, _, body = post(
            server.url + "/api/events", "\n".join(lines).encode(),
            {"Authorization": f"Bearer {key}"})
        if status != 200:
            fail(f"{status} {body}")


def counts(server):
    server.wait_folded()
    return sorted([[issue[member] for member in COUNTS] for issue in server.issues()])


def holders(server, text):
    """The files below the data directory that hold the text, and segments that unpack to it."""
    found = []
    for folder, _, names in os.walk(server.directory):
        for file in names:
            path = os.path.join(folder, file)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            with open(path, "rb") as opened:
                content = opened.read()
            if file.endswith(".seg"):
                content += subprocess.run(["lz4", "-dc", path], capture_output=True).stdout
            if text.encode() in content:
                found.append(path)
    return found


def wait_done(server, seconds=120):
    job = os.path.join(server.directory, "erase.json")
    deadline = time.time() + seconds
    while os.path.exists(job):
        if time.time() > deadline:
            fail("the erasure does not end; see " + server.directory + ".stderr")
        time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="faultlog-erase-")
    server = Server(os.path.join(folder, "store")).start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    fill(server, key, options.events, rng)
    interrupted = 0
    people = rng.sample(range(PEOPLE), min(options.rounds, PEOPLE))
    for number in people:
        fill(server, key, BATCH, rng)
        before = counts(server)
        if not holders(server, name(number)):
            fail("the person is not there to be erased")
        erase = subprocess.Popen(
            [f"{BIN}/logctl", "log", "erase", "--project", "shop", "--user", name(number),
             "--yes", "--socket", server.socket], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        job = os.path.join(server.directory, "erase.json")
        while not os.path.exists(job) and erase.poll() is None:
            time.sleep(0.001)
        for _ in range(rng.randrange(1, 3)):
            time.sleep(rng.choice((0.01, 0.1, 0.3, 1.0)) * rng.random())
            interrupted += os.path.exists(job)
            server.kill()
            server.start()
        erase.wait()
        wait_done(server)
        left = holders(server, name(number))
        if left:
            fail(f"{name(number)} is still in {left}")
        after = counts(server)
        if after != before:
            fail(f"counts before {before} and after {after}")
    server.stop()
    shutil.rmtree(os.path.join(server.directory, "views"))
    server.start()
    if counts(server) != after:
        fail("views folded anew count otherwise")
    acts = [json.loads(line) for line in
            server.ctl("log", "cat", "--format", "ndjson").splitlines()]
    erased = [act for act in acts if act["type"] == "person.erased"]
    if len(erased) != len(people):
        fail(f"{len(erased)} acts are recorded, of {len(people)}")
    done = subprocess.run([f"{BIN}/logctl", "log", "verify", "--data", server.directory],
                          capture_output=True)
    if done.returncode != 0:
        fail(f"verify: {done.stderr.decode()}")
    server.stop()
    shutil.rmtree(folder)
    print(f"{len(people)} people erased, {interrupted} times interrupted by kill -9: none of them "
          "is left in a file, every count stayed, also folded anew")


if __name__ == "__main__":
    main()
