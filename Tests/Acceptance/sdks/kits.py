"""What is driven, how it is installed, and what has to arrive.

A kit is an SDK of one version in one kind of program. Each gives the same names (release,
environment, user `alice`, a breadcrumb) and the id of a trace, so that one check serves all.
"""
import dataclasses
import glob
import os
import shutil
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
INSTALL_SECONDS = 600


class Missing(Exception):
    """What a kit needs cannot be had here."""


@dataclasses.dataclass
class Issue:
    """One issue that has to be there, by the beginning of its title."""
    title: str
    action: str
    events: int = 1
    function: str = None
    level: str = None
    trace: str = "same"  # "same" as the program was called with, "some", or "none"
    user: str = "alice"
    crumb: str = "cart opened"


@dataclasses.dataclass
class Kit:
    name: str
    command: object  # of a folder to install in: the words to run
    issues: list
    # Over the rate: how many errors are sent, of which the server refuses how many, and whether the
    # SDK reports the others.
    limited: int = 10
    refused: int = 1
    reports: bool = True
    # Seconds for which the project is over its rate.
    limit_seconds: int = 60
    # What is sent when the limit is over, by the SDK itself.
    later: int = 0
    page: object = None
    fast: bool = False


def run(words, **options):
    try:
        done = subprocess.run(words, capture_output=True, timeout=INSTALL_SECONDS, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{words[0]}: {error}") from error
    if done.returncode != 0:
        lines = done.stderr.decode().strip().splitlines()
        raise Missing(f"{' '.join(words[:4])}…: {lines[-1] if lines else done.returncode}")
    return done.stdout.decode()


def debian(*packages):
    run([os.path.join(HERE, "..", "packages.sh"), *packages])


# MARK: Python

def venv(folder, name, packages):
    """A virtual environment of these packages, made once in a folder."""
    home = os.path.join(folder, name)
    python = os.path.join(home, "bin", "python")
    if not os.path.exists(os.path.join(home, "whole")):
        shutil.rmtree(home, ignore_errors=True)
        run([sys.executable, "-m", "venv", home])
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        open(os.path.join(home, "whole"), "w").close()
    return python


def python(version, program, *packages):
    label = version or "newest"
    sdk = f"sentry-sdk=={version}" if version else "sentry-sdk"

    def command(folder):
        # One environment for all programs of a version: an SDK takes up what it finds.
        name = f"python-{label}" if program not in ("plain", "flask_shop") else f"python-{label}-flask"
        wanted = [sdk, "flask"] if name.endswith("flask") else [sdk, "flask", "django", "fastapi", "uvicorn"]
        return [venv(folder, name, wanted), os.path.join(HERE, "python", program + ".py")]
    return command


def python_kits(version):
    label = f"sentry-sdk {version or '(newest)'}"
    web = [
        Issue("ValueError: card declined for 2", "UNHANDLED", 2, "pay"),
        Issue("ValueError: card declined for 7", "CAUGHT", 1, "pay"),
    ]
    return [
        Kit(f"{label}: plain", python(version, "plain"), [
            Issue("ValueError: card declined", "CAUGHT", 1, "pay"),
            Issue("low stock of 7 items", "CAUGHT", level="warning"),
            Issue("KeyError: 'total'", "UNHANDLED", 1, "checkout"),
        ], fast=True),
        Kit(f"{label}: logging", python(version, "logs"), [
            Issue("order ", "CAUGHT", 2),
            Issue("ValueError: card declined", "CAUGHT", 1, "pay"),
        ]),
        Kit(f"{label}: threads", python(version, "threads"), [
            Issue("ValueError: card declined", "UNHANDLED", 2, "pay"),
        ]),
        Kit(f"{label}: asyncio", python(version, "tasks"), [
            Issue("ValueError: card declined", "UNHANDLED", 2, "pay"),
        ]),
        Kit(f"{label}: Flask", python(version, "flask_shop"), web, fast=True),
        Kit(f"{label}: Django", python(version, "django_shop"), web),
        Kit(f"{label}: FastAPI", python(version, "fastapi_shop"), web),
    ]


# MARK: Ruby and Go, as Debian ships them

def ruby(program):
    def command(folder):
        debian("ruby", "ruby-sentry-ruby-core", "ruby-rack", "ruby-webrick")
        return ["ruby", os.path.join(HERE, "ruby", program + ".rb")]
    return command


def go(folder):
    debian("golang-go", "golang-github-getsentry-sentry-go-dev")
    program = os.path.join(folder, "go-shop")
    run(["go", "build", "-o", program, os.path.join(HERE, "go", "main.go")],
        env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
             "GOCACHE": os.path.join(folder, "go-cache"), "GOFLAGS": ""})
    return [program]


