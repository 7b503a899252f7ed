"""The endpoints under /_carrier/ with which tests and demos read and steer the carrier."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from app.carrier.conversation import Conversation
from app.carrier.fault import Faults
from app.carrier.gate import Gate
from app.carrier.ledger import Entry, Ledger
from app.carrier.postman import Postman
from app.carrier.settings import Dials


class Control:
    """The ledger to read; faults, dials and a voter's pen to write with."""

    def __init__(
        self,
        ledger: Ledger,
        faults: Faults,
        dials: Dials,
        gate: Gate,
        postman: Postman,
        conversation: Conversation,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._dials = dials
        self._gate = gate
        self._postman = postman
        self._conversation = conversation

    def routes(self) -> list[web.RouteDef]:
        """Where these are served."""
        return [
            web.get("/_carrier/ledger", self.ledger),
            web.get("/_carrier/summary", self.summary),
            web.get("/_carrier/faults", self.faults),
            web.post("/_carrier/faults", self.set_faults),
            web.delete("/_carrier/faults", self.clear_faults),
            web.get("/_carrier/settings", self.settings),
            web.post("/_carrier/settings", self.turn),
            web.post("/_carrier/inbound", self.inbound),
        ]

    async def ledger(self, request: web.Request) -> web.Response:
        """Entries that match, oldest first; with a limit, the newest so many of them."""
        try:
            found = list(self._matching(request.query))
            limit = max(int(request.query.get("limit", len(found))), 0)
        except ValueError as error:
            return _mend(error)
        shown = [entry.as_json() for entry in found[max(len(found) - limit, 0) :]]
        return web.json_response({"entries": shown, "total": len(found)})

    async def summary(self, request: web.Request) -> web.Response:
        """Counts of everything."""
        counts: dict[str, Counter[str]] = {"text": Counter(), "call": Counter(), "mail": Counter()}
        directions: Counter[str] = Counter()
        for entry in self._ledger.entries.values():
            counts[entry.kind][entry.status] += 1
            directions[entry.direction] += entry.kind == "text"
        answer = {kind: {"total": c.total(), "by_status": c} for kind, c in counts.items()}
        answer["text"]["by_direction"] = directions
        return web.json_response(
            answer
            | {
                "blocks": len(self._ledger.blocks),
                "callbacks": self._postman.counts,
                "refused": self._gate.refused,
            }
        )

    async def faults(self, request: web.Request) -> web.Response:
        """The faults that are set."""
        return web.json_response(self._faults.as_json())

    async def set_faults(self, request: web.Request) -> web.Response:
        """Adds or replaces faults."""
        return await self._apply(request, self._faults)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Takes all faults away."""
        self._faults.clear()
        return web.json_response({})

    async def settings(self, request: web.Request) -> web.Response:
        """The dials as they stand."""
        return web.json_response(self._dials.as_json())

    async def turn(self, request: web.Request) -> web.Response:
        """Turns dials."""
        return await self._apply(request, self._dials)

    async def inbound(self, request: web.Request) -> web.Response:
        """A text from a voter, written by hand; answered once the campaign has answered it."""
        try:
            wish = await _object(request)
        except ValueError as error:
            return _mend(error)
        if missing := {"from", "to", "body"} - wish.keys():
            return _mend(ValueError(f"give {', '.join(sorted(missing))} as well"))
        entry = await self._conversation.receive(
            wish["from"], wish["to"], wish["body"], wish.get("messaging_service_sid")
        )
        return web.json_response(entry.as_json(), status=201)

    async def _apply(self, request: web.Request, target: Faults | Dials) -> web.Response:
        try:
            wishes = await _object(request)
            target.set(wishes) if isinstance(target, Faults) else target.turn(wishes)
        except (ValueError, TypeError) as error:
            return _mend(error)
        return web.json_response(target.as_json())

    def _matching(self, query: Mapping[str, str]) -> Iterator[Entry]:
        since = _instant(query["since"]) if query.get("since") else None
        to = query.get("to")
        entries = self._ledger.entries.values() if not to else self._ledger.by_to.get(to, [])
        for entry in entries:
            asked = query.get("kind", entry.kind), query.get("direction", entry.direction)
            recent = since is None or entry.at >= since
            if recent and asked == (entry.kind, entry.direction):
                yield entry


def _instant(value: str) -> datetime:
    # An unescaped + of a zone arrives as a blank.
    at = datetime.fromisoformat(value.replace(" ", "+"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _object(request: web.Request) -> dict[str, Any]:
    wish = await request.json()
    if not isinstance(wish, dict):
        raise ValueError("give a JSON object")
    return wish


def _mend(error: Exception) -> web.Response:
    return web.json_response({"error": str(error)}, status=400)
