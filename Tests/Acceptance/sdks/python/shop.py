"""What every program here has in common: how the SDK is begun, and what a limited program does.

The server and the names come as the environment variables that the SDK reads by itself: SENTRY_DSN,
SENTRY_RELEASE, SENTRY_ENVIRONMENT. SHOP_LIMITED: the project is over its rate; send this many errors.
"""
import os
import socket
import urllib.parse

import sentry_sdk

TRACE = os.environ["SHOP_TRACE"]
TRACE_HEADER = f"{TRACE}-b7ad6b7169203331-1"
LIMITED = int(os.environ.get("SHOP_LIMITED", "0"))
FLUSH_SECONDS = 20


def begin(**options):
    sentry_sdk.init(**options)
    sentry_sdk.continue_trace({"sentry-trace": TRACE_HEADER})
    meet()


def meet():
    """Who it is, and what happened before."""
    sentry_sdk.set_user({"id": "alice", "email": "alice@example.org"})
    sentry_sdk.add_breadcrumb(category="shop", message="cart opened", level="info")


def pay(amount):
    raise ValueError(f"card declined for {amount}")


def repeat(one):
    """Sends one error, so that the SDK is told of the limit, then the others."""
    one(0)
    sentry_sdk.flush(FLUSH_SECONDS)
    for number in range(1, LIMITED):
        one(number)
    sentry_sdk.flush(FLUSH_SECONDS)


def capture(number):
    try:
        pay(number)
    except ValueError:
        sentry_sdk.capture_exception()


def get(url):
    """A visitor; returns the status. By a bare socket: the SDK takes part in all other requests."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(
            f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nsentry-trace: {TRACE_HEADER}\r\n"
            "connection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").read().split()[1])


def visit(url):
    """The same visits for every web framework."""
    if LIMITED:
        repeat(lambda number: get(f"{url}/pay/{number}"))
    else:
        statuses = [get(f"{url}/{path}") for path in ("pay/1", "pay/2", "refund", "fine", "none")]
        if statuses != [500, 500, 200, 200, 404]:
            raise SystemExit(f"the application answered {statuses}")
        sentry_sdk.flush(FLUSH_SECONDS)