# MARK: browsers

def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    debian("chromium")
    return "chromium"


def bundle_of_octoprint(version):
    """The bundle of the browser SDK that this web application carries, from its wheel or archive."""
    def script(folder):
        home = os.path.join(folder, f"octoprint-{version}")
        found = os.path.join(home, "sentry.min.js")
        if not os.path.exists(found):
            run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                 "--no-deps", "--only-binary", ":all:", "--dest", home, f"octoprint=={version}"])
            with zipfile.ZipFile(glob.glob(os.path.join(home, "*.whl"))[0]) as wheel:
                inside = [name for name in wheel.namelist()
                          if name.endswith("errortracking/static/js/sentry.min.js")]
                if not inside:
                    raise Missing(f"OctoPrint {version} has no bundle any more")
                with open(found, "wb") as file:
                    file.write(wheel.read(inside[0]))
        with open(found, encoding="utf-8") as file:
            return file.read()
    return script


def raven_js(folder):
    """Debian's raven-js, whose modules are put together here."""
    debian("node-raven-js")
    root = "/usr/share/nodejs/raven-js"
    modules = []
    for path in ("src/singleton", "src/raven", "src/utils", "src/console", "src/configError",
                 "vendor/TraceKit/tracekit", "vendor/json-stringify-safe/stringify"):
        with open(f"{root}/{path}.js", encoding="utf-8") as file:
            name = path.rsplit("/", 1)[1]
            modules.append(f'"{name}": function (module, exports, require) {{{file.read()}\n}}')
    return ("var global = window; var Raven = (function () { var made = {}; var all = {"
            + ",\n".join(modules) + """};
    function require(path) {
      var name = path.split("/").pop();
      if (!made[name]) { made[name] = {exports: {}}; all[name](made[name], made[name].exports, require); }
      return made[name].exports;
    }
    return require("singleton"); })();""")


def page_kit(name, page, **rest):
    issues = [
        Issue("RangeError: card declined", "CAUGHT", 1, "pay", trace=rest.pop("trace", "some")),
        # raven-js does not say that nobody caught it.
        Issue("TypeError: Cannot read properties of null",
              "CAUGHT" if page is raven_js else "UNHANDLED", trace=None),
        Issue("asked first", "CAUGHT", level="info", trace="none", user=None, crumb=None),
    ]
    if page is not raven_js:
        issues.append(Issue("TypeError: no answer", "REJECTION", trace=None))
    return Kit(f"{name} in Chromium", lambda folder: [chromium()], issues, page=page, **rest)


KITS = [
    *python_kits("1.45.1"),
    *python_kits(None),
    Kit("sentry-ruby of Debian: plain", ruby("plain"), [
        Issue("ArgumentError: card declined for 7", "CAUGHT", 1, "pay"),
        Issue("low stock of 7 items", "CAUGHT", level="warning"),
        Issue("KeyError: no account", "CAUGHT"),
    ], limit_seconds=20, later=1),
    Kit("sentry-ruby of Debian: Rack", ruby("rack"), [
        # This version does not say that nobody caught it.
        Issue("ArgumentError: card declined for 2", "CAUGHT", 2, "pay"),
        Issue("ArgumentError: card declined for 7", "CAUGHT", 1, "pay"),
    ], limit_seconds=20, later=1),
    Kit("sentry-go of Debian", go, [
        Issue("*fmt.wrapError: order 7: card declined", "CAUGHT", trace="none"),
        Issue("low stock of 7 items", "CAUGHT", level="info", trace="none"),
        Issue("runtime.plainError: assignment to entry in nil map", "UNHANDLED", 2),
        # A panic with a text comes as a message, which says nothing of how it was caught.
        Issue("out of stock", "CAUGHT", level="fatal", trace="none"),
    ], reports=False),
    page_kit("@sentry/browser 8 (OctoPrint 1.11.8)", bundle_of_octoprint("1.11.8")),
    page_kit("@sentry/browser 6 (OctoPrint 1.9.3)", bundle_of_octoprint("1.9.3"), trace="none"),
    page_kit("@sentry/browser 5 (OctoPrint 1.7.3)", bundle_of_octoprint("1.7.3"), trace="none",
             reports=False),
    page_kit("raven-js of Debian", raven_js, trace="none", reports=False),
]
