"""Drives the newest sentry-sdk against the real server, as an application would.

    python3 -m venv V && V/bin/pip install sentry-sdk && V/bin/python Tests/Acceptance/sdk.py

An uncaught exception, a captured one and a message must become three issues with the right action,
title and user.
"""
import os
import shutil
import subprocess
import sys
import tempfile

from faultlog import Server, fail

PROGRAM = """
import sentry_sdk, sys
sentry_sdk.init(dsn=sys.argv[1], release="shop@1.2.3", environment="staging")
sentry_sdk.set_user({"id": "alice", "email": "alice@example.org"})
def pay():
    raise ValueError("card declined")
try:
    pay()
except ValueError:
    sentry_sdk.capture_exception()
sentry_sdk.capture_message("low stock of 7 items", level="warning")
def checkout(cart):
    return cart["total"]
checkout({})
"""

EXPECTED = {
    "ValueError: card declined": ("CAUGHT", "error"),
    "low stock of 7 items": ("CAUGHT", "warning"),
    "KeyError: 'total'": ("UNHANDLED", None),
}


def main():
    try:
        import sentry_sdk
    except ImportError:
        print("sentry-sdk is not installed: skipped")
        return
    folder = tempfile.mkdtemp(prefix="faultlog-sdk-")
    server = Server(os.path.join(folder, "store")).start()
    dsn = server.ctl_json("projects", "create", "shop")["dsn"]
    done = subprocess.run([sys.executable, "-c", PROGRAM, dsn], capture_output=True, timeout=60)
    if b"KeyError" not in done.stderr:
        fail(f"the program should have died of a KeyError: {done.stderr.decode()}")
    server.wait_folded()
    issues = {issue["title"]: issue for issue in server.issues()}
    if set(issues) != set(EXPECTED):
        fail(f"the issues are {sorted(issues)}")
    for title, (action, level) in EXPECTED.items():
        issue = issues[title]
        detail = server.ctl_json("errors", "get", issue["id"])
        user = detail["latestEvent"]["user"]
        if issue["action"] != action or (level and issue["level"] != level):
            fail(f"{title}: {issue['action']} {issue['level']}")
        if (issue["events"], issue["users"]) != (1, 1) or user["id"] != "alice":
            fail(f"{title}: {issue['events']} events, {issue['users']} users, {user}")
        if issue["lastRelease"] != "shop@1.2.3" or issue["environments"] != ["staging"]:
            fail(f"{title}: {issue['lastRelease']} {issue['environments']}")
        top = (detail["latestEvent"]["frames"] or [{}])[0]
        print(f"{issue['id']}  {action:9} {title}  user {user['id']}  top {top.get('function')}")
    server.stop()
    shutil.rmtree(folder)
    print(f"sentry-sdk {sentry_sdk.VERSION}: three issues, as expected")


if __name__ == "__main__":
    main()
