"""A bare loop over the SDK's `messages.create_async`, in a process of its own; run by `dispatch`.

    .venv/bin/python -m benchmarks.bare_texts URL TEXTS sdk|ours

Prints the seconds that so many texts took. `sdk` is the SDK's own client as it comes, but to the
sink and with as many connections as ours; `ours` is the client that our texts go out by.
"""

import asyncio
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from app.channels.twilio_text import CONNECTIONS, TWILIO, BoundedHttpClient
from tests.processes import ACCOUNT_SID, AUTH_TOKEN

PUBLIC_URL = "https://campaign.example"
SENDER = "+19195550142"
TIMEOUT = 10.0
WORDS = "Hi First1, this is Friends of Rosa Alvarez. " * 3


class SdkClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client."""

    def __init__(self, url: str) -> None:
        super().__init__(pool_connections=False, timeout=TIMEOUT)
        self.url = url
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))

    async def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        """One request, to the sink instead of Twilio."""
        return await super().request(method, url.replace(TWILIO, self.url, 1), *rest, **more)


CLIENTS: dict[str, Callable[[str], AsyncTwilioHttpClient]] = {
    "sdk": SdkClient,
    "ours": lambda url: BoundedHttpClient(url, TIMEOUT),
}


async def send_all(url: str, texts: int, by: str) -> None:
    """Sends them on as many connections as ours."""

    async def lane(client: Client, numbers: Iterator[int]) -> None:
        for number in numbers:
            await client.messages.create_async(
                to=f"+1919{number:07}",
                body=WORDS,
                status_callback=f"{PUBLIC_URL}/webhooks/text-status/{uuid4()}",
                validity_period=3600,
                from_=SENDER,
            )

    http = CLIENTS[by](url)
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
    numbers = iter(range(texts))
    await asyncio.gather(*(lane(client, numbers) for _ in range(CONNECTIONS)))
    await http.close()


def main() -> None:
    """Send and tell."""
    url, texts, by = sys.argv[1:]
    # The SDK's own client hands aiohttp what will not be taken some day.
    warnings.filterwarnings("ignore", "The 'auth' parameter", DeprecationWarning)
    begin = time.perf_counter()
    asyncio.run(send_all(url, int(texts), by))
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
