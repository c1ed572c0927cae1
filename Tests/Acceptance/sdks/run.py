"""Drives real SDKs against the real server, as their applications do.

    FAULTLOG_BIN=.build/release python3 Tests/Acceptance/sdks/run.py [--fast] [--install DIR] [WORD…]

Every kit (an SDK in one kind of program, see kits.py) gets a server of its own and is run twice. First
each of its errors must arrive once, grouped as its user would expect, with action, user, release,
environment, breadcrumbs and trace. Then its project is over its rate: the SDK must fall silent at the
first 429 and tell later, in a client report, how much it has lost. WORDs choose kits by their names; what
cannot be installed is skipped, and said. DIR is where SDKs are installed (a folder that goes again).
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import browser  # noqa: E402
from faultlog import Server, post  # noqa: E402
from kits import KITS, Missing  # noqa: E402

TRACE = "0af7651916cd43dd8448eb211c80319c"
RELEASE, ENVIRONMENT = "shop@1.2.3", "staging"
RUN_SECONDS = 90


class Wrong(Exception):
    """A kit did not do what it should."""


def expect(condition, message):
    if not condition:
        raise Wrong(message)


# MARK: programs and pages

def run_program(words, project, limited):
    environment = {
        **os.environ, "SENTRY_DSN": project["dsn"], "SENTRY_RELEASE": RELEASE,
        "SENTRY_ENVIRONMENT": ENVIRONMENT, "SHOP_TRACE": TRACE, "SHOP_LIMITED": str(limited)}
    done = subprocess.run(words, env=environment, capture_output=True, timeout=RUN_SECONDS)
    return done.stderr.decode()


def run_page(words, kit, install, project, limited, until):
    """Opens a page of another origin than the server's in a browser, until it has done its work."""
    shop = {"dsn": project["dsn"], "release": RELEASE, "environment": ENVIRONMENT,
            "limited": limited, "key": project["key"],
            "envelope": project["dsn"].replace(project["key"] + "@", "").rsplit("/", 1)[0]
            + f"/api/{project['id']}/envelope/"}
    with open(os.path.join(HERE, "browser", "page.js"), encoding="utf-8") as file:
        work = file.read()
    files = {"/": ("text/html", "<!doctype html><meta charset=utf-8><title>shop</title>"
                   "<script src=sdk.js></script>"
                   f"<script>var shop = {json.dumps(shop)};</script><script src=page.js></script>"),
             "/sdk.js": ("text/javascript", kit.page(install)), "/page.js": ("text/javascript", work)}

    browser.show(words, files, "/", until, RUN_SECONDS)
    return ""


def drive(kit, words, install, project, limited, until):
    if kit.page:
        return run_page(words, kit, install, project, limited, until)
    return run_program(words, project, limited)


# MARK: what has to be there

def check_issue(server, wanted, issues):
    found = [issue for issue in issues if issue["title"].startswith(wanted.title)]
    expect(len(found) == 1, f"{len(found)} issues begin with '{wanted.title}'")
    issue = found[0]
    issues.remove(issue)
    where = f"'{issue['title']}'"
    expect(issue["events"] == wanted.events, f"{where}: {issue['events']} events")
    expect(issue["action"] == wanted.action, f"{where}: {issue['action']}")
    expect(wanted.level in (None, issue["level"]), f"{where}: level {issue['level']}")
    event = server.ctl_json("errors", "get", issue["id"])["latestEvent"]
    user = (event.get("user") or {}).get("id")
    expect(user == wanted.user, f"{where}: user {user}")
    if wanted.user:
        expect(issue["users"] == 1, f"{where}: {issue['users']} users")
        expect(issue["lastRelease"] == RELEASE, f"{where}: release {issue['lastRelease']}")
        expect(issue["environments"] == [ENVIRONMENT], f"{where}: {issue['environments']}")
    crumbs = [crumb.get("message") for crumb in event.get("breadcrumbs") or []]
    expect(wanted.crumb is None or crumbs.count(wanted.crumb) >= 1, f"{where}: breadcrumbs {crumbs}")
    trace = event.get("traceId")
    if wanted.trace == "same":
        expect(trace == TRACE, f"{where}: trace {trace}")
    elif wanted.trace == "some":
        expect(trace and len(trace) == 32, f"{where}: trace {trace}")
    elif wanted.trace == "none":
        expect(not trace, f"{where}: trace {trace}")
    if wanted.function:
        top = (event.get("frames") or [{}])[0].get("function")
        expect((top or "").split(".")[-1] == wanted.function, f"{where}: thrown in {top}")
    return f"{wanted.action} {wanted.events}x {issue['title'][:40]}"


