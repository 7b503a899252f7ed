"""The carrier of a rehearsal: its ledger, which knows what really went out, and the ports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    MailOut,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    Sent,
    TextOut,
)
from app.domain.carrier_error import NEVER_SENT
from app.domain.rehearsal import Fault
from app.domain.segment import segments
from app.rehearsal.gate import Gate
from app.rehearsal.world import World

TIME_OUT = 10.0
"""Seconds that a worker waits for an answer, as the setting's default."""
CALLBACKS = (("sent", 2.0), ("delivered", 6.0))
PRICED_AFTER = timedelta(seconds=5)
LATE = (30.0, 7200.0)
"""Seconds after which a text is taken in that came while the carrier stood still; longer ago than
it was valid for, it is not sent."""

FIRST_DROPPED = 1 << 32
"""The numbers of messages that were not sent begin here: they are no lines of the ledger."""


@dataclass
class Message:
    """One text or mail that was taken: a line of the ledger."""

    number: int
    kind: str  # text | email
    key: str  # the attempt's id of a text, the Message-ID of a mail
    sender: str
    to: str
    body: str
    at: datetime
    price: Decimal
    segments: int
    status: str = "queued"
    error_code: int | None = None

    @property
    def sid(self) -> str:
        """The carrier's id."""
        return f"SM{self.number:032x}"


@dataclass
class Tried:
    """One try at the carrier's door, whatever came of it."""

    kind: str
    to: str
    at: datetime


@dataclass
class Carrier:
    """What the carrier knows, and what it tells. `told` is called with each callback's message,
    status and error code."""

    world: World
    price: Decimal
    told: Callable[[Message, str, int | None], None] = lambda *_: None
    taken: Callable[[Message], None] = lambda *_: None
    meanwhile: Callable[[Fault, str], None] = lambda *_: None  # in flight to this number
    dies: Callable[[str], int | None] = lambda _: None  # an error code with which a number's ends
    ledger: list[Message] = field(default_factory=list)
    tries: list[Tried] = field(default_factory=list)
    down_until: datetime | None = None
    slow_until: datetime | None = None
    dead: dict[str, int] = field(default_factory=dict)  # sender → the code that it always gets
    blocked: set[str] = field(default_factory=set)  # numbers that sent STOP
    by_number: dict[str, list[Message]] = field(default_factory=dict)
    by_sid: dict[str, Message] = field(default_factory=dict)
    dropped: int = 0  # texts that were not valid any more when they were taken in

    @property
    def is_down(self) -> bool:
        """Whether nothing connects."""
        return self.down_until is not None and self.world.now < self.down_until

    @property
    def is_slow(self) -> bool:
        """Whether answers take seconds."""
        return self.slow_until is not None and self.world.now < self.slow_until

    def take(
        self, kind: str, key: str, sender: str, to: str, body: str, *, shows_after: float = 0.0
    ) -> Message:
        """Takes a message: from here on it goes out, whatever becomes of the answer. For so many
        seconds it lies before the carrier, who does not know of it yet: no list shows it."""
        count = segments(body) if kind == "text" else 1
        price = self.price * count if kind == "text" else Decimal(0)
        message = Message(
            len(self.ledger) + 1, kind, key, sender, to, body, self.world.now, price, count
        )
        self.ledger.append(message)
        self.world.note(f"carrier takes {kind} {message.number}")
        if shows_after:
            self.world.later(shows_after, lambda: self._show(message))
        else:
            self._show(message)
        self.taken(message)
        return message

    def take_late(self, text: TextOut, seconds: float) -> None:
        """Takes a text in so much later; once it is not valid any more, only to say so."""
        words = (text.sender, text.to, text.body)
        if seconds <= text.valid_seconds:
            self.take("text", str(text.attempt_id), *words, shows_after=seconds)
            return
        self.world.later(seconds, lambda: self._drop(text))

    def _drop(self, text: TextOut) -> None:
        """A text that is not valid any more: it is listed, as one that failed, and never sent."""
        self.dropped += 1
        message = Message(
            FIRST_DROPPED + self.dropped,
            "text",
            str(text.attempt_id),
            text.sender,
            text.to,
            text.body,
            self.world.now,
            Decimal(0),
            0,
            "failed",
            NEVER_SENT,
        )
        self._list(message)
        self.told(message, message.status, message.error_code)

    def _list(self, message: Message) -> None:
        self.by_number.setdefault(message.to, []).append(message)
        self.by_sid[message.sid] = message

    def _show(self, message: Message) -> None:
        self._list(message)
        if message.kind == "text":
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        code = self.dies(message.to)
        last = "undelivered" if code else "delivered"
        order = [("sent", CALLBACKS[0][1], None), (last, CALLBACKS[1][1], code)]
        chance, now = self.world.chance, self.world.now
        for status, after, error in order:
            self.world.later(after, lambda s=status, e=error: self._reach(message, s, e))  # type: ignore[misc]
        if chance.strikes(Fault.CALLBACK_REORDERED, now):
            order.reverse()
            order = [(status, 0.5 + place, error) for place, (status, _, error) in enumerate(order)]
            if chance.between(Fault.CALLBACK_REORDERED, 0, 1) < 0.3:
                status, _, error = order.pop(0)  # told before the create is answered
                self.told(message, status, error)
        for status, after, error in order:
            if chance.strikes(Fault.CALLBACK_LOST, now):
                continue
            wait = after
            if chance.strikes(Fault.CALLBACK_LATE, now):
                wait += chance.between(Fault.CALLBACK_LATE, 30, 1800)
            times = 2 if chance.strikes(Fault.CALLBACK_DOUBLED, now) else 1
            for turn in range(times):
                self.world.later(
                    wait + 3 * turn,
                    lambda s=status, e=error: self.told(message, s, e),  # type: ignore[misc]
                )

    def _reach(self, message: Message, status: str, code: int | None) -> None:
        message.status, message.error_code = status, code


