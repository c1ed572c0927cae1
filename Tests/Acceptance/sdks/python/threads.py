"""Threads that die of an error."""
import threading

import sentry_sdk
from sentry_sdk.integrations.threading import ThreadingIntegration

import shop

shop.begin(integrations=[ThreadingIntegration(propagate_hub=True)]
           if sentry_sdk.VERSION.startswith("1.") else [])


def work(number):
    thread = threading.Thread(target=shop.pay, args=(number,))
    thread.start()
    thread.join()


if shop.LIMITED:
    shop.repeat(work)
else:
    work(1)
    work(2)
    sentry_sdk.flush(shop.FLUSH_SECONDS)
