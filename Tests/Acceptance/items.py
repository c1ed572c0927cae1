"""What came beside an event is found again with logctl: files, feedback, logs.

    python3 Tests/Acceptance/items.py

One envelope holds an event, two attachments whose names want to leave the folder, feedback and lines
of logs. Files that rot or vanish are named by `logctl log verify`. Saved files hold what was sent, stay inside of the folder, and are never written over.
"""
import hashlib
import json
import os
import subprocess
import tempfile

from faultlog import BIN, Server, fail, post

EVENT = "fc6d8c0c43fc4630ad850ee518f1b9d0"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
FILES = {"../../evil.txt": os.urandom(70_000), ".hidden": b"plain text\n"}


def item(header, payload):
    head = {**header, "length": len(payload)}
    return json.dumps(head).encode() + b"\n" + payload + b"\n"


LINES = ["line 0", "line 1", "line 2"]


def envelope():
    event = {"event_id": EVENT, "timestamp": "2026-11-20T10:11:12Z", "platform": "python",
             "exception": {"values": [{"type": "ValueError", "value": "no such thing"}]},
             "contexts": {"trace": {"trace_id": TRACE}}}
    # Of the last second before, and of the first behind, the five minutes around the event.
    times = [1795169472 + n for n in range(len(LINES))] + [1795169472 - 301, 1795169472 + 301]
    lines = {"items": [{"timestamp": time, "trace_id": TRACE, "level": "info",
                        "body": f"line {n}", "attributes": {}} for n, time in enumerate(times)]}
    feedback = {"event_id": EVENT, "name": "Ada", "email": "ada@example.org",
                "comments": "It broke when I saved."}
    parts = [json.dumps({"event_id": EVENT}).encode() + b"\n",
             item({"type": "event"}, json.dumps(event).encode())]
    for name, content in FILES.items():
        parts.append(item({"type": "attachment", "filename": name,
                           "content_type": "text/plain"}, content))
    parts.append(item({"type": "user_report"}, json.dumps(feedback).encode()))
    parts.append(item({"type": "log", "item_count": len(LINES) + 2,
                       "content_type": "application/vnd.sentry.items.log+json"},
                      json.dumps(lines).encode()))
    return b"".join(parts)


def check_saved(server, folder):
    said = subprocess.run(
        [f"{BIN}/logctl", "events", "files", EVENT, "--save", folder, "--socket", server.socket,
         "--format", "ndjson"], capture_output=True)
    if said.returncode != 0:
        fail(f"events files: {said.stderr.decode()}")
    listed = [json.loads(line) for line in said.stdout.splitlines()]
    sums = {hashlib.sha256(content).hexdigest() for content in FILES.values()}
    if {file["sha256"] for file in listed} != sums:
        fail(f"other files are listed: {listed}")
    names = os.listdir(folder)
    found = {hashlib.sha256(open(os.path.join(folder, name), "rb").read()).hexdigest()
             for name in names}
    if found != sums or any(name.startswith(".") or name.endswith(".part") for name in names):
        fail(f"other files are saved: {names}")
    if os.listdir(os.path.dirname(folder)) != [os.path.basename(folder)]:
        fail("a file was saved outside of the folder")
    return said.stderr.decode()


def check_verify(data):
    """Sound as it is; a flipped bit, a byte more and a missing file are each named."""
    def verify():
        done = subprocess.run([f"{BIN}/logctl", "log", "verify", "--data", data],
                              capture_output=True)
        return done.returncode, done.stderr.decode()

    if verify() != (0, ""):
        fail(f"a sound folder: {verify()}")
    content = FILES["../../evil.txt"]
    name = hashlib.sha256(content).hexdigest()
    path = os.path.join(data, "blobs", name[:2], name[2:4], name)
    flipped = bytes([content[0] ^ 1]) + content[1:]
    for damage, word in ((flipped, "is damaged"), (content + b"x", "is damaged"),
                         (content[:-1], "is damaged"), (b"", "is damaged"), (None, "is missing")):
        if damage is None:
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(damage)
        code, words = verify()
        if code != 65 or name not in words or word not in words:
            fail(f"{word}: {code} {words}")
    with open(path, "wb") as file:
        file.write(content)
    if verify() != (0, ""):
        fail(f"mended: {verify()}")


def main():
    with tempfile.TemporaryDirectory() as base:
        server = Server(os.path.join(base, "data")).start()
        key = server.ctl_json("projects", "create", "shop")["key"]
        status, _, body = post(f"{server.url}/api/1/envelope/", envelope(),
                               {"X-Sentry-Auth": f"Sentry sentry_key={key}"})
        if status != 200:
            fail(f"{status} {body}")
        server.wait_folded()
        issue = server.issues()[0]["id"]
        event = server.ctl_json("events", "get", EVENT)
        if (event["message"], event["traceId"], event["issue"], event["project"]) != (
                "no such thing", TRACE, issue, "shop"):
            fail(f"another event: {event}")
        folder = os.path.join(base, "saved", "here")
        os.makedirs(folder)
        check_saved(server, folder)
        if check_saved(server, folder).count("is there already") != len(FILES):
            fail("a file was written over")
        for arguments in (["--issue", issue], ["--project", "shop"]):
            found = server.ctl_json("feedback", "list", *arguments)
            if [f["message"] for f in found] != ["It broke when I saved."]:
                fail(f"other feedback: {found}")
        if server.ctl_json("feedback", "list", "--project", "shop", "--unattached"):
            fail("attached feedback is listed as unattached")
        for arguments, wanted in (([EVENT], LINES),
                                  (["--trace", TRACE, "--project", "shop"],
                                   ["line 3", *LINES, "line 4"])):
            lines = server.ctl_json("events", "logs", *arguments)
            if [line["message"] for line in lines] != wanted:
                fail(f"other lines: {lines}")
        text = server.ctl("feedback", "list", "--project", "shop", "--format", "table")
        if "It broke when I saved." not in text or "MESSAGE" not in text:
            fail(f"another table: {text}")
        # What is not there, and what is used wrongly, is said in words and by exit codes.
        for code, arguments in (
                (66, ["events", "get", "0" * 32]), (65, ["events", "files", "xyz"]),
                (64, ["feedback", "list"]), (64, ["events", "logs"]), (66, ["events", "logs", "0" * 32]),
                (66, ["events", "logs", "--trace", TRACE, "--project", "nobody"]),
                (66, ["events", "files", EVENT, "--save", "/nowhere/at/all"])):
            done = subprocess.run([f"{BIN}/logctl", *arguments, "--socket", server.socket],
                                  capture_output=True)
            if done.returncode != code or not done.stderr:
                fail(f"{arguments}: {done.returncode} {done.stderr.decode()}")
        server.stop()
        check_verify(server.directory)
    print("items: files, feedback and logs are found again")


main()
