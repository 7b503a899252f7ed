"""Texts through Twilio's own SDK, with time-outs set and its retries off."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    Sent,
    TextOut,
)
from app.channels.punctual import TooLate, seconds_passed
from app.channels.why import why

LEAVES_BY: ContextVar[float] = ContextVar("leaves_by", default=float("inf"))
"""The moment after which the request at hand must not leave."""

TWILIO = "https://api.twilio.com"
CONNECTIONS = 200
CONNECT_SHARE = 0.6  # of the time-out
PAGE = 50


class PunctualRequest(aiohttp.ClientRequest):
    """Writes nothing once it is too late to leave.

    To wait for a connection can take long, and a process can be frozen at any moment: the clock is
    asked when all that is left to do is to write. A whole batch has its connections a good while
    before, since the loop gives each of them its turn first.
    """

    async def write_bytes(self, writer: Any, conn: Any, *args: Any, **kwargs: Any) -> None:
        """Headers and body in one write, or TooLate for whoever waits for the answer."""
        if seconds_passed() >= LEAVES_BY.get():
            conn.protocol.set_exception(TooLate())  # which closes the connection
            return
        await super().write_bytes(writer, conn, *args, **kwargs)


class BoundedHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The SDK's client with a time-out (its own default is none) and a base URL of our choice."""

    def __init__(self, base_url: str, timeout_seconds: float) -> None:
        super().__init__(pool_connections=False)
        self.base_url = base_url.rstrip("/")
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=30),
            request_class=PunctualRequest,
        )
        # Whoever gets no connection surely did not send, so that this is found out first.
        connect = timeout_seconds * CONNECT_SHARE
        self._bound = aiohttp.ClientTimeout(total=timeout_seconds, connect=connect)

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, bounded in time; never repeated.

        The SDK's own method hands its time-out, none by default, to every single request, and has
        aiohttp write the form, which takes longer.
        """
        signed = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        async with self.session.request(
            method,
            url.replace(TWILIO, self.base_url, 1),
            params=params,
            data=urlencode(data, doseq=True).encode() if data else None,
            headers={**(headers or {}), **signed},
            timeout=self._bound,
            allow_redirects=allow_redirects,
        ) as answer:
            return Response(answer.status, await answer.text(), answer.headers)


class TwilioTexts:
    """The text port over Twilio. One instance for one event loop."""

    def __init__(
        self, account_sid: str, auth_token: str, base_url: str, public_url: str, timeout: float
    ) -> None:
        self._account = account_sid
        self._token = auth_token
        self._base_url = base_url
        self._timeout = timeout
        self._public_url = public_url.rstrip("/")
        self._client: Client | None = None

    def _rest(self) -> Client:
        if self._client is None:
            # Made late: the session must be born in the loop that uses it.
            http = BoundedHttpClient(self._base_url, self._timeout)
            self._client = Client(self._account, self._token, http_client=http)
        return self._client

    async def send(self, text: TextOut) -> Outcome:
        """Hands one text over; the attempt's id travels in the callback's address."""
        if not self._account or not self._token:
            return NotProcessed(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set", wait_seconds=30
            )
        sender = (
            {"messaging_service_sid": text.sender}
            if text.sender.startswith("MG")
            else {"from_": text.sender}
        )
        leaves_by = LEAVES_BY.set(seconds_passed() + text.leave_within)
        try:
            made = await self._rest().messages.create_async(
                to=text.to,
                body=text.body,
                status_callback=f"{self._public_url}/webhooks/text-status/{text.attempt_id}",
                validity_period=text.valid_seconds,
                **sender,
            )
        except TwilioRestException as error:
            return _refusal(error)
        except TooLate:
            return NotProcessed("too late to leave when it was to be written", wait_seconds=0)
        except aiohttp.ClientConnectorError as error:
            return NotProcessed(f"cannot connect to the carrier, {why(error)}")
        except aiohttp.ConnectionTimeoutError:
            return NotProcessed("no connection to the carrier in time")
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            return NoAnswer(type(error).__name__)
        finally:
            LEAVES_BY.reset(leaves_by)
        price = abs(Decimal(made.price)) if made.price else None
        return Accepted(made.sid, int(made.num_segments or 0) or None, price, made.status)

    async def sent_to(self, address: str) -> list[Sent]:
        """The newest messages to a number."""
        try:
            found = await self._rest().messages.list_async(to=address, limit=PAGE, page_size=PAGE)
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            raise CarrierUnreachable(type(error).__name__) from error
        return [_sent(item) for item in found]

    async def fetch(self, sid: str) -> Sent | None:
        """One message with its state and, some time after it was sent, its price."""
        try:
            return _sent(await self._rest().messages(sid).fetch_async())
        except TwilioRestException as error:
            if error.status == 404:
                return None
            raise CarrierUnreachable(str(error.code)) from error
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            raise CarrierUnreachable(type(error).__name__) from error

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.http_client.close()
            # aiohttp needs a turn of the loop to close its sockets.
            await asyncio.sleep(0)
            self._client = None


def _sent(item: Any) -> Sent:
    return Sent(
        sid=item.sid,
        body=item.body or "",
        status=item.status,
        created_at=item.date_created or datetime.fromtimestamp(0, UTC),
        segments=int(item.num_segments or 0) or None,
        error_code=item.error_code,
        price=abs(Decimal(item.price)) if item.price is not None else None,
    )


def _refusal(error: TwilioRestException) -> Outcome:
    if error.status == 429:
        return NotProcessed("too many requests", error.code or 20429)
    if error.status >= 500:
        # A failing server may have taken the message before it failed.
        return NoAnswer(f"HTTP {error.status}")
    return Refused(error.code or error.status, error.msg)
