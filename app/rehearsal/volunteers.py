"""Volunteers of a rehearsal: they come to their shifts, or not, and call as long as those last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.domain.disposition import Disposition
from app.domain.rehearsal import Fault, Promise
from app.rehearsal.doors import Doors
from app.services.claim import CallCard, NoCall, next_call
from app.services.record import CallRecord, NotYours, record_call

Result = TypeVar("Result")
RESULTS = (
    (Disposition.NOT_HOME, 50),
    (Disposition.ANSWERING_MACHINE, 20),
    (Disposition.CANVASSED, 18),
    (Disposition.BUSY, 4),
    (Disposition.WRONG_NUMBER, 3),
    (Disposition.REFUSED, 2),
    (Disposition.DO_NOT_CALL, 1),
    (Disposition.ALREADY_VOTED, 2),
)
"""About one in five dials reaches somebody (FIELD: when in the day)."""
WAITS = 600.0
"""Seconds until a volunteer without a call asks again."""
FORGETS = 0.02
"""Of calls are never recorded: the phone's battery is dead, the tab closed."""


@dataclass(frozen=True)
class Booked:
    """A shift of calls that somebody is to come to."""

    user_id: int
    starts_at: datetime
    ends_at: datetime


class Volunteers:
    """All volunteers, each a chain of events in the world."""

    def __init__(
        self, doors: Doors, campaign_id: int, lease: timedelta, forgets: float = FORGETS
    ) -> None:
        self.doors, self.campaign_id, self.lease = doors, campaign_id, lease
        self._forgets = forgets
        self.recorded: list[tuple[datetime, int]] = []  # calls answered with success: when, whom
        self.keys: set[UUID] = set()  # of records answered with success
        self.asked = self.waited = 0
        self._world = doors.world
        self._draws: Random = self._world.chance.stream("volunteers")

    def book(self, shift: Booked) -> None:
        """Has a volunteer come to a shift, unless a fault keeps them away."""
        if self._world.chance.strikes(Fault.NO_SHOW, self._world.now):
            self._world.note(f"volunteer {shift.user_id} will not come")
            return
        starts = max(shift.starts_at, self._world.now) + timedelta(
            seconds=self._draws.random() * 60
        )
        if starts < shift.ends_at:
            self._world.at(starts, lambda: self._ask(shift))

    def _ask(self, shift: Booked) -> None:
        now = self._world.now
        if now >= shift.ends_at:
            return
        card = self._request(
            lambda: next_call(
                self.doors.sessions,
                self.campaign_id,
                shift.user_id,
                now=now,
                wall=now,
                lease=self.lease,
            )
        )
        self.asked += 1
        if isinstance(card, CallCard):
            self._dial(shift, card)
        elif isinstance(card, NoCall):
            self.waited += 1
            if not card.reason:
                self.doors.promises.break_(Promise.NEVER_IDLE, "no call, and no reason given")
            self._world.note(f"volunteer {shift.user_id} waits: {card.reason}")
            self._world.later(WAITS, lambda: self._ask(shift))
        else:
            self._world.later(15, lambda: self._ask(shift))

    def _dial(self, shift: Booked, card: CallCard) -> None:
        self._world.note(f"volunteer {shift.user_id} calls voter {card.voter_id}")
        self.doors.promises.call(card.voter_id)
        seconds = self._draws.uniform(40, 180)
        if self._draws.random() < self._forgets:
            self._world.later(self.lease.total_seconds() + 60, lambda: self._ask(shift))
            return
        results = [result for result, _ in RESULTS]
        result = self._draws.choices(results, [weight for _, weight in RESULTS])[0]
        record = CallRecord(
            UUID(int=self._draws.getrandbits(128), version=4),
            card.touch_id,
            card.fence,
            shift.user_id,
            result,
            script_id=card.script_id,
        )
        dialed_at = self._world.now
        self._world.later(seconds, lambda: self._record(shift, card, record, dialed_at))

    def _record(
        self, shift: Booked, card: CallCard, record: CallRecord, dialed_at: datetime
    ) -> None:
        """Saves, with the same key again when the server did not answer."""
        now = self._world.now
        try:
            saved = self._request(
                lambda: record_call(self.doors.sessions, record, now=now, wall=now)
            )
        except NotYours:
            self.doors.promises.break_(
                Promise.NEVER_LOST, f"the record of voter {card.voter_id} was turned away"
            )
            saved = None
        if saved is None:
            self._world.later(8, lambda: self._record(shift, card, record, dialed_at))
            return
        person = self.doors.roster.person(card.voter_id)
        person.reached.append(now)
        self.keys.add(record.key)
        self.recorded.append((now, card.voter_id))
        self._world.note(f"voter {card.voter_id}: {record.result.value}")
        self._heed(record.result, card.phone, card.voter_id)
        self._world.later(5, lambda: self._ask(shift))

    def _heed(self, result: Disposition, phone: str, voter_id: int) -> None:
        """What the world now knows of the voter too."""
        roster, now = self.doors.roster, self._world.now
        if result is Disposition.DO_NOT_CALL:
            roster.opted_out.setdefault((phone, "call"), now)
        elif result is Disposition.WRONG_NUMBER:
            roster.dead.setdefault((phone, "call"), now)
            roster.dead.setdefault((phone, "text"), now)
        elif result is Disposition.ALREADY_VOTED:
            person = roster.person(voter_id)
            person.voted_at = person.voted_at or now

    def _request(self, request: Callable[[], Result]) -> Result | None:
        try:
            return request()
        except OperationalError:
            return None
