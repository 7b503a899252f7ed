"""The Twilio account behind the texts: whether it is active, and which senders it has."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from app.channels.identity import AccountRefused, AccountSeen, SenderSeen
from app.channels.port import CarrierUnreachable
from app.channels.twilio_text import TWILIO, BoundedHttpClient
from app.channels.why import why

MESSAGING = "https://messaging.twilio.com"
SHORT = 8  # digits of the longest short code
FEW = 20  # numbers of a service that are looked at
MOST_SERVICES = 20
MOST_NUMBERS = 400  # of a service, which Twilio allows at most
VERIFIED = "VERIFIED"


class _HttpClient(BoundedHttpClient):
    """Asks for messaging services at our base URL too, where that is not Twilio's own."""

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
        if self.base_url != TWILIO:
            url = url.replace(MESSAGING, self.base_url, 1)
        return await super().request(
            method, url, params, data, headers, auth, timeout, allow_redirects
        )


class TwilioAccount:
    """The account port over Twilio's SDK. One instance for one event loop."""

    def __init__(self, account_sid: str, auth_token: str, base_url: str, timeout: float) -> None:
        self._account, self._token = account_sid, auth_token
        self._base_url, self._timeout = base_url, timeout
        self._client: Client | None = None

    async def account(self) -> AccountSeen:
        """The account with its state and kind."""
        found = await self._asked(self._rest().api.v2010.accounts(self._account).fetch_async())
        if found is None:
            raise AccountRefused(20404)
        return AccountSeen(found.friendly_name or "", str(found.status), str(found.type))

    async def sender(self, address: str) -> SenderSeen | None:
        """A messaging service by its MG… id, a short code, or a number."""
        if address.startswith("MG"):
            return await self._service(address)
        if len(address) <= SHORT and address.isdecimal():
            codes = self._rest().short_codes
            found = await self._asked(codes.list_async(short_code=address, limit=1))
            return SenderSeen(address, "short_code", True) if found else None
        numbers = self._rest().incoming_phone_numbers
        found = await self._asked(numbers.list_async(phone_number=address, limit=1))
        if not found:
            return None
        return SenderSeen(address, "number", bool((found[0].capabilities or {}).get("sms")))

    async def _service(self, sid: str) -> SenderSeen | None:
        service = self._rest().messaging.v1.services(sid)
        found = await self._asked(service.fetch_async())
        if found is None:
            return None
        numbers = await self._asked(service.phone_numbers.list_async(limit=FEW)) or []
        able = any("SMS" in (one.capabilities or ()) for one in numbers)
        behind = tuple(one.phone_number for one in numbers)
        registered = found.us_app_to_person_registered
        return SenderSeen(sid, "service", able, behind, registered)

    async def campaign_of(self, number: str) -> str | None:
        """How the 10DLC campaign of a number stands: Twilio has it of the messaging service in
        whose pool the number is, and no way to ask for a number's service but to look into each."""
        services = self._rest().messaging.v1.services
        found = await self._asked(services.list_async(limit=MOST_SERVICES + 1)) or []
        for one in found[:MOST_SERVICES]:
            pool = services(one.sid).phone_numbers
            inside = await self._asked(pool.list_async(limit=MOST_NUMBERS)) or []
            if any(each.phone_number == number for each in inside):
                return await self._campaign(one.sid)
        return "" if len(found) <= MOST_SERVICES else None

    async def _campaign(self, sid: str) -> str:
        registered = self._rest().messaging.v1.services(sid).us_app_to_person
        states = [
            str(one.campaign_status or "").upper()
            for one in await self._asked(registered.list_async(limit=FEW)) or []
        ]
        return VERIFIED if VERIFIED in states else next(iter(states), "")

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.http_client.close()
            await asyncio.sleep(0)  # aiohttp needs a turn of the loop to close its sockets
            self._client = None

    async def _asked(self, question: Any) -> Any:
        """What the SDK answers; None for what does not exist."""
        try:
            return await question
        except TwilioRestException as error:
            if error.status == 404:
                return None
            if error.status in (401, 403):
                raise AccountRefused(error.code or error.status) from error
            raise CarrierUnreachable(f"it answered {error.status}") from error
        except (TimeoutError, aiohttp.ClientError, TwilioException) as error:
            raise CarrierUnreachable(why(error)) from error

    def _rest(self) -> Client:
        if not self._account or not self._token:
            raise AccountRefused(0)
        if self._client is None:
            http = _HttpClient(self._base_url, self._timeout)
            self._client = Client(self._account, self._token, http_client=http)
        return self._client
