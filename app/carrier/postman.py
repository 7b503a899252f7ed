"""Signed webhooks to the campaign: posted a few at a time, tried again when its web is down."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from app.carrier.settings import Settings

TIMEOUT = aiohttp.ClientTimeout(total=15)  # as long as Twilio waits for a webhook


class Postman:
    """One keep-alive session; never more posts at once than `callback_concurrency`."""

    def __init__(self, settings: Settings) -> None:
        self.counts: Counter[str] = Counter()
        self._settings = settings
        self._validator = RequestValidator(settings.auth_token)
        self._turn = asyncio.Semaphore(settings.callback_concurrency)
        self._session = aiohttp.ClientSession(
            timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=settings.callback_concurrency)
        )

    async def post(self, url: str, params: Mapping[str, str]) -> str | None:
        """The body of the answer, or None once all tries are spent or the web has refused."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),  # the same on every try
            "X-Twilio-Signature": self._validator.compute_signature(url, dict(params)),
        }
        data = urlencode(params).encode()
        for again in range(self._settings.callback_retries + 1):
            if again:
                self.counts["retried"] += 1
                await asyncio.sleep(self._settings.callback_backoff * 2 ** (again - 1))
            status, body = await self._try(url, data, headers)
            if status < 500:
                self.counts["accepted" if status < 300 else "refused"] += 1
                return body if status < 300 else None
        self.counts["given_up"] += 1
        return None

    async def _try(self, url: str, data: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        exact = URL(url, encoded=True)  # the signature covers the URL to the letter
        async with self._turn:
            try:
                async with self._session.post(exact, data=data, headers=headers) as answer:
                    return answer.status, await answer.text(errors="replace")
            except (aiohttp.ClientError, TimeoutError, ValueError):
                return 599, ""  # could not be reached, which is worth another try

    async def close(self) -> None:
        """Closes the session."""
        await self._session.close()
