"""Rings phones and does what the campaign says is to be done with a call that was picked up."""

import asyncio
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from app.carrier.callbacks import Callbacks, call_fields, detection_fields, instructions_fields
from app.carrier.clock import now
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.number import is_phone
from app.carrier.resource import new_sid
from app.carrier.settings import Dials
from app.carrier.voter import Voter

EVENTS = ("initiated", "ringing", "answered", "completed")


class Exchange:
    """The life of calls: whoever asked to be rung picks up, and voters do as they are."""

    def __init__(
        self,
        account_sid: str,
        dials: Dials,
        ledger: Ledger,
        callbacks: Callbacks,
        voter: Callable[[str], Voter],
    ) -> None:
        self._account_sid = account_sid
        self._dials = dials
        self._ledger = ledger
        self._callbacks = callbacks
        self._voter = voter

    async def call(self, entry: Entry) -> None:
        """Carries a call from where it stands to its end."""
        owner = self._voter(entry.to)
        if entry.status == "queued":
            await self._progress(entry, "initiated", "initiated")
            await self._wait(0.2)
            await self._step(entry, "ringing", "ringing")
        facts: dict[str, Any] = {}
        talk = min(owner.talk_seconds, 2 * self._dials.delivery_seconds)
        if entry.status == "ringing":
            await self._wait(1.0)
            outcome = _outcome(entry, owner)
            if outcome not in ("completed", "machine"):
                await self._step(entry, outcome, "completed")
                return
            await self._answer(entry, outcome)
            if entry.facts.get("url"):
                begun = asyncio.get_running_loop().time()
                facts["said"] = await self._follow(entry)
                talk = asyncio.get_running_loop().time() - begun
            else:
                await asyncio.sleep(talk)
        facts["duration"] = str(max(1, round(talk)))
        facts["answered_by"] = entry.facts.get("answered_by")
        await self._step(entry, "completed", "completed", facts)

    async def _answer(self, entry: Entry, outcome: str) -> None:
        """Somebody or something picks up; if it was asked for, what that is becomes known."""
        detects = entry.facts.get("detects")
        who = {"answered_by": "human" if outcome == "completed" else "machine_start"}
        if detects and not entry.facts.get("detection_callback"):
            await self._step(entry, "in-progress", "answered", who)
            return
        await self._step(entry, "in-progress", "answered")
        if detects:
            entry.facts |= who
            fields = detection_fields(entry, self._account_sid)
            await self._callbacks.tell(entry.facts["detection_callback"], fields)

    async def _follow(self, entry: Entry) -> list[str]:
        """Fetches the instructions and carries them out; returns what was said."""
        fields = instructions_fields(entry, self._account_sid)
        body = await self._callbacks.ask(entry.facts["url"], fields)
        said: list[str] = []
        for verb in _verbs(body or ""):
            if verb.tag == "Hangup":
                break
            if verb.tag == "Say":
                said.append(" ".join("".join(verb.itertext()).split()))
            elif verb.tag == "Dial":
                await self._dial(entry, verb)
        return said

    async def _dial(self, parent: Entry, verb: ElementTree.Element) -> None:
        """Calls the number of a Dial, and waits for the end of that call."""
        number = verb.find("Number")
        noun = verb if number is None else number
        to = (noun.text or "").strip()
        if not is_phone(to):
            return
        at = now()
        entry = Entry(
            kind="call",
            sid=new_sid("CA"),
            at=at,
            sender=verb.get("callerId") or parent.sender,
            to=to,
            body="",
            direction="outbound-dial",
            history=[Step("queued", at)],
            callback=noun.get("statusCallback"),
            facts={
                "events": events_in(noun.get("statusCallbackEvent", "")),
                "duration": None,
                "parent_call_sid": parent.sid,
                "detects": bool(noun.get("machineDetection")),
                "detection_callback": noun.get("amdStatusCallback"),
            },
        )
        self._ledger.add(entry)
        await self.call(entry)

    async def _step(
        self, entry: Entry, status: str, event: str, facts: dict[str, Any] | None = None
    ) -> None:
        self._ledger.move(entry, Step(status, now()), facts)
        await self._progress(entry, status, event)

    async def _progress(self, entry: Entry, status: str, event: str) -> None:
        if event in entry.facts["events"]:
            sequence = entry.facts["events"].index(event)
            fields = call_fields(entry, self._account_sid, status, sequence)
            await self._callbacks.tell(entry.callback, fields)

    async def _wait(self, share: float) -> None:
        await asyncio.sleep(self._dials.delivery_seconds * share)


def events_in(asked: str) -> list[str]:
    """Which events are told; the end of the call alone, unless more is asked for."""
    words = asked.split()
    return [event for event in EVENTS if event in words] or ["completed"]


def _outcome(entry: Entry, owner: Voter) -> str:
    """What becomes of the ringing. A call with instructions goes to a person who asked for it."""
    return owner.own_call if entry.facts.get("url") else owner.call


def _verbs(twiml: str) -> list[ElementTree.Element]:
    """The verbs of a TwiML answer; none if it is not TwiML."""
    try:
        # The answer comes from the campaign's own web, whose address it gave us.
        return list(ElementTree.fromstring(twiml))  # noqa: S314
    except ElementTree.ParseError:
        return []
