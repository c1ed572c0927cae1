"""A bundle made by esbuild fails in a real browser, and reads in its original names.

    FAULTLOG_BIN=.build/release python3 Tests/Acceptance/sourcemaps/browser.py

The shop of ./shop is bundled and minified by Debian's esbuild, thrown in headless Chromium, and sent by
@sentry/browser and once more as a raw stack. Three ways: its maps are uploaded before, found by release and
URL; uploaded after the error; and with debug ids, without any release. Needs what PyPI and Debian have.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "sdks")]

import browser  # noqa: E402
from faultlog import Server, fail  # noqa: E402
from kits import bundle_of_octoprint, chromium, debian  # noqa: E402

RUN_SECONDS = 60
# Function, file and line of every frame of ours, nearest to the throw first; the last two are the script
# itself, and the function that the bundler has put around it.
TRUTH = [("Cart.total", "cart.ts", 16), ("checkout", "main.ts", 10), ("onClick", "main.ts", 15),
         (None, "main.ts", 35), (None, "main.ts", 35)]


def bundle(folder):
    debian("esbuild")
    subprocess.run(
        ["esbuild", os.path.join(HERE, "shop", "main.ts"), "--bundle", "--minify", "--sourcemap",
         "--log-level=error", f"--outfile={folder}/static/app.min.js"], check=True)


def throw_in_browser(server, project, folder, sdk, release):
    address = project["dsn"].replace(project["key"] + "@", "").rsplit("/", 1)[0]
    shop = (f'{{"dsn":"{project["dsn"]}","release":"{release}","key":"{project["key"]}",'
            f'"events":"{address}/api/events"}}')
    with open(f"{folder}/static/app.min.js", encoding="utf-8") as file:
        script = file.read()
    files = {
        "/": ("text/html", "<!doctype html><meta charset=utf-8><title>shop</title>"
              f"<script src=sdk.js></script><script>var shop = {shop};</script>"
              "<script src=static/app.min.js?v=1></script>"),
        "/sdk.js": ("text/javascript", sdk), "/static/app.min.js?v=1": ("text/javascript", script)}
    before = server.status()["accepted"]
    browser.show([chromium()], files, "/", lambda: server.status()["accepted"] >= before + 2,
                 RUN_SECONDS)
    server.wait_folded()


def frames_of(server, project, title):
    """The frames of the newest event of the issue with this title, as answers show them."""
    issues = [issue for issue in server.ctl_json(
        "errors", "list", "--project", project["slug"]) if issue["title"] == title]
    if len(issues) != 1:
        fail(f"{len(issues)} issues are '{title}'")
    event = server.ctl_json("errors", "get", issues[0]["id"])["latestEvent"]
    return [frame for frame in event["frames"] if "app.min.js" in str(frame)], issues[0]


def check_original(name, frames):
    told = [(frame.get("function"), (frame.get("file") or "").rsplit("/", 1)[-1], frame.get("line"))
            for frame in frames]
    if len(told) != len(TRUTH) or any(
            truth[1:] != found[1:] or truth[0] not in (None, found[0])
            for truth, found in zip(TRUTH, told)):
        fail(f"{name}: {told}\n{frames[:1]}")
    if "the cart is empty" not in str(frames[0].get("contextLine")):
        fail(f"{name}: no source text: {frames[0]}")
    if not all("app.min.js" in str(frame.get("minified")) for frame in frames):
        fail(f"{name}: the minified frame is not beside it: {frames[0]}")


def trial(server, name, sdk, *, release="1.2.3", late=False, inject=False):
    slug = name.replace(" ", "-")
    project = server.ctl_json("projects", "create", slug)
    folder = tempfile.mkdtemp(prefix="faultlog-build-")
    bundle(folder)

    def upload():
        words = ["--inject"] if inject else []
        server.ctl("sourcemaps", "upload", "--origin", slug, "--release",
                   "-" if inject else release, *words, folder)

    if not late:
        upload()
    throw_in_browser(server, project, folder, sdk, "another" if inject else release)
    titles = ["RangeError: the cart is empty"]
    # A raw stack has no debug ids.
    titles += [] if inject else ["RawStack: the cart is empty"]
    if late:
        fingerprints = []
        for title in titles:
            frames, issue = frames_of(server, project, title)
            fingerprints.append(issue["id"])
            if any("minified" in frame for frame in frames):
                fail(f"{name}: resolved before there was a map")
        upload()
        for title, fingerprint in zip(titles, fingerprints):
            if frames_of(server, project, title)[1]["id"] != fingerprint:
                fail(f"{name}: the upload moved '{title}' to another issue")
    for title in titles:
        check_original(f"{name}, {title}", frames_of(server, project, title)[0])
    shutil.rmtree(folder)
    print(f"ok    {name}: {len(titles)} events in original names")


def main():
    install = tempfile.mkdtemp(prefix="faultlog-install-")
    folder = tempfile.mkdtemp(prefix="faultlog-sourcemaps-")
    server = Server(os.path.join(folder, "store")).start()
    try:
        sdk = bundle_of_octoprint("1.11.8")(install)
        trial(server, "maps first", sdk)
        trial(server, "maps later", sdk, late=True)
        trial(server, "debug ids", sdk, inject=True)
        server.stop()
    finally:
        server.end()
        for path in (install, folder):
            shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    main()
