"""Source maps: uploaded by curl's kind of form and by the unmodified sentry-cli, read in events.

    python3 Tests/Acceptance/sourcemaps.py [--install FOLDER]

sentry-cli 2 and 3 come from the package index, into environments of their own under FOLDER. An event
that came before the upload and one that came after read in original names, by debug id and by release
and URL; a server that is killed in the middle of an upload has nothing half there.
"""
import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import zipfile

from faultlog import BIN, Server, fail, post

SCRIPT = ('function t(){throw new Error("no")}t();\n'
          "//# sourceMappingURL=app.min.js.map\n")
SOURCE = '// the shop\nfunction checkout() {\n  throw new Error("no");\n}\ncheckout();\n'
MAP = json.dumps({"version": 3, "file": "app.min.js", "sources": ["src/app.js"],
                  "names": ["checkout"], "sourcesContent": [SOURCE],
                  "mappings": "AACA,SAASA,IACP,MAAM,gBAERA"})
HOST = "https://shop.example"


def write_dist(folder):
    os.makedirs(os.path.join(folder, "static"))
    for name, text in (("app.min.js", SCRIPT), ("app.min.js.map", MAP)):
        with open(os.path.join(folder, "static", name), "w") as file:
            file.write(text)


def install(folder, major):
    """The program, or None where the package index cannot be reached."""
    home = os.path.join(folder, f"sentry-cli-{major}")
    program = os.path.join(home, "bin", "sentry-cli")
    if not os.path.exists(program):
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        done = subprocess.run([os.path.join(home, "bin", "pip"), "-q", "install",
                               f"sentry-cli=={major}.*"], capture_output=True)
        if done.returncode != 0 or not os.path.exists(program):
            shutil.rmtree(home)
            print(f"SKIPPED: sentry-cli {major} cannot be installed: "
                  f"{done.stderr.decode().strip()[-300:]}")
            return None
    return program


def cli(program, server, token, *arguments):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("SENTRY_")}
    done = subprocess.run(
        [program, "--url", server.url, "--auth-token", token, *arguments],
        capture_output=True, env=environment, timeout=120)
    return done.returncode, (done.stdout + done.stderr).decode()


def place(folder, text):
    """Line and column, from 1 on, of a text in the script as it was injected."""
    with open(os.path.join(folder, "static", "app.min.js")) as file:
        for number, line in enumerate(file, 1):
            if text in line:
                return number, line.index(text) + 1
    return fail(f"there is no {text}")


class Shop:
    """A server with the project shop, as an SDK and as an administrator see it."""

    def __init__(self, server):
        self.server = server
        self.key = server.ctl_json("projects", "create", "shop")["key"]
        with open(os.path.join(server.directory, "token")) as file:
            self.token = file.read().strip()
        self.count = 0

    def ask(self, method, path, body=None, headers=None):
        headers = {"authorization": f"Bearer {self.token}", **(headers or {})}
        status, _, answer = post(self.server.url + path, body, headers, method=method)
        return status, json.loads(answer) if answer else None

    def capture(self, line, column, release=None, debug_id=None):
        self.count += 1
        event_id = f"{self.count:032x}"
        file = HOST + "/static/app.min.js"
        event = {"event_id": event_id, "platform": "javascript", "release": release,
                 "exception": {"values": [{"type": "Error", "value": "no", "stacktrace": {
                     "frames": [{"function": "t", "filename": file, "abs_path": file,
                                 "lineno": line, "colno": column}]}}]}}
        if debug_id:
            event["debug_meta"] = {"images": [
                {"type": "sourcemap", "code_file": file, "debug_id": debug_id}]}
        body = b'{}\n{"type":"event"}\n' + json.dumps(event).encode() + b"\n"
        status, _, answer = post(f"{self.server.url}/api/1/envelope/", body,
                                 {"X-Sentry-Auth": f"Sentry sentry_key={self.key}"})
        if status != 200:
            fail(f"{status} {answer}")
        return event_id

    def frame(self, event_id):
        return self.server.ctl_json("events", "get", event_id)["frames"][0]

    def check_resolved(self, event_id, what):
        frame = self.frame(event_id)
        found = (frame.get("function"), frame.get("file", "").split("/")[-1], frame.get("line"),
                 frame.get("contextLine"), frame.get("minified", {}).get("function"))
        if found != ("checkout", "app.js", 3, '  throw new Error("no");', "t"):
            fail(f"{what}: {frame}")

    def check_unresolved(self, event_id, word):
        frame = self.frame(event_id)
        if word not in frame.get("unresolved", ""):
            fail(f"{word}: {frame}")

    def list(self, release):
        path = f"/api/origins/shop/releases/{urllib.parse.quote(release, safe='')}/sourcemaps"
        return self.ask("GET", path)[1]["artifacts"]

    def upload(self, release, parts):
        boundary = "faultlogfaultlog"
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{file}"\r\n\r\n'.encode() + content + b"\r\n"
            for name, file, content in parts) + f"--{boundary}--\r\n".encode()
        path = f"/api/origins/shop/releases/{urllib.parse.quote(release, safe='')}/sourcemaps"
        return self.ask("POST", path, body,
                        {"content-type": f"multipart/form-data; boundary={boundary}"})


