"""Calls: create, list and fetch."""

from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from app.carrier.clock import now
from app.carrier.delivery import Delivery
from app.carrier.exchange import events_in
from app.carrier.form import Form, read_form
from app.carrier.gate import Gate
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.number import MAGIC_CALLS, is_phone
from app.carrier.refusal import Refusal
from app.carrier.resource import account_path, call, new_sid, page
from app.carrier.texts import check_callback, in_dates, is_address


class Calls:
    """The Calls resource of one account. What two people say to each other is not simulated."""

    def __init__(self, account_sid: str, gate: Gate, ledger: Ledger, delivery: Delivery) -> None:
        self._account_sid = account_sid
        self._path = f"{account_path(account_sid)}/Calls"
        self._gate = gate
        self._ledger = ledger
        self._delivery = delivery

    def routes(self) -> list[web.RouteDef]:
        """Where these are served."""
        return [
            web.post(f"{self._path}.json", self.create),
            web.get(f"{self._path}.json", self.list),
            web.get(f"{self._path}/{{sid}}.json", self.fetch),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Accepts a call, or refuses it with Twilio's code."""
        form = await read_form(request)  # first: it is taken in however late
        await self._gate.enter(request)
        entry = self._accept(form)
        answer = self._render(entry)
        self._delivery.begin(entry)
        await self._gate.leave(request)
        return web.json_response(answer, status=201)

    async def list(self, request: web.Request) -> web.Response:
        """The calls that match, newest first."""
        query = dict(request.query)
        found = self._matching(query)
        return web.json_response(page("calls", f"{self._path}.json", query, found, self._render))

    async def fetch(self, request: web.Request) -> web.Response:
        """One call by its SID."""
        entry = self._ledger.entries.get(request.match_info["sid"])
        if entry is None or entry.kind != "call":
            raise Refusal(20404, request.path)
        return web.json_response(self._render(entry))

    def _render(self, entry: Entry) -> dict[str, Any]:
        return call(entry, self._account_sid)

    def _accept(self, form: Form) -> Entry:
        _check(form)
        at = now()
        entry = Entry(
            kind="call",
            sid=new_sid("CA"),
            at=at,
            sender=form.get("From"),
            to=form.get("To"),
            body=form.get("Url") or form.get("Twiml"),
            direction="outbound-api",
            history=[Step("queued", at)],
            callback=form.get("StatusCallback") or None,
            facts={
                "events": events_in(" ".join(form.all("StatusCallbackEvent"))),
                "duration": None,
                "url": form.get("Url") or None,
                "detects": bool(form.get("MachineDetection")),
            },
        )
        self._ledger.add(entry)
        return entry

    def _matching(self, query: Mapping[str, str]) -> Iterator[Entry]:
        for entry in self._ledger.newest_first("call", query.get("To")):
            known = (entry.sender, entry.status, entry.facts.get("parent_call_sid"))
            asked = tuple(map(query.get, ("From", "Status", "ParentCallSid"), known))
            if asked == known and in_dates(entry, query, "StartTime"):
                yield entry


def _check(form: Form) -> None:
    if not form.get("To"):
        raise Refusal(21201)
    if not form.get("From"):
        raise Refusal(21213)
    if not (form.get("Url") or form.get("Twiml") or form.get("ApplicationSid")):
        raise Refusal(21205)
    if form.get("To") in MAGIC_CALLS:
        raise Refusal(MAGIC_CALLS[form.get("To")], form.get("To"))
    if not is_phone(form.get("To")):
        raise Refusal(21211, form.get("To"))
    if not is_phone(form.get("From")):
        raise Refusal(21212, form.get("From"))
    check_callback(form)
    if form.get("Url") and not is_address(form.get("Url")):
        raise Refusal(21205)
