"""Tasks of asyncio that end with an error, one awaited and caught."""
import asyncio

import sentry_sdk
from sentry_sdk.integrations.asyncio import AsyncioIntegration

import shop


async def charge(number):
    await asyncio.sleep(0)
    shop.pay(number)


async def main():
    shop.begin(integrations=[AsyncioIntegration()])
    for number in range(shop.LIMITED or 2):
        await asyncio.gather(asyncio.create_task(charge(number)), return_exceptions=True)
        if number == 0:
            await asyncio.to_thread(sentry_sdk.flush, shop.FLUSH_SECONDS)
    await asyncio.to_thread(sentry_sdk.flush, shop.FLUSH_SECONDS)


asyncio.run(main())