class RehearsedTexts:
    """The text port of one worker."""

    def __init__(self, carrier: Carrier, gate: Gate) -> None:
        self._carrier, self._gate = carrier, gate

    async def send(self, text: TextOut) -> Outcome:
        """Hands a text over, or not, as the faults have it."""
        carrier, world, gate = self._carrier, self._carrier.world, self._gate
        chance = world.chance
        leaves_by = world.now + timedelta(seconds=text.leave_within)
        gate.meet("send")
        if world.now > leaves_by:
            return NotProcessed("too late to leave", wait_seconds=0)
        carrier.tries.append(Tried("text", text.to, world.now))
        for fault in (Fault.OPT_OUT, Fault.BALLOT):
            if chance.strikes(fault, world.now):
                carrier.meanwhile(fault, text.to)
        refused = self._refused(text)
        if refused is not None:
            return refused
        if chance.strikes(Fault.TIMEOUT_BEFORE, world.now):
            gate.sleep(TIME_OUT, "waits in vain")
            return NoAnswer("TimeoutError")
        if chance.strikes(Fault.ACCEPTED_LATE, world.now):
            carrier.take_late(text, chance.between(Fault.ACCEPTED_LATE, *LATE))
            gate.sleep(TIME_OUT, "waits for a carrier that stands still")
            return NoAnswer("TimeoutError")
        if carrier.is_slow:
            gate.sleep(chance.between(Fault.CARRIER_SLOW, 1, 9), "waits for the slow carrier")
        failing = chance.strikes(Fault.SERVER_ERROR, world.now)
        if failing and chance.between(Fault.SERVER_ERROR, 0, 1) < 0.5:
            return NoAnswer("HTTP 500")
        message = carrier.take("text", str(text.attempt_id), text.sender, text.to, text.body)
        if failing:
            return NoAnswer("HTTP 500")
        if chance.strikes(Fault.TIMEOUT_AFTER, world.now):
            gate.sleep(TIME_OUT, "waits for a lost answer")
            return NoAnswer("TimeoutError")
        gate.meet("answer")
        return Accepted(message.sid, message.segments, None, "queued")

    def _refused(self, text: TextOut) -> Outcome | None:
        carrier, world = self._carrier, self._carrier.world
        if carrier.is_down:
            return NotProcessed("cannot connect to the carrier: refused")
        if world.chance.strikes(Fault.TOO_MANY, world.now):
            return NotProcessed("too many requests", 20429, wait_seconds=1)
        if text.sender in carrier.dead:
            return Refused(carrier.dead[text.sender], "this sender is dead")
        if text.to in carrier.blocked:
            return Refused(21610, "the recipient has opted out")
        return None

    async def sent_to(self, address: str) -> list[Sent]:
        """The newest messages to a number."""
        self._reach("list")
        return [self._sent(one) for one in reversed(self._carrier.by_number.get(address, []))]

    async def fetch(self, sid: str) -> Sent | None:
        """One message."""
        self._reach("fetch")
        message = self._carrier.by_sid.get(sid)
        return self._sent(message) if message else None

    async def close(self) -> None:
        """Nothing is open."""

    def _reach(self, where: str) -> None:
        self._gate.meet(where)
        if self._carrier.is_down:
            raise CarrierUnreachable("down")

    def _sent(self, message: Message) -> Sent:
        priced = self._carrier.world.now >= message.at + PRICED_AFTER
        return Sent(
            message.sid,
            message.body,
            message.status,
            message.at.replace(microsecond=0),
            message.segments,
            message.error_code,
            message.price if priced else None,
        )


class RehearsedMails:
    """The mail port of one worker."""

    def __init__(self, carrier: Carrier, gate: Gate) -> None:
        self._carrier, self._gate = carrier, gate

    def send(
        self, mails: Sequence[MailOut], wanted: Callable[[UUID], bool] | None = None
    ) -> list[Outcome]:
        """Hands mails over one by one, as the faults have it."""
        return [self._send(mail, wanted) for mail in mails]

    def _send(self, mail: MailOut, wanted: Callable[[UUID], bool] | None) -> Outcome:
        carrier, world, gate = self._carrier, self._carrier.world, self._gate
        leaves_by = world.now + timedelta(seconds=mail.leave_within)
        gate.meet("mail")
        if world.now > leaves_by or (wanted is not None and not wanted(mail.attempt_id)):
            return NotProcessed("not wanted any more", wait_seconds=0)
        carrier.tries.append(Tried("email", mail.to, world.now))
        if world.chance.strikes(Fault.TOO_MANY, world.now):
            return NotProcessed("421 try later")
        if world.chance.strikes(Fault.TIMEOUT_BEFORE, world.now):
            return NoAnswer("SMTPServerDisconnected")
        message = carrier.take("email", mail.message_id, mail.sender, mail.to, mail.body)
        if world.chance.strikes(Fault.TIMEOUT_AFTER, world.now):
            return NoAnswer("SMTPServerDisconnected")
        gate.meet("mailed")
        return Accepted(mail.message_id, message.segments, None, "delivered")

    def close(self) -> None:
        """Nothing is open."""


class RehearsedHooks:
    """Nobody outside is told of what only a rehearsal saw."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Posts nothing."""
        return "not in a rehearsal"

    async def get(self, url: str) -> str:
        """Asks nobody."""
        return "not in a rehearsal"
