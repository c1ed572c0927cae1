"""Triage with logctl: merge, unmerge, undo, explain, the past, and views proven equal to the log.

    python3 Tests/Acceptance/triage.py [--seed N]

A random sequence of events and of acts of triage, with `kill -9` in between. Merging and taking it back gives the very
same answers, so does regrouping; every answer that was noted is given again for its offset; at the end the views equal
the log, also after they are made again.
"""
import argparse
import json
import random
import tempfile
import time

from faultlog import Server, fail, post

TYPES = ["Timeout", "KeyError", "TypeError", "IOError"]
# Nearest to the throw first. By version 1 of the fingerprint the libraries tell them apart, by version 2
# the application's own frames: some would split, some merge.
STACKS = [
    [("app/cart.py", True)],
    [("lib/http.py", False), ("app/cart.py", True)],
    [("lib/a.py", False), ("lib/b.py", False), ("lib/c.py", False), ("app/cart.py", True)],
    [("lib/a.py", False), ("lib/b.py", False), ("lib/c.py", False), ("app/home.py", True)],
    [("lib/a.py", False)],
]


def frames(rng):
    return [{"function": "f", "file": file, "line": 1, "inApp": own}
            for file, own in rng.choice(STACKS)]


def send(server, key, rng):
    events = [{"type": rng.choice(TYPES), "message": "m", "release": f"1.{rng.randrange(4)}",
               "platform": "python", "frames": frames(rng),
               "environment": rng.choice(["production", "staging"]),
               "user": {"id": f"u{rng.randrange(20)}"}, "tags": {"region": rng.choice(["eu", "us"])}}
              for _ in range(rng.randrange(1, 12))]
    body = "\n".join(map(json.dumps, events)).encode()
    status, _, answer = post(f"{server.url}/api/events", body,
                             {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"})
    if status != 200 or json.loads(answer)["accepted"] != len(events):
        fail(f"events were answered with {status}: {answer}")
    return len(events)


def ids(server):
    return [issue["id"] for issue in server.issues()]


def merge_and_back(server, rng):
    """The identity, by an unmerge or by an undo, and the sum in between."""
    shown = server.issues()
    if len(shown) < 2:
        return
    one, other = rng.sample(shown, 2)
    server.wait_folded()
    before = server.answers()
    whole = server.ctl_json("errors", "merge", one["id"], other["id"], "--comment", "the same")
    if whole["events"] != one["events"] + other["events"]:
        fail(f"merged {one['events']} and {other['events']} events, and have {whole['events']}")
    if server.ctl_json("errors", "get", other["id"])["id"] != one["id"]:
        fail("the part does not answer with the whole")
    if server.answers() == before:
        fail("a merge changes nothing")
    parts = server.ctl_json("errors", "get", other["id"])["merged"]
    if rng.random() < 0.5 and parts == [other["id"]]:
        server.ctl("errors", "unmerge", one["id"])
    else:
        server.ctl("errors", "undo", one["id"])
    after = server.answers()
    if after != before:
        place = next(n for n, (a, b) in enumerate(zip(before, after)) if a != b)
        fail("what was merged and taken back is not what it was: "
             f"{before[place - 300:place + 80]}\nand {after[place - 300:place + 80]}")


def wait_regrouped(server, seconds=60):
    """Waits until every view groups by what is in force."""
    server.wait_folded()
    deadline = time.time() + seconds
    while time.time() < deadline:
        views = server.ctl_json("projections", "list")
        if not any("current" in grouping for view in views for grouping in view.get("groupings", [])):
            return
        time.sleep(0.05)
    fail(f"the views were not regrouped: {views}")


def regroup_and_back(server, rng):
    """The diff is what comes about, and the undo is the identity, also where the server is killed in between."""
    server.wait_folded()
    before = server.answers()
    end = server.status()["durableOffset"]
    diff = server.ctl_json("projections", "regroup", "--project", "shop", "--to", "2", "--diff")
    if server.status()["durableOffset"] != end or server.answers() != before:
        fail("a diff has changed something")
    kill = rng.random() < 0.5
    if kill:
        with open(server.directory + "/token") as file:
            token = file.read().strip()
        status, _, answer = post(f"{server.url}/api/projections/regroup",
                                 b'{"project":"shop","to":2}',
                                 {"Authorization": f"Bearer {token}"})
        if status != 200:
            fail(f"regrouping was answered with {status}: {answer}")
        server.kill()
        server.start()
        wait_regrouped(server)
    else:
        server.ctl("projections", "regroup", "--project", "shop", "--to", "2", "--yes")
    if server.status()["durableOffset"] != end + 1:
        fail("a regrouping is one record")
    after = {issue["id"]: issue for issue in server.issues()}
    # What people have merged by hand is shown together, and counts for more.
    merged = {part for id in after
              for part in server.ctl_json("errors", "get", id).get("merged", [])}
    for union in diff["unions"]:
        shown = after.get(union["id"])
        if not merged and (shown is None or shown["events"] != union["events"]
                           or shown["users"] != union["users"]):
            fail(f"the diff has told {union}, and it came to {shown}")
    if not merged and len(after) != diff["after"]:
        fail(f"the diff has told {diff['after']} issues, and there are {len(after)}")
    server.ctl("projections", "verify")
    server.ctl("projections", "regroup", "--project", "shop", "--undo", "--yes")
    if server.answers() != before:
        place = next(n for n, (a, b) in enumerate(zip(before, server.answers())) if a != b)
        fail("what was regrouped and taken back is not what it was: "
             f"{before[place - 300:place + 80]}\nand {server.answers()[place - 300:place + 80]}")
    return diff


def act(server, rng):
    """Some act; what is illegal is refused with a word."""
    issue = rng.choice(ids(server))
    command = rng.choice([
        ["resolve", issue, "--release", "1.1"], ["resolve", issue, "--next-release"],
        ["reopen", issue], ["ignore", issue, "--events", "5"], ["mute", issue],
        ["assign", issue, "ada"], ["assign", issue, "--nobody"], ["comment", issue, "hm"],
        ["undo", issue], ["merge", issue, rng.choice(ids(server))], ["unmerge", issue]])
    server.ctl("errors", *command, check=False)
    why = server.ctl_json("errors", "explain", issue)
    if not why["statusBecause"]["text"] or not why["groupedBecause"]["text"]:
        fail(f"nothing explains {issue}: {why}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    print(f"triage, seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    server = Server(tempfile.mkdtemp(prefix="faultlog-triage-") + "/store").start()
    key = server.ctl_json("projects", "create", "shop")["key"]
    sent, noted, regrouped = 0, [], []
    for _ in range(options.rounds):
        sent += send(server, key, rng)
        server.wait_folded()
        for _ in range(rng.randrange(4)):
            act(server, rng)
        merge_and_back(server, rng)
        if rng.random() < 0.3:
            regrouped.append(regroup_and_back(server, rng))
        if rng.random() < 0.3:
            server.kill()
            server.start()
        noted.append((server.wait_folded(), server.ctl("errors", "list", "--format", "ndjson")))
    if sum(issue["events"] for issue in server.issues()) != sent:
        fail(f"{sent} events were sent, and the list counts others")
    for offset, answer in noted:
        if server.ctl("errors", "list", "--as-of", str(offset), "--format", "ndjson") != answer:
            fail(f"the past of offset {offset} is another now")
    regrouped.append(regroup_and_back(server, rng))
    if not any(diff["merges"] or diff["splits"] or diff["splitsAndMerges"] for diff in regrouped):
        fail(f"nothing would merge or split: {regrouped}")
    places = server.ctl_json("environments", "list", "--project", "shop")
    if sum(place["events"] for place in places) != sent:
        fail(f"the environments count others: {places}")
    before = server.answers()
    server.ctl("projections", "verify")
    server.ctl("projections", "rebuild", "all")
    if server.answers() != before:
        fail("the views that were made again are others")
    server.stop()
    print(f"{sent} events, {len(noted)} pasts, {len(regrouped)} regroupings taken back, views equal to the log")


if __name__ == "__main__":
    main()
