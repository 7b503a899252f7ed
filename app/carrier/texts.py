"""Messages: create, list and fetch."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from app.carrier.clock import now
from app.carrier.delivery import Delivery
from app.carrier.fault import Fault, Faults
from app.carrier.form import Form, read_form
from app.carrier.gate import Gate
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.number import MAGIC, MAGIC_SENDERS, is_phone, is_sender
from app.carrier.refusal import Refusal
from app.carrier.resource import account_path, derived_sid, message, new_sid, page

LONGEST_BODY = 1600
LONGEST_VALIDITY = 36_000  # seconds


class Texts:
    """The Messages resource of one account."""

    def __init__(
        self, account_sid: str, gate: Gate, ledger: Ledger, faults: Faults, delivery: Delivery
    ) -> None:
        self._account_sid = account_sid
        self._path = f"{account_path(account_sid)}/Messages"
        self._gate = gate
        self._ledger = ledger
        self._faults = faults
        self._delivery = delivery

    def routes(self) -> list[web.RouteDef]:
        """Where these are served."""
        return [
            web.post(f"{self._path}.json", self.create),
            web.get(f"{self._path}.json", self.list),
            web.get(f"{self._path}/{{sid}}.json", self.fetch),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Accepts a text, or refuses it with Twilio's code."""
        # Read first: a text that has come is taken in however late, though nobody waits any more.
        form = await read_form(request)
        submitted_at = now()
        await self._gate.enter(request)
        entry = self._accept(form)
        if is_over(entry, submitted_at):
            self._delivery.drop(entry)
        answer = message(entry, self._account_sid)
        if self._faults.strike(Fault.EARLY_CALLBACKS):
            await self._delivery.send_early(entry)
        self._delivery.begin(entry)
        await self._gate.leave(request)
        return web.json_response(answer, status=201)

    async def list(self, request: web.Request) -> web.Response:
        """The texts that match, newest first."""
        query = dict(request.query)
        found = self._matching(query)
        body = page("messages", f"{self._path}.json", query, found, self._render)
        return web.json_response(body)

    async def fetch(self, request: web.Request) -> web.Response:
        """One text by its SID."""
        entry = self._ledger.entries.get(request.match_info["sid"])
        if entry is None or entry.kind != "text":
            raise Refusal(20404, request.path)
        return web.json_response(self._render(entry))

    def _render(self, entry: Entry) -> dict[str, Any]:
        return message(entry, self._account_sid)

    def _accept(self, form: Form) -> Entry:
        to, service = form.get("To"), form.get("MessagingServiceSid")
        sender = form.get("From") or (_pool_number(service) if service else "")
        self._check(form, sender, to)
        at = now()
        media = len(form.all("MediaUrl"))
        validity = form.get("ValidityPeriod")
        entry = Entry(
            kind="text",
            sid=new_sid("MM" if media else "SM"),
            at=at,
            sender=sender,
            to=to,
            body=form.get("Body"),
            direction="outbound-api",
            history=[Step("accepted" if service else "queued", at)],
            callback=form.get("StatusCallback") or None,
            facts={
                "messaging_service_sid": service or None,
                "num_media": media,
                "validity_period": int(validity) if validity else None,
            },
        )
        self._ledger.add(entry)
        return entry

    def _check(self, form: Form, sender: str, to: str) -> None:
        """Raises the refusal that Twilio would give, if any."""
        check_words(form)
        if not to:
            raise Refusal(21604)
        if not sender:
            raise Refusal(21603)
        if not is_phone(to):
            raise Refusal(21211, to)
        if not is_sender(sender):
            raise Refusal(21212, sender)
        if sender in MAGIC_SENDERS:
            raise Refusal(MAGIC_SENDERS[sender], sender)
        check_callback(form)
        if to in MAGIC:
            raise Refusal(MAGIC[to], to)
        if self._faults.strike(Fault.ERROR_21610):
            self._ledger.block(sender, to)
        if (sender, to) in self._ledger.blocks:
            raise Refusal(21610)
        if self._faults.strike(Fault.ERROR_21614) or self._delivery.voter(to).landline:
            raise Refusal(21614, to)

    def _matching(self, query: Mapping[str, str]) -> Iterator[Entry]:
        sender = query.get("From")
        for entry in self._ledger.newest_first("text", query.get("To")):
            if sender in (None, entry.sender) and in_dates(entry, query, "DateSent"):
                yield entry


def is_over(entry: Entry, submitted_at: datetime) -> bool:
    """Whether a text was taken in longer after it was submitted than it is valid."""
    valid = entry.facts["validity_period"]
    return valid is not None and entry.at > submitted_at + timedelta(seconds=valid)


def check_words(form: Form) -> None:
    """Raises if there is nothing to say, too much of it, or for an impossible time."""
    body = form.get("Body")
    if not (body or form.get("MediaUrl") or form.get("ContentSid")):
        raise Refusal(21602)
    if len(body) > LONGEST_BODY:
        raise Refusal(21617)
    validity = form.get("ValidityPeriod", "1")
    if not validity.isdecimal() or not 1 <= int(validity) <= LONGEST_VALIDITY:
        raise Refusal(20001, "ValidityPeriod")


def check_callback(form: Form) -> None:
    """Raises unless the StatusCallback, if there is one, is an address on the web."""
    url = form.get("StatusCallback")
    if url and not is_address(url):
        raise Refusal(21609, url)


def is_address(url: str) -> bool:
    """Whether it is an address on the web."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def in_dates(entry: Entry, query: Mapping[str, str], name: str) -> bool:
    """Whether an entry falls within `name`, `name>` and `name<`: days or instants, both inclusive.

    A text that is still queued counts with the time it was created, so that whoever asks "did my
    message arrive?" a second after a time-out finds it.
    """
    at = (entry.reached("sent", "received", "ringing") or entry.at).replace(microsecond=0)
    exact, after, before = (query.get(name + sign) for sign in ("", ">", "<"))
    return (
        (not exact or at.date() == _span(exact, name)[0].date())
        and (not after or at >= _span(after, name)[0])
        and (not before or at <= _span(before, name)[1])
    )


def _span(value: str, name: str) -> tuple[datetime, datetime]:
    """The first and the last second that a day or an instant stands for."""
    try:
        begin = datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(20001, name) from None
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    length = timedelta(days=1, seconds=-1) if len(value) == len("2026-11-03") else timedelta(0)
    return begin, begin + length


def _pool_number(service: str) -> str:
    """The sender behind a messaging service: one number, always the same."""
    return f"+1555{2_000_000 + int(derived_sid('', service)[:8], 16) % 8_000_000}"
