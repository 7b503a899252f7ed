"""The account, its numbers, short codes and messaging services, as Twilio shows them.

Whatever address could send a text is the account's, but for Twilio's own test numbers that are
not; a short code or service is, if its id could be one.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from app.carrier.clock import now, rfc2822
from app.carrier.number import MAGIC_SENDERS, is_phone
from app.carrier.refusal import Refusal
from app.carrier.resource import API_VERSION, account_path, derived_sid

SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
SHORT_CODE = re.compile(r"\d{5,6}")
UNREGISTERED = "MG" + "f" * 32
"""A service of which nobody has registered the traffic, for trying that out."""
ALONE = "99"
"""How numbers end that stand in no service, for trying that out; all others that were asked for
stand in the account's own."""
CAMPAIGNS = {"98": "PENDING", "97": "FAILED"}
"""How numbers end behind services whose 10DLC campaign is not verified."""


class Account:
    """One account and what belongs to it."""

    def __init__(self, account_sid: str) -> None:
        self._sid = account_sid
        self._path = account_path(account_sid)
        self._asked: dict[str, None] = {}  # numbers that were looked at, in their order

    def routes(self) -> list[web.RouteDef]:
        """Where these are served; services have a host of their own at Twilio."""
        return [
            web.get(f"{self._path}.json", self.fetch),
            web.get(f"{self._path}/IncomingPhoneNumbers.json", self.numbers),
            web.get(f"{self._path}/SMS/ShortCodes.json", self.short_codes),
            web.get("/v1/Services", self.services),
            web.get("/v1/Services/{sid}", self.service),
            web.get("/v1/Services/{sid}/Compliance/Usa2p", self.campaigns),
            web.get("/v1/Services/{sid}/PhoneNumbers", self.service_numbers),
        ]

    async def fetch(self, request: web.Request) -> web.Response:
        """The account."""
        body = {
            "auth_token": None,
            "date_created": rfc2822(now()),
            "date_updated": rfc2822(now()),
            "friendly_name": "Simulated account",
            "owner_account_sid": self._sid,
            "sid": self._sid,
            "status": "active",
            "subresource_uris": {"messages": f"{self._path}/Messages.json"},
            "type": "Full",
            "uri": f"{self._path}.json",
        }
        return web.json_response(body)

    async def numbers(self, request: web.Request) -> web.Response:
        """The numbers that are asked for, whole; nobody has a list of all of them."""
        asked = request.query.get("PhoneNumber", "")
        found = [self._number(asked)] if is_phone(asked) and asked not in MAGIC_SENDERS else []
        if found:
            self._asked[asked] = None
        path = f"{self._path}/IncomingPhoneNumbers.json"
        return web.json_response(_page("incoming_phone_numbers", path, request.query, found))

    async def short_codes(self, request: web.Request) -> web.Response:
        """The short code that is asked for."""
        asked = request.query.get("ShortCode", "")
        found = [self._short_code(asked)] if SHORT_CODE.fullmatch(asked) else []
        path = f"{self._path}/SMS/ShortCodes.json"
        return web.json_response(_page("short_codes", path, request.query, found))

    async def services(self, request: web.Request) -> web.Response:
        """The services: the account's own, one for each state of a campaign, and one without."""
        found = [self._service(sid) for sid in (*self._pools(), UNREGISTERED)]
        return web.json_response(_listed("services", "/v1/Services", found))

    async def campaigns(self, request: web.Request) -> web.Response:
        """The 10DLC campaign of a service; none of one that is not registered."""
        sid = _service_sid(request)
        status = CAMPAIGNS.get(self._pools().get(sid, ""), "VERIFIED")
        one = {
            "sid": derived_sid("QE", sid),
            "account_sid": self._sid,
            "brand_registration_sid": derived_sid("BN", self._sid),
            "messaging_service_sid": sid,
            "us_app_to_person_usecase": "POLITICAL",
            "campaign_status": status,
        }
        url = f"/v1/Services/{sid}/Compliance/Usa2p"
        return web.json_response(_listed("compliance", url, [one] if sid != UNREGISTERED else []))

    def _pools(self) -> dict[str, str]:
        """Service → how the numbers in its pool end; empty: all others."""
        return {derived_sid("MG", f"{self._sid}{end}"): end for end in ("", *CAMPAIGNS)}

    async def service(self, request: web.Request) -> web.Response:
        """A messaging service."""
        return web.json_response(self._service(_service_sid(request)))

    def _service(self, sid: str) -> dict[str, Any]:
        at = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "account_sid": self._sid,
            "date_created": at,
            "date_updated": at,
            "friendly_name": "Simulated service",
            "sid": sid,
            "us_app_to_person_registered": sid != UNREGISTERED,
            "usecase": "political",
            "url": f"https://messaging.twilio.com/v1/Services/{sid}",
            "links": {},
        }

    async def service_numbers(self, request: web.Request) -> web.Response:
        """The numbers behind a service: one of its own, and those of the account that belong."""
        sid = _service_sid(request)
        own = f"+1555{2_000_000 + int(derived_sid('', sid)[:8], 16) % 8_000_000}"
        end = self._pools().get(sid)
        mine = [one for one in self._asked if end is not None and _pool_of(one) == end]
        found = [self._behind(sid, number) for number in (own, *mine)]
        return web.json_response(
            _listed("phone_numbers", f"/v1/Services/{sid}/PhoneNumbers", found)
        )

    def _behind(self, sid: str, number: str) -> dict[str, Any]:
        url = f"https://messaging.twilio.com/v1/Services/{sid}/PhoneNumbers"
        return {
            "account_sid": self._sid,
            "capabilities": ["SMS", "Voice"],
            "country_code": "US",
            "phone_number": number,
            "service_sid": sid,
            "sid": derived_sid("PN", number),
            "url": f"{url}/{derived_sid('PN', number)}",
        }

    def _number(self, number: str) -> dict[str, Any]:
        sid = derived_sid("PN", number)
        return {
            "account_sid": self._sid,
            "api_version": API_VERSION,
            "beta": False,
            "capabilities": {"fax": False, "mms": True, "sms": True, "voice": True},
            "date_created": rfc2822(now()),
            "date_updated": rfc2822(now()),
            "friendly_name": number,
            "origin": "twilio",
            "phone_number": number,
            "sid": sid,
            "status": "in-use",
            "uri": f"{self._path}/IncomingPhoneNumbers/{sid}.json",
        }

    def _short_code(self, code: str) -> dict[str, Any]:
        sid = derived_sid("SC", code)
        return {
            "account_sid": self._sid,
            "api_version": API_VERSION,
            "date_created": rfc2822(now()),
            "date_updated": rfc2822(now()),
            "friendly_name": code,
            "short_code": code,
            "sid": sid,
            "uri": f"{self._path}/SMS/ShortCodes/{sid}.json",
        }


def _pool_of(number: str) -> str | None:
    """How the numbers end in whose pool it stands; None where it stands in none."""
    if number.endswith(ALONE):
        return None
    return number[-2:] if number[-2:] in CAMPAIGNS else ""


def _listed(key: str, path: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The only page of a list on the host of messaging services."""
    url = f"https://messaging.twilio.com{path}?PageSize=50&Page=0"
    meta = {
        "first_page_url": url,
        "key": key,
        "next_page_url": None,
        "page": 0,
        "page_size": 50,
        "previous_page_url": None,
        "url": url,
    }
    return {key: found, "meta": meta}


def _service_sid(request: web.Request) -> str:
    sid = request.match_info["sid"]
    if not SERVICE.fullmatch(sid):
        raise Refusal(20404, request.path)
    return sid


def _page(
    key: str, path: str, query: Mapping[str, str], found: list[dict[str, Any]]
) -> dict[str, Any]:
    """The only page there is."""
    uri = f"{path}?{urlencode({**query, 'Page': 0})}"
    return {
        "end": max(len(found) - 1, 0),
        "first_page_uri": uri,
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": uri,
        key: found,
    }
