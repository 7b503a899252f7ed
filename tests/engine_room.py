"""A small campaign and a carrier in memory, for tests that do what workers and people do in any
order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from threading import Lock
from uuid import UUID, uuid4

from sqlalchemy import text

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    Sent,
    TextOut,
)
from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How, Intention
from app.domain.rest import final_from
from app.services.book_prices import BEGINNING, book_estimates, book_prices
from app.services.claim import CallCard, next_call
from app.services.dispatch import Batch, claim_batch
from app.services.follow import follow_through
from app.services.look_up import Patience, look_up
from app.services.open_call import give_back
from app.services.pace import expire, pace
from app.services.receive import StatusNews, TextIn, receive_status, receive_text
from app.services.record import BadRecord, CallRecord, record_call
from app.services.settle import SentBy, record_outcomes
from app.services.settle import sweep as end_leases
from app.services.strike import strike_ids
from app.store.ballots import MailBallot
from app.store.campaigns import PlanHour
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.people import User
from app.store.queue import Try
from tests import factories
from tests.books import Watch, overspent, violations
from tests.factories import POLLING_DAY
from tests.scene import CLAIMER, SENDER, apart, texting

START = datetime(2026, 10, 27, 20, 0, tzinfo=UTC)
"""Four in the afternoon in the East; the final week begins at half past seven."""
PRICE = Decimal("0.0079")
PATIENCE = Patience(timedelta(seconds=30), accepts_within=timedelta(seconds=40))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

AT_NIGHT = """
SELECT id, attempted_at FROM attempts WHERE channel = 'text'
AND extract(hour FROM attempted_at AT TIME ZONE 'America/New_York') NOT BETWEEN 8 AND 20
"""
"""All voters live in North Carolina, where texts may go from eight to nine."""

ENDS = {"delivered": None, "undelivered": 30003, "failed": 30007}


@dataclass
class Message:
    """A text that the carrier has."""

    sid: str
    to: str
    body: str
    attempt: UUID
    segments: int
    created_at: datetime
    end: str  # delivered, undelivered or failed, once it has ended
    price: Decimal | None = None
    told: list[str] = field(default_factory=list)  # states of which callbacks were sent


class Ledger:
    """What the carrier has, and what it answers when it is asked."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.unreachable = False

    async def send(self, text: TextOut) -> Outcome:
        """Nobody sends through it: what goes out is put in by hand."""
        raise NotImplementedError

    async def sent_to(self, address: str) -> list[Sent]:
        """The messages to a number, the newest first."""
        if self.unreachable:
            raise CarrierUnreachable
        messages = list(self.messages.values())  # others put some in meanwhile
        return [_sent(one) for one in reversed(messages) if one.to == address]

    async def fetch(self, sid: str) -> Sent | None:
        """One message."""
        found = self.messages.get(sid)
        return _sent(found) if found else None

    async def close(self) -> None:
        """Nothing is open."""


def _sent(one: Message) -> Sent:
    status = one.told[-1] if one.told else "queued"
    return Sent(one.sid, one.body, status, one.created_at, one.segments, None, one.price)


@dataclass(frozen=True)
class Answer:
    """What came back of a batch and is not written yet."""

    batch: Batch
    outcomes: list[tuple[UUID, Outcome]]


