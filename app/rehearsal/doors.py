"""The doors of a rehearsal: callbacks, replies, ballots and requests of volunteers come in here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.domain.carrier_error import ErrorEffect, effect_of
from app.domain.rehearsal import Promise
from app.domain.reply import Meaning, meaning_of
from app.rehearsal.carrier import Carrier, Message
from app.rehearsal.gate import Gate, GatedSessions, Lent
from app.rehearsal.promises import Promises
from app.rehearsal.roster import Person, Roster
from app.rehearsal.world import World
from app.services.receive import StatusNews, TextIn, receive_statuses, receive_text
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.store.sql import sql

RETRIES = 3
"""How often the carrier calls back again when we did not answer with success."""
LISTS = timedelta(minutes=30)
"""So often a list of ballots comes in, where they do not come one by one."""
Result = TypeVar("Result")

_PENDING = """
SELECT voter_id, count(*) FROM touches
WHERE voter_id = ANY(:voters) AND state IN ('ready', 'claimed') GROUP BY voter_id ORDER BY voter_id
"""

DEAD_CHANNELS: Mapping[ErrorEffect, tuple[str, ...]] = {
    ErrorEffect.DEAD: ("text", "call"),
    ErrorEffect.LANDLINE: ("text",),
}


@dataclass(frozen=True)
class Told:
    """One callback, and how often it may still be repeated."""

    message: Message
    status: str
    code: int | None
    retries: int


class WebGate(Gate):
    """The gate of the web: its requests fail as a whole, and whoever asked asks again."""

    def meet(self, where: str) -> None:
        """Nothing: a request that dies is one that loses its database."""


class Doors:
    """What the web does, with the world's own record of what was answered with success."""

    def __init__(
        self,
        world: World,
        sessions: Sessions,
        lent: Lent,
        carrier: Carrier,
        roster: Roster,
        promises: Promises,
        polling_day: date,
        *,
        together: bool = False,
    ) -> None:
        self.world, self.carrier, self.roster = world, carrier, roster
        self.promises, self.polling_day = promises, polling_day
        self.sessions = GatedSessions(sessions, WebGate(world, "web", lambda _: None), lent)
        self.answered: list[tuple[str, str]] = []  # (sid, status) answered with success
        self.replies: list[str] = []  # sids of texts answered with success
        self._numbers = count(1)
        self._waiting: list[Told] | None = [] if together else None
        self._ballots: list[Person] | None = [] if together else None
        self._list_at = world.now
        carrier.told = self.told

    def told(self, message: Message, status: str, code: int | None, retries: int = RETRIES) -> None:
        """The carrier calls back; again a little later if we fail."""
        one = Told(message, status, code, retries)
        if self._waiting is None:
            self._receive([one])
        else:
            self._waiting.append(one)

    def receive(self) -> None:
        """Takes in what has been waiting, all together; ballots when the next list comes."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._receive(waiting)
        if self._ballots and self.world.now >= self._list_at:
            self._list_at = self.world.now + LISTS
            ballots, self._ballots = self._ballots, []
            self._strike(ballots)

    def _receive(self, told: Sequence[Told]) -> None:
        news = [
            StatusNews(UUID(one.message.key), one.message.sid, one.status, one.code, {})
            for one in told
        ]
        done = self._try(lambda: receive_statuses(self.sessions, news, now=self.world.now))
        for one in told:
            if done is None:
                self._again(one)
            else:
                self._answered(one)

    def _again(self, one: Told) -> None:
        if one.retries:
            self.world.later(
                5.0 * (RETRIES + 1 - one.retries),
                lambda: self.told(one.message, one.status, one.code, one.retries - 1),
            )

    def _answered(self, one: Told) -> None:
        self.world.note(f"told {one.status} of text {one.message.number}")
        self.answered.append((one.message.sid, one.status))
        if one.status in ("undelivered", "failed"):
            for channel in DEAD_CHANNELS.get(effect_of(one.code), ()):
                self.roster.dead.setdefault((one.message.to, channel), self.world.now)

    def reply(self, person: Person, body: str, retries: int = RETRIES, sid: str = "") -> None:
        """A voter sends us a text."""
        sid = sid or f"SMr{next(self._numbers):031x}"
        said = TextIn(sid, person.phone or "", "+15550000000", body)
        meaning = meaning_of(body)
        if meaning is Meaning.STOP:
            self.carrier.blocked.add(said.sender)
        if self._try(lambda: receive_text(self.sessions, said, now=self.world.now)) is None:
            if retries:
                self.world.later(10.0, lambda: self.reply(person, body, retries - 1, sid))
            return
        self.world.note(f"voter {person.id} texts {meaning.value}")
        self.replies.append(sid)
        if meaning is Meaning.STOP:
            self.roster.opted_out.setdefault((said.sender, "text"), self.world.now)
        elif meaning is Meaning.WRONG:
            for channel in ("text", "call"):
                self.roster.dead.setdefault((said.sender, channel), self.world.now)

    def ballot(self, person: Person, *, alone: bool = False) -> None:
        """A ballot comes in: by the next list, unless it comes `alone`."""
        if self._ballots is None or alone:
            self._strike([person])
        else:
            self._ballots.append(person)

    def _strike(self, people: Sequence[Person]) -> None:
        """Ballots are recorded; the transaction that does it must leave nothing pending."""
        new = {one.source_id: one for one in people if one.voted_at is None}
        if not new:
            return
        struck = self._try(
            lambda: strike_ids(
                self.sessions,
                self.polling_day,
                list(new),
                by=None,
                source="desk",
                at=self.world.now,
            )
        )
        if struck is None:
            self.world.later(5.0, lambda: self._strike(people))
            return
        for person in new.values():
            self.world.note(f"voter {person.id} has voted")
            person.voted_at = self.world.now
        self._see_struck([person.id for person in new.values()])

    def _see_struck(self, voters: Sequence[int]) -> None:
        with self.sessions() as session:
            pending = session.execute(sql(_PENDING), {"voters": list(voters)}).all()
        for voter, touches in pending:
            self.promises.break_(
                Promise.STRUCK_AT_ONCE, f"voter {voter} is struck, {touches} touches wait"
            )

    def _try(self, request: Callable[[], Result]) -> Result | None:
        """The answer to a request; None when it failed and whoever asked has to ask again."""
        try:
            return request()
        except OperationalError:
            return None
