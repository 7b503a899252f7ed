"""What becomes of a text or a call after it was accepted, each in a task of its own."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from app.carrier.callbacks import FINAL_CALL, Callbacks, text_fields
from app.carrier.clock import now
from app.carrier.exchange import Exchange
from app.carrier.fault import Fault, Faults
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.settings import Dials, Settings
from app.carrier.voter import Voter, voter

WAITING = ("queued", "accepted")
EXPIRED = 30036
"""Of a text that is not valid any more; it is not sent."""


class Listener(Protocol):
    """Whoever takes what a voter writes."""

    async def receive(self, sender: str, to: str, body: str, service: str | None) -> Entry:
        """A text from `sender`, a voter's phone, to `to`, a number of the campaign's."""
        ...


class Delivery:
    """Carries accepted texts and calls to simulated voters, and tells of each state."""

    def __init__(
        self,
        settings: Settings,
        dials: Dials,
        ledger: Ledger,
        faults: Faults,
        callbacks: Callbacks,
    ) -> None:
        self.listener: Listener | None = None
        self._settings = settings
        self._dials = dials
        self._ledger = ledger
        self._faults = faults
        self._callbacks = callbacks
        self._exchange = Exchange(settings.account_sid, dials, ledger, callbacks, self.voter)
        self._tasks: set[asyncio.Task[None]] = set()

    def voter(self, phone: str) -> Voter:
        """The simulated owner of a phone."""
        return voter(self._settings.seed, phone, self._dials.voters)

    def begin(self, entry: Entry) -> None:
        """Starts, or after a restart takes up again, the rest of an entry's life."""
        if entry.kind == "text" and entry.status in (*WAITING, "sent"):
            self._spawn(self._text(entry))
        elif entry.kind == "call" and entry.status not in FINAL_CALL:
            self._spawn(self._exchange.call(entry))

    async def send_early(self, entry: Entry) -> None:
        """Moves a text to `sent` at once, and has the callback answered before going on."""
        self._ledger.move(entry, Step("sent", now()))
        await self._tell(entry, "sent")

    def drop(self, entry: Entry) -> None:
        """Ends a text that was taken in too late to be sent, and tells of it."""
        self._ledger.move(entry, Step("failed", now(), EXPIRED))
        self._spawn(self._tell(entry, "failed"))

    async def close(self) -> None:
        """Ends all tasks; what they left undone is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, life: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _text(self, entry: Entry) -> None:
        owner = self.voter(entry.to)
        error = self._faults.delivery_error(entry.sender) or owner.error_code
        reorder = self._faults.strike(Fault.REORDER_CALLBACKS) is not None
        told_sent = None
        if entry.status in WAITING:
            await self._wait(0.2)
            if error == 30001:
                await self._finish(entry, "failed", error)
                return
            self._ledger.move(entry, Step("sent", now()))
            if not reorder:
                told_sent = asyncio.create_task(self._tell(entry, "sent"))
        await self._wait(0.8)
        if told_sent is not None:
            await told_sent
        await self._finish(entry, "undelivered" if error else "delivered", error)
        if reorder:
            await self._tell(entry, "sent")
        if not error:
            await self._answer(entry, owner)

    async def _finish(self, entry: Entry, status: str, error: int | None) -> None:
        self._ledger.move(entry, Step(status, now(), error))
        await self._tell(entry, status)

    async def _answer(self, entry: Entry, owner: Voter) -> None:
        """A voter writes once to each sender, however many texts come."""
        if owner.reply is None or entry.direction != "outbound-api" or self.listener is None:
            return
        await asyncio.sleep(owner.reply_seconds)
        if not self._ledger.heard(entry.sender, entry.to):
            service = entry.facts.get("messaging_service_sid")
            await self.listener.receive(entry.to, entry.sender, owner.reply, service)

    async def _tell(self, entry: Entry, status: str) -> None:
        fields = text_fields(entry, self._settings.account_sid, status)
        await self._callbacks.tell(entry.callback, fields)

    async def _wait(self, share: float) -> None:
        await asyncio.sleep(self._dials.delivery_seconds * share)