class EngineRoom:
    """Eight voters, two of them in one household, two volunteers, and everything that may happen.

    There is `money` for so many texts, half of it for the final week; the carrier may be `dear`.
    Each action takes a Random and may run in any thread; time moves between them only.
    """

    def __init__(self, sessions: Sessions, *, money: int, dear: bool = False) -> None:
        self.sessions, self.dear = sessions, dear
        self.now = START
        self.carrier, self.lock = Ledger(), Lock()
        self.answers: list[Answer] = []
        self.hanging: list[Try] = []  # posted; the carrier makes them later
        self.cards: dict[int, CallCard] = {}
        self.more = Decimal(0)  # by so much reality was dearer than could be known
        self.watch = Watch()
        with sessions.begin() as session:
            campaign, voters = texting(
                session,
                8,
                budget=PRICE * money,
                reserve_share=Decimal("0.5"),
                starts_at=START - timedelta(days=5),
                voter_daily_cap=6,
            )
            voters[1].household_id = voters[0].id
            session.execute(text("UPDATE targets SET household_id = 1 WHERE voter_id = 2"))
            session.execute(text("UPDATE senders SET per_second = 1 WHERE channel = 'text'"))
            session.execute(text("DELETE FROM scripts WHERE channel = 'email'"))
            for channel in (Channel.TEXT, Channel.CALL):
                for hour in range(-1, 96):
                    session.add(
                        PlanHour(
                            campaign_id=campaign.id,
                            channel=channel,
                            hour_at=START + hour * HOUR,
                            planned=4,
                        )
                    )
            for voter in voters[4:]:
                session.add(
                    MailBallot(
                        voter_id=voter.id,
                        polling_day=POLLING_DAY,
                        stage="sent",
                        stage_on=START.date() - timedelta(days=9),
                        recorded_at=START,
                    )
                )
            self.phones = [str(voter.phone) for voter in voters]
            self.ids = [voter.source_id for voter in voters]
            self.schedule = load_frame(session, campaign.id).schedule
        pace(sessions, START)
        self.team = [factories.person(sessions, "volunteer", 1, f"V{n}") for n in range(2)]

    # What must hold

    def wrong(self) -> list[str]:
        """All that is not as it must be."""
        with self.sessions() as session:
            final = self.now >= final_from(self.schedule)
            return [
                *violations(session),
                *overspent(session, final=final, more=self.more),
                *self.watch.look(session),
                *(f"texted at night: {row}" for row in session.execute(text(AT_NIGHT))),
            ]

    # The clock

    def wait(self, draw: Random) -> None:
        """Time passes: seconds to hours."""
        seconds = draw.choice([6, 40, 11 * 60, 3_600, 3 * 3_600])
        self.now += timedelta(seconds=seconds)

    def sleep(self, draw: Random) -> None:
        """The next noon, or late in the evening."""
        noon = self.now.replace(hour=16, minute=0, second=draw.randrange(60)) + timedelta(days=1)
        night = noon - 14 * HOUR  # ten or nine in the evening
        then = draw.choice([night, noon]) if night > self.now else noon
        if then < START + timedelta(days=4):
            self.now = then

    # The worker

    def pace(self, draw: Random) -> None:
        """What the plan wants."""
        pace(self.sessions, self.now)

    def expire(self, draw: Random) -> None:
        """What has run out of time."""
        expire(self.sessions, self.now)

    def sweep(self, draw: Random) -> None:
        """Claims whose lease ran out."""
        end_leases(self.sessions, self.now + draw.choice([0, 25]) * MINUTE)

    def follow(self, draw: Random) -> None:
        """Reminders and chases."""
        follow_through(self.sessions, self.now, {})

    def claim(self, draw: Random) -> None:
        """A batch is claimed and posted; its worker may die at any moment."""
        batch = claim_batch(self.sessions, Channel.TEXT, CLAIMER, now=self.now, wall=self.now)
        if batch is None or not batch.tries:
            return
        outcomes = [(item.id, self._post(item, draw)) for item in batch.tries]
        if draw.random() < 0.85:
            with self.lock:
                self.answers.append(Answer(batch, outcomes))

    def _post(self, item: Try, draw: Random) -> Outcome:
        fate = draw.choice(
            ["accepted"] * 5 + ["refused", "slow", "lost before", "lost after", "hangs", "hangs"]
        )
        if fate == "refused":
            return Refused(draw.choice([21211, 21610, 30006, 21617]), "no")
        if fate == "slow":
            return NotProcessed("too many requests", code=draw.choice([None, 20429]))
        if fate == "lost before":
            return NoAnswer("time-out")
        if fate == "hangs":
            with self.lock:
                self.hanging.append(item)
            return NoAnswer("time-out")
        message = self._make(item, self.now, draw)
        return (
            NoAnswer("time-out") if fate == "lost after" else Accepted(message.sid, item.segments)
        )

    def _make(self, item: Try, at: datetime, draw: Random) -> Message:
        message = Message(
            f"SM{uuid4().hex}",
            item.touch.address,
            item.body,
            item.id,
            item.segments,
            at,
            draw.choice(["delivered"] * 4 + ["undelivered", "failed"]),
        )
        with self.lock:
            self.carrier.messages[message.sid] = message
        return message

    def answer(self, draw: Random) -> None:
        """What came back of a batch is written, sooner or later; now and then twice."""
        with self.lock:
            if not self.answers:
                return
            at = draw.randrange(len(self.answers))
            said = self.answers[at] if draw.random() < 0.1 else self.answers.pop(at)
        record_outcomes(
            self.sessions,
            Channel.TEXT,
            said.outcomes,
            now=self.now,
            speed=1.0,
            by=SentBy(said.batch.sender_id, said.batch.claimed_at, self.now),
        )

    def look_up(self, draw: Random) -> None:
        """The carrier's list is asked about what nobody answered, now or in ten seconds."""
        wall = self.now + draw.choice([0, 10]) * timedelta(seconds=1)
        work = look_up(self.sessions, self.carrier, now=self.now, wall=wall, patience=PATIENCE)
        apart(work)

    def surface(self, draw: Random) -> None:
        """What the carrier sat on comes to be, though it may have been called absent."""
        with self.lock:
            if not self.hanging:
                return
            item = self.hanging.pop(draw.randrange(len(self.hanging)))
            # It has to be paid, whatever was sent in its place.
            self.more += PRICE * item.segments
        self._make(item, self.now, draw)

    # The carrier

    def call_back(self, draw: Random) -> None:
        """A status callback, in any order, now and then once more."""
        with self.lock:
            if not self.carrier.messages:
                return
            message = draw.choice(list(self.carrier.messages.values()))
            life = ["queued", "sent", message.end]
            left = [state for state in life if state not in message.told]
            status = draw.choice(left or life)
            if status == message.end or not message.told:
                message.told.append(status)
        code = ENDS.get(status)
        news = StatusNews(message.attempt, message.sid, status, code, {"MessageStatus": status})
        receive_status(self.sessions, news, now=self.now)

    def bill(self, draw: Random) -> None:
        """The carrier tells its prices, and they are booked; asked twice they are booked once."""
        with self.lock:
            for message in self.carrier.messages.values():
                if message.price is None and message.told and draw.random() < 0.7:
                    times = draw.choice([1, 1, 1, 2]) if self.dear else 1
                    # A failed text costs nothing.
                    cost = Decimal(0) if message.end == "failed" else PRICE * message.segments
                    message.price = cost * times
                    self.more += message.price - cost
        apart(book_prices(self.sessions, self.carrier, after=BEGINNING))

    def estimate(self, draw: Random) -> None:
        """Prices that nobody told are booked as they were held."""
        if draw.random() < 0.2:
            book_estimates(self.sessions, before=self.now - HOUR)

    # The people

    def text_back(self, draw: Random) -> None:
        """A voter writes."""
        phone = self.phones[self._voter(draw, Channel.TEXT)]
        body = draw.choice(["STOP"] * 4 + ["START"] * 3 + ["Wrong number", "I voted", "Who?"])
        receive_text(self.sessions, TextIn(f"SM{uuid4().hex}", phone, SENDER, body), now=self.now)

    def strike(self, draw: Random) -> None:
        """The desk learns of a ballot."""
        if draw.random() < 0.4:
            chosen = [self.ids[self._voter(draw, draw.choice([Channel.TEXT, Channel.CALL]))]]
            strike_ids(self.sessions, POLLING_DAY, chosen, by=None, source="desk", at=self.now)

    def _voter(self, draw: Random, channel: Channel) -> int:
        """Somebody, rather one for whom something waits on this channel."""
        query = (
            "SELECT voter_id FROM touches WHERE state IN ('ready', 'claimed') "
            "AND channel = :channel ORDER BY id"
        )
        with self.sessions() as session:
            waiting = list(session.scalars(text(query), {"channel": channel.value}))
        return draw.choice(waiting) - 1 if waiting else draw.randrange(len(self.ids))

    def take(self, draw: Random) -> None:
        """A volunteer asks for a call."""
        user = self._somebody(draw)
        card = next_call(self.sessions, 1, user.id, now=self.now, wall=self.now)
        if isinstance(card, CallCard):
            self.cards[user.id] = card

    def save(self, draw: Random) -> None:
        """A volunteer records what came of the call, perhaps long after its lease; or twice."""
        user = self._somebody(draw)
        card = self.cards.get(user.id)
        if card is None:
            return
        result = draw.choice([*Disposition, Disposition.CANVASSED, Disposition.NOT_HOME])
        plan = Intention(self._some_time(draw), draw.choice([None, *How]))
        record = CallRecord(
            uuid4(),
            card.touch_id,
            card.fence,
            user.id,
            result,
            callback_at=self.now + 2 * HOUR,
            language="es",
            plan=plan if result is Disposition.CANVASSED else None,
        )
        try:
            for _ in range(draw.choice([1, 1, 2])):
                record_call(self.sessions, record, now=self.now, wall=self.now)
        except BadRecord:
            return
        if draw.random() < 0.8:
            self.cards.pop(user.id, None)

    def _some_time(self, draw: Random) -> datetime | None:
        return draw.choice([None, self.now + HOUR, self.now + 20 * HOUR, self.now + 50 * MINUTE])

    def return_call(self, draw: Random) -> None:
        """A volunteer gives the call back."""
        user = self._somebody(draw)
        card = self.cards.pop(user.id, None)
        if card is not None:
            give_back(self.sessions, card.touch_id, user.id, now=self.now)

    def _somebody(self, draw: Random) -> User:
        return draw.choice(self.team)

    @property
    def actions(self) -> list[Callable[[Random], None]]:
        """All but the clock's."""
        often = [self.pace, self.claim, self.claim, self.answer, self.answer, self.call_back]
        return [
            *often,
            *often,
            *(self.expire, self.sweep, self.follow, self.look_up, self.look_up, self.surface),
            *(self.bill, self.estimate, self.text_back, self.strike),
            *(self.take, self.save, self.return_call),
        ]
