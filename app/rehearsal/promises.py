"""The promises, checked against the carrier's ledger and what the world saw, not our own tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.channel import Channel
from app.domain.hours import open_until
from app.domain.rehearsal import Promise
from app.domain.rest import final_from
from app.rehearsal.carrier import Carrier, Message
from app.rehearsal.roster import Person, Roster
from app.rehearsal.world import World
from app.store.frames import Frame

LIMIT = timedelta(minutes=5)
"""The longest silence (DESIGN, promise 1)."""
REACTION = timedelta(seconds=10)
"""What has not left within so long after an opt-out, a ballot or a pause does not leave any more:
three seconds for which verdicts stand, five in which a message must leave, and the network."""
LEASE = timedelta(seconds=15)
"""As by default: nobody sends an attempt that is older."""


@dataclass(frozen=True)
class Broken:
    """A promise that was broken, with what went before."""

    promise: Promise
    at: datetime
    what: str
    story: list[str]


class Promises:
    """Looks on, and keeps what it saw broken."""

    def __init__(
        self, world: World, carrier: Carrier, roster: Roster, frame: Callable[[], Frame]
    ) -> None:
        self.world, self.carrier, self.roster, self._frame = world, carrier, roster, frame
        self.broken: list[Broken] = []
        self.longest_silence = timedelta(0)
        self.silences: list[tuple[datetime, datetime]] = []
        self.slowest_strike = 0
        self.spent = Decimal(0)
        self._keys: dict[tuple[str, str], str] = {}  # (kind, key) → to whom
        self._paused: list[tuple[datetime, datetime, str]] = []  # since, until, what
        self._loud_at: datetime | None = None  # the last attempt, or the last time nobody was left
        self._in_silence = False

    def break_(self, promise: Promise, what: str) -> None:
        """Notes a broken promise."""
        self.world.note(f"BROKEN {promise.value}: {what}")
        story = [*self.world.story(), what]
        self.broken.append(Broken(promise, self.world.now, what, story))

    def pause_noted(self, since: datetime, until: datetime, what: str = "campaign") -> None:
        """An organizer paused the campaign, a channel (its value) or a sender (its address)."""
        self._paused.append((since, until, what))

    def paused(self, at: datetime, slack: timedelta = timedelta(0), *of: str) -> bool:
        """Whether a pause of the campaign, or of one of these, holds, and has held for longer than
        `slack`."""
        named = {"campaign", *of}
        return any(
            since + slack < at < until for since, until, what in self._paused if what in named
        )

    # Promises 2, 3 and 7, at each message that the carrier takes.

    def message(self, message: Message) -> None:
        """Checks one line of the ledger when it is written."""
        frame, now = self._frame(), self.world.now
        channel = Channel(message.kind)
        if not self._first(message):
            return
        owners = self.roster.owners(message.to)
        if len(owners) > 1:  # one phone, or one mailbox, of several
            meant = self.roster.meant(message.kind, message.key)
            owners = [one for one in owners if one.id == meant] or owners
        wrong = self._wrong_address(message, channel, now)
        reasons = [self._wrong_person(person, frame, channel, now) for person in owners]
        if wrong:
            self.break_(Promise.IN_BOUNDS, f"{message.kind} {message.number}: {wrong}")
        elif not owners:
            self.break_(Promise.IN_BOUNDS, f"{message.kind} {message.number} to nobody we know")
        elif all(reasons):
            promise = Promise.STRUCK_AT_ONCE if "has voted" in reasons else Promise.IN_BOUNDS
            self.break_(promise, f"{message.kind} {message.number}: {reasons[0]}")
        if owners:
            allowed = [one for one, reason in zip(owners, reasons, strict=True) if not reason]
            (allowed or owners)[0].reached.append(now)
        self._money(message, frame, now)

    def _first(self, message: Message) -> bool:
        """Whether it is the first of its key. A text has no second; a mail may be handed to the
        relay again, but as the same mail: its receiver sees one Message-ID once."""
        known = self._keys.get((message.kind, message.key))
        self._keys[message.kind, message.key] = message.to
        if known is None:
            return True
        if message.kind == "text":
            self.break_(Promise.NEVER_TWICE, f"text {message.number} again, for one attempt")
        elif known != message.to:
            self.break_(Promise.NEVER_TWICE, f"mail {message.number} has another's Message-ID")
        return False

    def _wrong_address(self, message: Message, channel: Channel, now: datetime) -> str:
        since = self.roster.opted_out.get((message.to, channel.value))
        if since is not None and since + REACTION < now:
            return f"opted out at {since:%a %H:%M:%S}"
        since = self.roster.dead.get((message.to, channel.value))
        if since is not None and since + REACTION < now:
            return f"dead since {since:%a %H:%M:%S}"
        if self.paused(now, REACTION, channel.value, message.sender):
            return "it is paused"
        return ""

    def _wrong_person(self, person: Person, frame: Frame, channel: Channel, now: datetime) -> str:
        if person.holdout:
            return "a hold-out"
        if person.voted_at is not None and person.voted_at + REACTION < now:
            return "has voted"
        if channel is Channel.TEXT and (not person.consents or person.landline):
            return "no consent, or a landline"
        if open_until(frame.schedule, person.place, channel, now) is None:
            return "outside of open hours"
        # Ours counts from the attempt, the ledger from its arrival, a lease later at most.
        day = [at for at in person.reached if at > now - timedelta(hours=24) + LEASE]
        if len(day) >= frame.rules.daily_cap:
            return f"over the daily cap of {frame.rules.daily_cap}"
        if person.tried + len(person.reached) >= frame.rules.total_cap:
            return f"over the campaign cap of {frame.rules.total_cap}"
        return ""

    def _money(self, message: Message, frame: Frame, now: datetime) -> None:
        self.spent += message.price
        locked = frame.budget * frame.reserve_share if now < final_from(frame.schedule) else 0
        limit = frame.budget - locked
        if message.price and self.spent > limit:
            self.break_(Promise.MONEY_LASTS, f"spent {self.spent} of {limit}")

    # Calls: at the moment when a volunteer is shown a voter.

    def call(self, voter_id: int) -> None:
        """Checks a call that a volunteer is about to make."""
        frame, now, person = self._frame(), self.world.now, self.roster.person(voter_id)
        since = self.roster.opted_out.get((person.phone or "", "call"))
        if since is not None and since <= now:
            self.break_(Promise.IN_BOUNDS, f"a call to voter {voter_id}, who opted out")
        elif self.paused(now, timedelta(0), Channel.CALL.value):
            self.break_(Promise.IN_BOUNDS, f"a call to voter {voter_id} in a pause")
        elif reason := self._wrong_person(person, frame, Channel.CALL, now):
            promise = Promise.STRUCK_AT_ONCE if reason == "has voted" else Promise.IN_BOUNDS
            self.break_(promise, f"a call to voter {voter_id}: {reason}")

    # Promise 1, at each turn.

    def attempt_seen(self, at: datetime) -> None:
        """Something was tried, on whatever channel."""
        if self._in_silence and self._loud_at is not None:
            self.silences.append((self._loud_at, at))
        self._in_silence = False
        self._loud_at = at if self._loud_at is None else max(self._loud_at, at)

    def quiet_for(self) -> timedelta:
        """How long nothing was tried though, as far as was asked, somebody could be reached."""
        return self.world.now - self._loud_at if self._loud_at is not None else timedelta(0)

    def nobody_left(self) -> None:
        """Nobody may be reached at this moment, so that silence is what is promised."""
        self.attempt_seen(self.world.now)

    def somebody_waits(self) -> None:
        """Somebody may be reached at this moment."""
        if self._loud_at is None:
            self._loud_at = self.world.now
        silence = self.quiet_for()
        self.longest_silence = max(self.longest_silence, silence)
        if silence > LIMIT and not self._in_silence:
            self._in_silence = True
            self.break_(
                Promise.NEVER_SILENT,
                f"nothing since {self._loud_at:%a %H:%M:%S}, yet somebody waits",
            )
