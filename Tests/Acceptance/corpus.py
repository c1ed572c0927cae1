"""Replays a corpus of recorded SDK requests against the real server.

    FAULTLOG_CORPUS=DIR python3 Tests/Acceptance/corpus.py

Every request of kind envelope, store or security is sent byte for byte, with the project's key and number in
place of the recorded ones; what the manifest marks `accept` must get 2xx, `refuse` 4xx, `no-crash`
anything below 500. Afterwards every accepted error of the oracle must be in the log once, with its
type, level, action, release, environment and user as the oracle read them.
"""
import json
import os
import shutil
import sys
import tempfile
import urllib.parse

from faultlog import Server, fail, post

CORPUS = os.environ.get("FAULTLOG_CORPUS")
KEY = "4d1e0f2a3b5c6d7e8f90a1b2c3d4e5f6"
KINDS = ("envelope", "store", "event-json", "security")
SKIPPED_HEADERS = ("host", "content-length", "transfer-encoding", "connection", "expect")


def requests():
    with open(os.path.join(CORPUS, "manifest.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["kind"] in KINDS and row["expect"] in ("accept", "refuse", "no-crash"):
                yield row


def headers_of(row, key):
    headers = {}
    for name, value in row.get("headers") or []:
        if name.lower() not in SKIPPED_HEADERS:
            headers[name] = value.replace(KEY, key)
    if not row.get("headers"):
        headers["X-Sentry-Auth"] = f"Sentry sentry_version=7, sentry_key={key}"
    return headers


def path_of(row, key, project):
    target = row.get("target") or ("/api/42/store/" if row["kind"] != "envelope" else
                                   "/api/42/envelope/")
    parts = urllib.parse.urlsplit(target)
    path = parts.path
    if not path.startswith("/api/"):  # a tunnel: the application forwards it to the envelope route
        path = "/api/42/envelope/"
    path = path.replace("/api/42/", f"/api/{project}/")
    return path + ("?" + parts.query.replace(KEY, key) if parts.query else "")


def body_of(row, key):
    """The recorded bytes. Behind a tunnel the key is in the envelope's header alone: there it is
    replaced, and nowhere else, since lengths of items would no longer be true."""
    with open(os.path.join(CORPUS, row["file"]), "rb") as file:
        body = file.read()
    if (row.get("target") or "/api/").startswith("/api/") or row.get("encoding") != "identity":
        return body
    header, newline, rest = body.partition(b"\n")
    return header.replace(KEY.encode(), key.encode()) + newline + rest


def main():
    if not CORPUS:
        print("FAULTLOG_CORPUS is not set: skipped")
        return
    folder = tempfile.mkdtemp(prefix="faultlog-corpus-")
    server = Server(os.path.join(folder, "store")).start()
    project = server.ctl_json("projects", "create", "shop")
    counts, wrong, taken = {}, [], {}
    for row in requests():
        status, _, answer = post(server.url + path_of(row, project["key"], project["id"]),
                                 body_of(row, project["key"]), headers_of(row, project["key"]))
        expect = row["expect"]
        good = {"accept": 200 <= status < 300, "refuse": 400 <= status < 500,
                "no-crash": 0 < status < 500}[expect]
        counts[(row["kind"], expect, status)] = counts.get((row["kind"], expect, status), 0) + 1
        if not good:
            wrong.append(f"{row['id']} ({expect}): {status} {answer[:200]!r}")
        if 200 <= status < 300:
            taken[row["id"]] = True
    for key, count in sorted(counts.items()):
        print(f"{key[0]:12} {key[1]:10} {key[2]}: {count}")
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        fail(f"{len(wrong)} requests were answered otherwise than expected")
    check_events(server, taken)
    if server.process.poll() is not None:
        fail("the server died")
    server.stop()
    shutil.rmtree(folder)


def check_events(server, taken):
    server.wait_folded()
    records = {}
    for line in server.ctl("log", "cat", "--format", "ndjson").splitlines():
        record = json.loads(line)
        if record["type"] == "event.captured":
            if record["id"] in records:
                fail(f"event {record['id']} is in the log twice")
            records[record["id"]] = record
    expected = set()
    with open(os.path.join(CORPUS, "expected.jsonl"), encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["id"] in taken and row["kind"] in ("error", "message") and "event_id" in row:
                expected.add(row["event_id"])
    missing = expected - set(records)
    if missing:
        fail(f"{len(missing)} events of the oracle are not in the log: {sorted(missing)[:5]}")
    total = sum(issue["events"] for issue in server.issues())
    if total != len(records):
        fail(f"the views count {total} events, the log has {len(records)}")
    print(f"{len(expected)} events of the oracle are in the log, each once; "
          f"{len(records)} events in {len(server.issues())} issues")


if __name__ == "__main__":
    main()
