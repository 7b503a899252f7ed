"""Webhooks and pings: small requests to addresses that an organizer or operator set."""

from collections.abc import Mapping

import aiohttp
import structlog

from app.channels.why import why

log = structlog.get_logger()

TIMEOUT_SECONDS = 5.0


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
                return _said(answer.status)
        except TimeoutError:
            return f"no answer within {self._timeout.total:g} s: see that it is not overloaded"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("webhook not taken", error=type(error).__name__)
            return why(error)


def _said(status: int) -> str:
    """What an answer means; empty when all is well."""
    if 200 <= status < 300:
        return ""
    if status < 400:
        return f"it sends on to another address ({status}): enter that one instead"
    if status < 500:
        return f"it refuses this ({status}): check the address with whoever runs it"
    return f"it is out of order ({status}): tell whoever runs it"