def check_errors(kit, words, install, server):
    project = server.ctl_json("projects", "create", "shop")

    def has_all():
        return server.status()["accepted"] >= sum(issue.events for issue in kit.issues)

    stderr = drive(kit, words, install, project, 0, has_all)
    server.wait_folded()
    issues = server.issues()
    seen = []
    try:
        for wanted in kit.issues:
            seen.append(check_issue(server, wanted, issues))
        expect(not issues, f"there are more: {[issue['title'] for issue in issues]}")
        status = server.status()
        expect(not status["refused"], f"refused: {status['refused']}")
    except Wrong as wrong:
        titles = [f"{issue['action']} {issue['events']}x {issue['title']}"
                  for issue in server.issues()]
        raise Wrong(f"{wrong}; issues {titles}; {stderr[-600:]}") from None
    return "; ".join(seen)


def check_limit(kit, words, install, server):
    project = server.ctl_json("projects", "create", "busy")
    server.ctl("projects", "set", "busy", "--rate", "1", "--burst", "1")
    # A batch is taken whole; what it owes has to be waited off.
    debt = json.dumps([{"message": "debt"}] * kit.limit_seconds).encode()
    status, _, _ = post(server.url + "/api/events", debt,
                        {"Authorization": f"Bearer {project['key']}"})
    expect(status == 200, f"the batch was answered {status}")
    before = server.status()

    def has_told():
        status = server.status()
        return sum(status["dropped"].values()) >= kit.refused and (
            not kit.reports or status["lostBySDKs"].get("ratelimit_backoff"))

    stderr = drive(kit, words, install, project, kit.limited, has_told)
    server.wait_folded()
    after = server.status()
    refused = after["dropped"].get("rate_limit", 0) - before["dropped"].get("rate_limit", 0)
    lost = sum(loss["quantity"] for loss in after["clientReports"]
               if (loss["reason"], loss["category"]) == ("ratelimit_backoff", "error"))
    later = after["accepted"] - before["accepted"]
    told = f"{refused} refused, {lost} reported of {kit.limited}"
    expect(refused == kit.refused, f"{told}; dropped {after['dropped']}; {stderr[-600:]}")
    expect(lost == (kit.limited - kit.refused if kit.reports else 0),
           f"{told}: {after['clientReports']}; {stderr[-600:]}")
    expect(later == kit.later, f"{later} events came in spite of the limit")
    return told


def check(kit, install):
    words = kit.command(install)
    if kit.page:
        kit.page(install)
    folder = tempfile.mkdtemp(prefix="faultlog-sdk-")
    server = Server(os.path.join(folder, "store")).start()
    try:
        errors = check_errors(kit, words, install, server)
        limit = check_limit(kit, words, install, server)
        server.stop()
    finally:
        server.end()
        shutil.rmtree(folder)
    return errors, limit


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true", help="only a few, for every build")
    parser.add_argument("--install", help="where SDKs are installed, and stay")
    parser.add_argument("words", nargs="*", help="parts of the names of kits")
    options = parser.parse_args()
    install = os.path.abspath(options.install or tempfile.mkdtemp(prefix="faultlog-sdks-"))
    os.makedirs(install, exist_ok=True)
    failures = 0
    try:
        for kit in KITS:
            if options.fast and not kit.fast:
                continue
            if options.words and not any(word.lower() in kit.name.lower() for word in options.words):
                continue
            try:
                errors, limit = check(kit, install)
                print(f"ok       {kit.name}: {errors} | over the rate: {limit}", flush=True)
            except Missing as missing:
                print(f"skipped  {kit.name}: {missing}", flush=True)
            except Wrong as wrong:
                failures += 1
                print(f"FAILED   {kit.name}: {wrong}", flush=True)
    finally:
        if not options.install:
            shutil.rmtree(install, ignore_errors=True)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
