"""Twilio's resources as JSON: the message, the call, and pages of them."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from app.carrier.clock import rfc2822
from app.carrier.ledger import Entry
from app.carrier.refusal import ERRORS, Refusal
from app.domain.segment import segments

API_VERSION = "2010-04-01"
TEXT_PRICE = 0.0079  # dollars a segment, Twilio's US list price
CALL_PRICE = 0.014  # dollars a started minute

MAX_PAGE = 1000


def new_sid(prefix: str) -> str:
    """A SID no one has had: the prefix and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


def derived_sid(prefix: str, of: str) -> str:
    """The SID that always belongs to `of`."""
    return prefix + sha256(of.encode()).hexdigest()[:32]


def account_path(account_sid: str) -> str:
    """Where an account's resources live."""
    return f"/{API_VERSION}/Accounts/{account_sid}"


def message(entry: Entry, account_sid: str) -> dict[str, Any]:
    """The resource `api.v2010.account.message`."""
    path = f"{account_path(account_sid)}/Messages/{entry.sid}"
    count = segments(entry.body)
    sent_at = entry.reached("sent", "delivered", "undelivered", "received")
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": entry.body,
        "date_created": rfc2822(entry.at),
        "date_sent": _date(sent_at),
        "date_updated": rfc2822(entry.history[-1].at),
        "direction": entry.direction,
        "error_code": entry.error_code,
        "error_message": ERRORS.get(entry.error_code) if entry.error_code else None,
        "from": None if entry.status == "accepted" else entry.sender,
        "messaging_service_sid": entry.facts.get("messaging_service_sid"),
        "num_media": str(entry.facts.get("num_media", 0)),
        "num_segments": str(max(count, 1)),
        "price": f"-{TEXT_PRICE * count:.5f}" if sent_at else None,
        "price_unit": "USD",
        "sid": entry.sid,
        "status": entry.status,
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": entry.to,
        "uri": f"{path}.json",
    }


CALL_PARTS = (
    *("notifications", "recordings", "streams", "transcriptions", "payments", "siprec", "events"),
    *("user_defined_messages", "user_defined_message_subscriptions"),
)
CAPITALIZED = {"user_defined_messages": "UserDefinedMessages"} | {
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions"
}


def call(entry: Entry, account_sid: str) -> dict[str, Any]:
    """The resource `api.v2010.account.call`."""
    path = f"{account_path(account_sid)}/Calls/{entry.sid}"
    duration = entry.facts.get("duration")
    ended_at = entry.reached("completed", "busy", "no-answer", "failed", "canceled")
    price = f"-{CALL_PRICE * -(-int(duration) // 60):.5f}" if duration else None
    return {
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": entry.facts.get("answered_by"),
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(entry.at),
        "date_updated": rfc2822(entry.history[-1].at),
        "direction": entry.direction,
        "duration": duration,
        "end_time": _date(ended_at),
        "forwarded_from": None,
        "from": entry.sender,
        "from_formatted": _formatted(entry.sender),
        "group_sid": None,
        "parent_call_sid": entry.facts.get("parent_call_sid"),
        "phone_number_sid": derived_sid("PN", entry.sender),
        "price": price,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": entry.sid,
        "start_time": _date(entry.reached("ringing")),
        "status": entry.status,
        "stir_verstat": None,
        "subresource_uris": {
            part: f"{path}/{CAPITALIZED.get(part, part.title())}.json" for part in CALL_PARTS
        },
        "to": entry.to,
        "to_formatted": _formatted(entry.to),
        "trunk_sid": None,
        "uri": f"{path}.json",
    }


def _date(at: datetime | None) -> str | None:
    return rfc2822(at) if at else None


def _formatted(number: str) -> str:
    if re.fullmatch(r"\+1\d{10}", number):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def page(
    key: str,
    path: str,
    query: Mapping[str, str],
    found: Iterable[Entry],
    render: Callable[[Entry], dict[str, Any]],
) -> dict[str, Any]:
    """One page of `found`, newest first, with Twilio's links to the others.

    Pages are held by the SID of the entry they follow, so messages that come in between turn
    up on no page twice.
    """
    size, number = _whole(query, "PageSize", 50), _whole(query, "Page", 0)
    size = min(max(size, 1), MAX_PAGE)
    everything = list(found)
    start = _start(everything, query.get("PageToken"))
    end = min(start + size, len(everything))
    asked = {name: value for name, value in query.items() if not name.startswith("Page")}

    def link(page_number: int, begin: int) -> str:
        at = {"PageSize": str(size), "Page": str(page_number)}
        after = {"PageToken": f"PA{everything[begin - 1].sid}"} if begin > 0 else {}
        return f"{path}?{urlencode(asked | at | after)}"

    return {
        "end": max(number * size + end - start - 1, 0),
        "first_page_uri": link(0, 0),
        "next_page_uri": link(number + 1, end) if end < len(everything) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": link(max(number - 1, 0), start - size) if start else None,
        "start": number * size,
        "uri": link(number, start),
        key: [render(entry) for entry in everything[start:end]],
    }


def _start(entries: list[Entry], token: str | None) -> int:
    if not token:
        return 0
    for place, entry in enumerate(entries, start=1):
        if entry.sid == token.removeprefix("PA"):
            return place
    raise Refusal(20001, "PageToken")


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not value.isdecimal():
        raise Refusal(20001, name)
    return int(value)
