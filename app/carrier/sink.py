"""A carrier that accepts everything at once and keeps only counts; benchmarks send to it."""

import json

from aiohttp import web

from app.carrier.clock import now
from app.carrier.form import read_form
from app.carrier.ledger import Entry, Step
from app.carrier.resource import account_path, message, new_sid


class Sink:
    """Answers creates as the carrier does, and then forgets them."""

    def __init__(self, account_sid: str) -> None:
        self.count = 0
        self._account_sid = account_sid

    def routes(self) -> list[web.RouteDef]:
        """Where these are served."""
        return [
            web.post(f"{account_path(self._account_sid)}/Messages.json", self.create),
            web.get("/_carrier/summary", self.summary),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Accepts any text."""
        form = await read_form(request)
        self.count += 1
        at = now()
        sender = form.get("From") or form.get("MessagingServiceSid")
        to, body, history = form.get("To"), form.get("Body"), [Step("queued", at)]
        entry = Entry("text", new_sid("SM"), at, sender, to, body, "outbound-api", history)
        answer = json.dumps(message(entry, self._account_sid)).encode()
        return web.Response(body=answer, status=201, content_type="application/json")

    async def summary(self, request: web.Request) -> web.Response:
        """How many texts came."""
        counts = {"total": self.count, "by_status": {"queued": self.count}}
        return web.json_response({"text": counts})
