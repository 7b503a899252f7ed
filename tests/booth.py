"""A volunteer who calls through the carrier, and what the carrier posts, by hand or for real."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.channels.port import Accepted, CarrierUnreachable, Outcome
from app.channels.voice import Placed, RingOut
from app.domain.disposition import Disposition
from app.services.claim import CallCard, next_call
from app.services.record import CallRecord, Recorded, record_call
from app.services.ring import PutThrough, Wish, bridge, ring
from app.services.settle_calls import settle_calls
from app.services.voice_status import Leg, LegNews, receive_leg
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Attempt, Target, Touch
from app.store.voice_calls import VoiceCall, VoiceRate
from tests import factories
from tests.factories import NOON

CALLER_ID = "+19195550142"
OWN_PHONE = "+19195550190"
LEASE = timedelta(minutes=20)


def calling(sessions: Sessions, voters: int = 1, *, price: str = "0", **facts: Any) -> User:
    """A volunteer of a campaign that shows a number of its own."""
    with sessions.begin() as session:
        campaign = factories.call_list(session, voters, **facts)
        session.add(VoiceRate(campaign_id=campaign.id, caller_id=CALLER_ID, price=Decimal(price)))
    return factories.person(sessions, "volunteer", campaign.id, "Ana")


@dataclass
class Line:
    """A carrier of calls in memory: it answers as it is told and remembers what it was asked."""

    answers: list[Outcome] = field(default_factory=list)
    asked: list[RingOut] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    legs: list[Placed] = field(default_factory=list)
    silent: bool = False

    def ring(self, call: RingOut) -> Outcome:
        """The next answer; without any the call is accepted."""
        self.asked.append(call)
        return self.answers.pop(0) if self.answers else Accepted(f"CA{len(self.asked)}")

    def placed_to(self, number: str) -> list[Placed]:
        """What it was told it has placed."""
        return self._say(self.placed)

    def legs_of(self, sid: str) -> list[Placed]:
        """The legs that it was told of."""
        return self._say(self.legs)

    def fetch(self, sid: str) -> Placed | None:
        """One of either."""
        known = self._say([*self.placed, *self.legs])
        return next((one for one in known if one.sid == sid), None)

    def _say(self, known: list[Placed]) -> list[Placed]:
        if self.silent:
            raise CarrierUnreachable("down")
        return known


class Booth:
    """One volunteer with one call in hand."""

    def __init__(self, sessions: Sessions, user: User, wall: datetime = NOON) -> None:
        self.sessions, self.user, self.wall = sessions, user, wall
        self.line: Any = Line()
        self.key, self.card = uuid4(), self._take()

    def _take(self) -> CallCard:
        user = self.user
        card = next_call(self.sessions, user.campaign_id or 0, user.id, now=NOON, wall=self.wall)
        assert isinstance(card, CallCard), card
        return card

    def turn_to_next(self) -> None:
        """Takes the next voter, a second later, when the rate lets another call through."""
        self.wall += timedelta(seconds=1)
        self.key, self.card = uuid4(), self._take()

    def ring(self, key: UUID | None = None, now: datetime = NOON) -> UUID:
        """Taps the button."""
        card = self.card
        wish = Wish(key or self.key, card.touch_id, card.fence, self.user.id, OWN_PHONE)
        return ring(self.sessions, self.line, wish, now=now, wall=self.wall, lease=LEASE)

    def pick_up(self, answered_by: str = "human", now: datetime = NOON) -> PutThrough | str:
        """The volunteer's phone is picked up."""
        return bridge(self.sessions, self.key, "CA1", answered_by, now=now, wall=self.wall)

    def caller(self, status: str) -> str:
        """A callback of the leg to the volunteer."""
        return self.hear(Leg.CALLER, "CA1", status)

    def voter(self, status: str = "", *, by: str = "", seconds: int | None = None) -> str:
        """A callback of the leg to the voter."""
        return self.hear(Leg.VOTER, "CA2", status, by, seconds)

    def hear(self, leg: Leg, sid: str, status: str, by: str = "", s: int | None = None) -> str:
        """Any callback."""
        news = LegNews(self.key, leg, sid, status, by, s, {})
        return receive_leg(self.sessions, news, now=NOON, wall=self.wall)

    def talk(self, seconds: int = 50, by: str = "human") -> None:
        """A whole call with whoever, or whatever, picks up."""
        self.ring()
        assert isinstance(self.pick_up(), PutThrough)
        for status in ("initiated", "ringing", "in-progress"):
            self.voter(status)
        self.voter(by=by)
        self.voter("completed", seconds=seconds)
        self.caller("completed")

    def save(self, result: Disposition, key: UUID | None = None, note: str = "") -> Recorded:
        """Saves what came of the call."""
        card = self.card
        record = CallRecord(
            key or self.key, card.touch_id, card.fence, self.user.id, result, note=note
        )
        return record_call(self.sessions, record, now=NOON, wall=self.wall)

    def settle(self, later: timedelta, *, ask: bool = True) -> int:
        """What the worker does about calls, `later` in machine time."""
        port = self.line if ask else None
        return settle_calls(self.sessions, port, now=NOON + later, wall=self.wall + later)

    def attempt(self) -> Attempt:
        """The attempt of the page's key."""
        with self.sessions() as session:
            return session.scalars(select(Attempt).where(Attempt.id == self.key)).one()

    def attempts(self) -> list[Attempt]:
        """All attempts, the oldest first."""
        with self.sessions() as session:
            return list(session.scalars(select(Attempt).order_by(Attempt.handed_at, Attempt.id)))

    def touch(self) -> Touch:
        """The touch as it stands."""
        with self.sessions() as session:
            return session.scalars(select(Touch).where(Touch.id == self.card.touch_id)).one()

    def target(self) -> Target:
        """The target as it stands."""
        with self.sessions() as session:
            return session.scalars(
                select(Target).where(Target.voter_id == self.card.voter_id)
            ).one()

    def call(self) -> VoiceCall:
        """The call as it stands."""
        with self.sessions() as session:
            return session.scalars(select(VoiceCall).where(VoiceCall.id == self.key)).one()
