"""A program that knows only the logging module."""
import logging

import sentry_sdk

import shop

shop.begin()
log = logging.getLogger("shop")
log.setLevel(logging.INFO)
if shop.LIMITED:
    shop.repeat(lambda number: log.error("order %s lost", number))
    raise SystemExit
log.info("stock counted")
log.error("order %s lost", 7)
log.error("order %s lost", 8)
try:
    shop.pay(7)
except ValueError:
    log.exception("payment of %s", "alice")
sentry_sdk.flush(shop.FLUSH_SECONDS)
