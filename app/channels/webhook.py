"""Webhooks and pings: small requests to addresses that an organizer or operator set."""

from collections.abc import Mapping
from typing import Protocol

import aiohttp

TIMEOUT_SECONDS = 5.0


class HookPort(Protocol):
    """Somebody who is told over HTTP."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Posts the body once. Empty when it was taken, else what went wrong in a few words."""
        ...

    async def get(self, url: str) -> str:
        """Asks for the address once. Empty when it answered well, else what went wrong."""
        ...


class Webhooks:
    """The hook port over aiohttp, with a time-out for the whole of a request.

    It follows no redirects: where an address leads on to was not agreed to.
    """

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Posts the body once."""
        return await self._ask("POST", url, body, headers)

    async def get(self, url: str) -> str:
        """Asks for the address once."""
        return await self._ask("GET", url, None, {})

    async def _ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> str:
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
        except TimeoutError:
            return f"no answer within {self._timeout.total:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"cannot be reached ({type(error).__name__})"