def check_archives(shop):
    """A zip and a packed tar of a folder, with what does not belong there."""
    files = {"static/app.min.js": SCRIPT, "static/app.min.js.map": MAP, "index.html": "<p>",
             "../evil.js": "x", "static/style.css.map": MAP, "bad.js.map": "<html>"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    rolled = io.BytesIO()
    with tarfile.open(fileobj=rolled, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    for release, content in (("zip/1", packed.getvalue()), ("tar 2", rolled.getvalue())):
        early = shop.capture(1, 20, release)
        shop.check_unresolved(early, "nothing was uploaded")
        status, answer = shop.upload(release, [("archive", "dist", content)])
        if status != 201 or [a["url"] for a in answer["artifacts"]] != [
                "~/static/app.min.js", "~/static/app.min.js.map"]:
            fail(f"{release}: {status} {answer}")
        skipped = {item["name"]: item["reason"] for item in answer["skipped"]}
        if set(skipped) != {"index.html", "../evil.js", "static/style.css.map",
                            "~/bad.js.map"} or "HTML" not in skipped["~/bad.js.map"]:
            fail(f"{release}: {skipped}")
        shop.check_resolved(early, release)
        status, answer = shop.upload("cut", [("archive", "dist", content[:-20])])
        if status != 400 or "cut off" not in answer["detail"] or shop.list("cut"):
            fail(f"a cut archive: {status} {answer}")


def check_resolve(shop):
    """A raw stack and frames, by the server's maps, on the command line."""
    stack = f"Error: no\n    at t ({HOST}/static/app.min.js:1:20)\n"
    frames = json.dumps({"frames": [{"file": "/static/app.min.js", "line": 1, "column": 20}]})
    for text in (stack, frames):
        done = subprocess.run(
            [f"{BIN}/logctl", "sourcemaps", "resolve", "--origin", "shop", "--release", "zip/1",
             "--format", "table", "--socket", shop.server.socket],
            input=text.encode(), capture_output=True)
        words = done.stdout.decode()
        if done.returncode != 0 or "checkout" not in words or "app.min.js:1:20" not in words:
            fail(f"resolve: {words} {done.stderr.decode()}")


def check_bombs(shop):
    """Ten gigabytes that pack into ten megabytes are refused at once."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(12):
            with archive.open(f"{number}.js", "w") as entry:
                for _ in range(100):
                    entry.write(bytes(1 << 20))
    status, answer = shop.upload("bomb", [("archive", "dist", packed.getvalue())])
    if status != 400 or "unpacked" not in answer["detail"] or shop.list("bomb"):
        fail(f"a bomb: {status} {answer}")


def check_cut_upload(shop):
    """A client that hangs up, and a server that is killed, in the middle of an upload."""
    head = ("POST /api/origins/shop/releases/half/sourcemaps HTTP/1.1\r\nhost: a\r\n"
            f"authorization: Bearer {shop.token}\r\ncontent-length: 10000000\r\n"
            "content-type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
            'content-disposition: form-data; name="file"; filename="a.js"\r\n\r\n')
    for kills in (False, True):
        with socket.create_connection(("127.0.0.1", shop.server.port)) as connection:
            connection.sendall(head.encode() + bytes(3_000_000))
            if kills:
                shop.server.kill()
        if kills:
            shop.server.start()
        shop.server.wait_folded()
        if shop.list("half"):
            fail("half an upload is listed")
        waiting = os.path.join(shop.server.directory, "uploads")
        if os.path.isdir(waiting) and os.listdir(waiting) not in ([], ["chunks"]):
            fail(f"an upload is left: {os.listdir(waiting)}")


def check_sentry_cli(shop, program, base, major):
    folder = os.path.join(base, f"dist{major}")
    write_dist(folder)
    release = f"shop@{major}.0+b 1"
    common = ["--org", "x", "--project", "shop"]

    def run(*arguments):
        code, words = cli(program, shop.server, shop.token, *arguments)
        if code != 0:
            fail(f"sentry-cli {major} {arguments}: {words}")
        return words

    run("releases", *common, "new", release)
    run("sourcemaps", "inject", folder)
    line, column = place(folder, "throw")
    with open(os.path.join(folder, "static", "app.min.js")) as file:
        debug_id = file.read().split("//# debugId=")[1].split()[0]
    by_id = shop.capture(line, column, "another", debug_id)
    by_url = shop.capture(line, column, release)
    shop.check_unresolved(by_id, debug_id)
    issue = shop.server.ctl_json("events", "get", by_id)["issue"]
    run("sourcemaps", "upload", *common, "--release", release, folder)
    for what, event in (("by debug id, before", by_id), ("by release, before", by_url),
                        ("by debug id", shop.capture(line, column, None, debug_id.upper())),
                        ("by release", shop.capture(line, column, release))):
        shop.check_resolved(event, f"sentry-cli {major}: {what}")
    if shop.server.ctl_json("events", "get", by_id)["issue"] != issue:
        fail("the upload has moved an event to another issue")
    # The same once more keeps nothing more; a folder without a release goes by its ids.
    before = shop.list(release)
    run("sourcemaps", "upload", *common, "--release", release, folder)
    if shop.list(release) != before or len(before) != 2:
        fail(f"uploaded twice: {shop.list(release)}")
    run("sourcemaps", "upload", *common, folder)
    if not any(item["debugId"] == debug_id for item in shop.list("-")):
        fail(f"without a release: {shop.list('-')}")
    run("releases", *common, "finalize", release)
    found = [item for item in shop.server.ctl_json("releases", "list", "--project", "shop")
             if item["version"] == release]
    if not found or not found[0]["finalizedAt"]:
        fail(f"sentry-cli {major}: the release is not final: {found}")
    code, words = cli(program, shop.server, shop.token, "sourcemaps", "upload", "--org", "x",
                      "--project", "nobody", folder)
    if code == 0 or "nobody" not in words:
        fail(f"sentry-cli {major}, no project: {code} {words}")
    code, words = cli(program, shop.server, "wrong", "sourcemaps", "upload", *common, folder)
    if code == 0:
        fail(f"sentry-cli {major}, a wrong token: {words}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--install", default="../../.build/sdks")
    folder = os.path.abspath(parser.parse_args().install)
    os.makedirs(folder, exist_ok=True)
    done = []
    with tempfile.TemporaryDirectory() as base:
        shop = Shop(Server(os.path.join(base, "data")).start())
        check_archives(shop)
        check_resolve(shop)
        check_bombs(shop)
        for major in (2, 3):
            program = install(folder, major)
            if program:
                check_sentry_cli(shop, program, base, major)
                done.append(f"sentry-cli {major}")
        text = shop.server.ctl("errors", "get", shop.server.issues()[0]["id"],
                               "--format", "table")
        if "checkout" not in text or "app.min.js" not in text:
            fail(f"a stack for people: {text}")
        check_cut_upload(shop)
        shop.server.stop()
    print(f"source maps: forms, archives, {', '.join(done) or 'no sentry-cli'}")


main()
