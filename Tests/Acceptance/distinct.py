"""Events, users and accounts of every issue, counted once more by SQLite over the raw log.

    FAULTLOG_BIN=.build/release python3 Tests/Acceptance/distinct.py [--events 1000000]

Events of many issues, among them one that more people meet than are kept one by one, are sent; then the
segments are unpacked with the stock lz4, each line's fingerprint is computed here by the published formula,
and SQLite counts. Up to 10,000 people the view must say the same, beyond that about the same.
"""
import argparse
import collections
import glob
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile

from faultlog import Server, fail, post

EXACT_LIMIT = 10_000
# The standard error of the sketch is 0.29 %: three and a half of them.
TOLERANCE = 0.01
BATCH = 1_000


def events(count, seed):
    """A third of all is one issue; the others are met the less often the higher their number."""
    rng = random.Random(seed)
    for number in range(count):
        issue = 0 if number % 3 == 0 else 1 + int(rng.paretovariate(0.6)) % 2_000
        users = 60_000 if issue == 0 else 60 * (1 + issue % 50)
        event = {"type": f"E{issue}", "message": "m",
                 "frames": [{"function": f"f{issue % 7}", "file": f"/srv/app/m{issue}.py", "line": number % 90}]}
        if rng.random() < 0.9:
            event["user"] = {"id": f"u{rng.randrange(users)}"}
        if rng.random() < 0.5:
            event["account"] = {"id": f"a{rng.randrange(900)}"}
        yield event


def fingerprint(event):
    frames = "|".join(f"{frame['function']}@{frame['file'].rsplit('/', 1)[-1]}"
                      for frame in event["frames"][:3])
    return hashlib.sha256(f"{event['type']}|{frames}".encode()).hexdigest()[:16]


def count_log(folder):
    """By fingerprint: events, users, accounts."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE event (issue TEXT, user TEXT, account TEXT)")
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "log", "*.seg"))):
        lz4 = subprocess.Popen(["lz4", "-dc", path], stdout=subprocess.PIPE)
        for line in lz4.stdout:
            record = json.loads(line)
            if record["type"] != "event.captured":
                continue
            payload = record["data"]["payload"]
            rows.append((fingerprint(payload), (payload.get("user") or {}).get("id"),
                         (payload.get("account") or {}).get("id")))
        if lz4.wait() != 0:
            fail(f"lz4 cannot read {path}")
    database.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
    return {row[0]: row[1:] for row in database.execute(
        "SELECT issue, count(*), count(DISTINCT user), count(DISTINCT account) FROM event GROUP BY issue")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    words = parser.parse_args()
    print(f"distinct, seed {words.seed}")
    folder = tempfile.mkdtemp(prefix="faultlog-distinct-")
    server = Server(os.path.join(folder, "store")).start()
    try:
        key = server.ctl_json("projects", "create", "shop")["key"]
        # In a storm payloads are sampled: here each has to say who it was.
        server.ctl("projects", "set", "shop", "--no-storm")
        batch = []

        def send():
            status, _, body = post(server.url + "/api/events", "\n".join(batch).encode(),
                                   {"Authorization": f"Bearer {key}"})
            if status != 200:
                fail(f"a batch was answered {status}: {body}")
            batch.clear()

        for event in events(words.events, words.seed):
            batch.append(json.dumps(event))
            if len(batch) == BATCH:
                send()
        if batch:
            send()
        server.wait_folded(300)
        told = {issue["id"].split("-", 1)[1]: issue for issue in server.issues()}
        counted = count_log(os.path.join(folder, "store"))
        if told.keys() != counted.keys():
            fail(f"{len(told)} issues in the view, {len(counted)} in the log")
        kinds = collections.Counter()
        worst = 0.0
        for name, (count, users, accounts) in counted.items():
            issue = told[name]
            if issue["events"] != count:
                fail(f"{name}: {issue['events']} events, {count} in the log")
            for what, true in (("users", users), ("accounts", accounts)):
                if (true <= EXACT_LIMIT) != issue[f"{what}Exact"]:
                    fail(f"{name}: {true} {what}, told as exact: {issue[f'{what}Exact']}")
                kinds[what, true <= EXACT_LIMIT] += 1
                error = abs(issue[what] - true) / max(true, 1)
                worst = max(worst, error)
                if error > (0 if true <= EXACT_LIMIT else TOLERANCE):
                    fail(f"{name}: {issue[what]} {what}, {true} in the log")
        server.stop()
        beyond = kinds["users", False]
        print(f"distinct: {words.events} events, {len(told)} issues counted the same; {beyond} with more than "
              f"{EXACT_LIMIT} users, off by {worst:.2%} at most")
        if beyond == 0:
            fail("no issue had more people than are kept one by one")
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
