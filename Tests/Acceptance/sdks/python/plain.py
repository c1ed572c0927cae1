"""A script: a caught error, a message, and the error of which it dies."""
import sentry_sdk

import shop

shop.begin()
if shop.LIMITED:
    shop.repeat(shop.capture)
    raise SystemExit
shop.capture(7)
sentry_sdk.capture_message("low stock of 7 items", level="warning")


def checkout(cart):
    return cart["total"]


checkout({})
