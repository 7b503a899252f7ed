"""Calls through Twilio's own SDK, with time-outs set and its retries off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
)
from app.channels.twilio_text import BoundedHttpClient
from app.channels.voice import Placed, RingOut
from app.domain.voice import RING_YOU

EVENTS = ["initiated", "ringing", "answered", "completed"]
PAGE = 20
SILENCE_MS = 2_000  # a person who says nothing is put through after this
DETECTION_SECONDS = 5


class TwilioVoice:
    """The voice port over Twilio. Each question has a connection of its own: there is about one a
    second, and whichever thread asks may."""

    def __init__(
        self, account_sid: str, auth_token: str, base_url: str, public_url: str, timeout: float
    ) -> None:
        self._account = account_sid
        self._token = auth_token
        self._base_url = base_url
        self._timeout = timeout
        self._public_url = public_url.rstrip("/")

    def ring(self, call: RingOut) -> Outcome:
        """Has a volunteer's phone rung; the attempt's id travels in every address.

        Machine detection here keeps the volunteer's own voicemail from being put through.
        """
        hooks = f"{self._public_url}/webhooks/voice/{call.attempt_id}"
        try:
            made = self._ask(
                lambda client: client.calls.create_async(
                    to=call.to,
                    from_=call.sender,
                    url=hooks,
                    status_callback=f"{hooks}/caller",
                    status_callback_event=EVENTS,
                    timeout=RING_YOU,
                    machine_detection="Enable",
                    machine_detection_timeout=DETECTION_SECONDS,
                    machine_detection_silence_timeout=SILENCE_MS,
                )
            )
        except TwilioRestException as error:
            return _refusal(error)
        except aiohttp.ClientConnectorError as error:
            return NotProcessed(f"cannot connect to the carrier: {error.strerror or error}")
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            return NoAnswer(type(error).__name__)
        return Accepted(made.sid, status=made.status)

    def placed_to(self, number: str) -> list[Placed]:
        """The newest calls to a number."""
        return self._listed(to=number)

    def legs_of(self, sid: str) -> list[Placed]:
        """The legs that a call has dialed."""
        return self._listed(parent_call_sid=sid)

    def fetch(self, sid: str) -> Placed | None:
        """One call with its state and, some time after its end, its price."""
        try:
            return _placed(self._ask(lambda client: client.calls(sid).fetch_async()))
        except TwilioRestException as error:
            if error.status == 404:
                return None
            raise CarrierUnreachable(str(error.code)) from error
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            raise CarrierUnreachable(type(error).__name__) from error

    def _listed(self, **which: str) -> list[Placed]:
        try:
            found = self._ask(
                lambda client: client.calls.list_async(**which, limit=PAGE, page_size=PAGE)
            )
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            raise CarrierUnreachable(type(error).__name__) from error
        return [_placed(item) for item in found]

    def _ask(self, question: Callable[[Client], Awaitable[Any]]) -> Any:
        async def ask() -> Any:
            async with self._client() as client:
                return await question(client)

        return asyncio.run(ask())

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        http = BoundedHttpClient(self._base_url, self._timeout)
        try:
            yield Client(self._account, self._token, http_client=http)
        finally:
            await http.close()
            await asyncio.sleep(0)  # aiohttp needs a turn of the loop to close its sockets


def _placed(item: Any) -> Placed:
    return Placed(
        sid=item.sid,
        status=item.status,
        created_at=item.date_created or datetime.fromtimestamp(0, UTC),
        answered_by=item.answered_by or "",
        seconds=int(item.duration) if item.duration else None,
        price=abs(Decimal(item.price)) if item.price is not None else None,
    )


def _refusal(error: TwilioRestException) -> Outcome:
    if error.status == 429:
        return NotProcessed("too many requests", error.code or 20429, wait_seconds=2)
    if error.status >= 500:
        # A failing server may have taken the call before it failed.
        return NoAnswer(f"HTTP {error.status}")
    return Refused(error.code or error.status, error.msg)
