"""The week: lets the world, its workers and its people play together up to the close and beyond."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from app.config import Settings
from app.domain.pulse import PULSE
from app.domain.rehearsal import Fault, Promise
from app.domain.rest import final_from
from app.domain.sender import AHEAD_SECONDS
from app.rehearsal.carrier import Carrier, Message
from app.rehearsal.chance import Chance
from app.rehearsal.doors import Doors
from app.rehearsal.fleet import Fleet
from app.rehearsal.gate import Lent
from app.rehearsal.in_turns import InTurns
from app.rehearsal.looks import Doorways, Looks
from app.rehearsal.promises import Promises
from app.rehearsal.roster import Roster
from app.rehearsal.troubles import Troubles
from app.rehearsal.volunteers import FORGETS, Booked, Volunteers
from app.rehearsal.world import World
from app.store.engine import make_sessions
from app.store.frames import Frame, load_frame, place_names
from app.store.sql import sql

_SHIFTS = """
SELECT user_id, starts_at, ends_at FROM shifts
WHERE campaign_id = :campaign AND channel = 'call' AND ends_at > :since ORDER BY starts_at, id
"""

DRAIN = timedelta(hours=26)
"""After the close: callbacks are asked for, prices booked, the last leases end."""
ASK_AFTER = timedelta(minutes=2)
"""So long after the last attempt it is asked whether anybody waits."""
BEFORE_THE_CLOSE = timedelta(hours=8)
"""The polls close within so long of each other, from coast to coast and beyond."""
AFTER_AN_EVENT = timedelta(minutes=2)
TROUBLED = 6.0
"""Seconds until the next turn when a worker died or stands still."""
HURRIED = 1.5
"""… and it has been quiet for a whole stride of a large campaign: real workers ask each second."""
BY_NIGHT = 4.0
"""So many times as long waits what nothing calls for while nothing is open, in a large campaign."""
SOON_ENDED = ("end leases", "expire")
BOOK = "book prices"
TIDY_AT = 64
"""Turns after which the tables of a large campaign are tidied first, then each time that there were
twice as many: plans that were made while they were empty stay else, and read too much."""
ENDED_WITHIN = timedelta(minutes=15)
WATCH_AFTER = timedelta(seconds=200)
BUSY, CALM, CLOSED = 20.0, 25.0, 12 * 3600.0
"""Seconds between two turns: while something happens, at rest, and while nothing can happen."""


@dataclass(frozen=True)
class Manner:
    """How a week is played: how fine, and how much goes wrong."""

    faults: Collection[Fault] = ()
    factor: float = 1.0  # on the chance of each fault
    troubles: float | None = None  # … of those that are no matter of a step; None: as `factor`
    workers: int = 3
    busy: float = BUSY
    calm: float = CALM
    spread: tuple[float, float] = (0.2, 1.8)  # of the strides around busy
    replies: float = 0.05  # of texts are answered
    opt_outs: float = 0.02
    ballots: float = 0.3  # of the voters vote before the close
    left_out: Collection[str] = ()  # jobs that no worker runs
    paces: float = 0.0  # seconds between two runs of the pacer, but for the pulse
    paces_anyway: float = 3600.0  # … while nobody is left to reach
    seldom: float = 30.0  # seconds between two runs of jobs that nothing calls for
    rare: dict[str, float] = field(default_factory=dict)  # … of single ones
    quiet_from: datetime | None = None  # from then on nothing goes wrong any more
    undelivered: float = 0.03
    ends_when_broken: Promise | None = None  # nothing more is to be seen then
    together: bool = False  # callbacks and ballots are taken in turn by turn, many at once
    forgets: float = FORGETS  # of calls are never recorded
    frozen: int = 0  # workers that stand still for good, and that nobody ends
    dead_sender: bool = False  # from the start, for good

    def until(self, quiet_from: datetime) -> "Manner":
        """The same, with nothing new going wrong from then on."""
        return replace(self, quiet_from=quiet_from)


class Week:
    """One final week of a campaign that lives alone in a database."""

    def __init__(
        self,
        engine: Engine,
        campaign_id: int,
        seed: int,
        starts_at: datetime,
        manner: Manner,
        *,
        settings: Settings,
        price: Decimal,
    ) -> None:
        self.engine, self.campaign_id, self.manner = engine, campaign_id, manner
        self.chance = Chance(seed, manner.faults, manner.factor)
        self.world = World(starts_at, self.chance)
        self.carrier = Carrier(self.world, price)
        self.sessions, self.lent = make_sessions(engine), Lent(engine)
        self.roster = Roster(self.sessions, campaign_id)
        self.read_frame()
        self.promises = Promises(self.world, self.carrier, self.roster, self.frame)
        day = self._frame.schedule.polling_day
        self.doors = Doors(
            self.world,
            self.sessions,
            self.lent,
            self.carrier,
            self.roster,
            self.promises,
            day,
            together=manner.together,
        )
        lease = timedelta(minutes=settings.call_lease_minutes)
        self.volunteers = Volunteers(self.doors, campaign_id, lease, manner.forgets)
        self.looks = Looks(engine, campaign_id)
        with self.sessions() as session:
            self.places = place_names(session, campaign_id)
        self._doorways = Doorways(self.places)
        self._tidy_at = TIDY_AT
        self.closes_at = max(
            (self._frame.schedule.polls_close_at(place) for place in self.places),
            default=starts_at,
        )
        self.starts_at = self.world.now
        self.fleet = Fleet(
            self.world,
            engine,
            self.lent,
            self.carrier,
            settings,
            manner.workers,
            left_out=manner.left_out,
            seldom=manner.seldom,
            rare=manner.rare,
            frozen=manner.frozen,
            # In a long stride a sender sends what it would have sent in as long.
            ahead=manner.busy if manner.together else AHEAD_SECONDS,
        )
        self.turns = 0
        self._seen = 0
        self._calls_seen = 0
        self._idle_turns = 0
        self._overdue: dict[str, datetime] = {}
        self._waits = True
        stride = timedelta(seconds=manner.busy) if manner.together else None
        self._in_turns = InTurns(
            self.looks.due, self.looks.ends_by, self.fleet.last_run, self.carrier.tries, stride
        )
        self._pace_at = self.starts_at
        self._watch_after = max(WATCH_AFTER, timedelta(seconds=1.2 * manner.busy))
        self._wire()

    def frame(self) -> Frame:
        """The campaign's rules, which only a pause changes here."""
        return self._frame

    def read_frame(self) -> None:
        """Reads the campaign's rules, which a pause has changed."""
        with self.sessions() as session:
            self._frame = load_frame(session, self.campaign_id)

    def _wire(self) -> None:
        draws = self.chance.stream("voters")
        self.carrier.taken = self._taken
        self.carrier.meanwhile = self._meanwhile
        dies = {
            number for number in self.roster.by_address if draws.random() < self.manner.undelivered
        }
        self.carrier.dies = lambda number: 30005 if number in dies else None
        troubles = Troubles(self)
        if self.manner.dead_sender:
            troubles.sender_dies()
        self._bring_ballots()
        troubles.bring()
        self._bring_volunteers()

    # What happens by itself.

    def _bring_ballots(self) -> None:
        draws, week = self.chance.stream("ballots"), self.closes_at - self.starts_at
        for person in list(self.roster.people.values()):
            if person.voted_at is None and draws.random() < self.manner.ballots:
                when = self.starts_at + week * draws.random() ** 0.5
                self.world.at(when, lambda one=person: self.doors.ballot(one))  # type: ignore[misc]

    def _bring_volunteers(self) -> None:
        with self.sessions() as session:
            shifts = session.execute(
                sql(_SHIFTS), {"campaign": self.campaign_id, "since": self.starts_at}
            ).all()
        for shift in shifts:
            booked = Booked(*shift)
            self.world.at(booked.starts_at, lambda one=booked: self.volunteers.book(one))  # type: ignore[misc]

    # What the carrier's messages bring about.

    def _taken(self, message: Message) -> None:
        self.promises.message(message)
        draws = self.chance.stream("replies")
        chance = draws.random()
        if message.kind != "text" or not (owners := self.roster.owners(message.to)):
            return
        if chance < self.manner.opt_outs:
            words = draws.choice(["STOP", "take me off your list", "no me escriba más"])
        elif chance < self.manner.replies:
            words = draws.choice(["who is this?", "I already voted", "wrong number", "HELP"])
        else:
            return
        self.world.later(draws.uniform(5, 600), lambda: self.doors.reply(owners[0], words))
        if words == "I already voted":
            self.world.later(601, lambda: None)

    def _meanwhile(self, fault: Fault, number: str) -> None:
        """An opt-out or a ballot of the person to whom a message is just on its way."""
        owners = self.roster.owners(number)
        if not owners:
            return
        after = self.chance.between(fault, 0, 20)
        if fault is Fault.OPT_OUT:
            self.world.later(after, lambda: self.doors.reply(owners[0], "STOP"))
        else:
            self.world.later(after, lambda: self.doors.ballot(owners[0], alone=True))

    # The play.

    def play(self, progress: Callable[[float], None] = lambda _: None) -> None:
        """Plays the week to the close of the polls, then lets everything come to its end."""
        whole = self.closes_at - self.starts_at
        final = final_from(self._frame.schedule)
        quiet_from = self.manner.quiet_from or self.closes_at
        while self.world.now < self.closes_at:
            if self._is_seen:
                return
            if self.world.now >= quiet_from:
                self.chance.quiet = True
            self._turn(final)
            progress(min((self.world.now - self.starts_at) / whole, 1.0))
        self.chance.quiet = True
        self.fleet.rare = {**self.fleet.rare, BOOK: 0.0}  # nothing else is left to be done
        end = self.closes_at + DRAIN
        while self.world.now < end:
            self._turn(None)
        self.world.move_to(end)

    @property
    def _is_seen(self) -> bool:
        wanted = self.manner.ends_when_broken
        return any(one.promise is wanted for one in self.promises.broken)

    def close(self) -> None:
        """Ends the simulated processes, and looks no more."""
        self.fleet.end()
        self.lent.close()
        self.looks.close()

    def _turn(self, final: datetime | None) -> None:
        now = self.world.now
        self.turns += 1
        if self.manner.together and self.turns >= self._tidy_at:
            self.looks.tidy()
            self._tidy_at *= 2
        self._in_turns.begin()
        due = self._in_turns.due(now)
        self._see_overdue(due, now)
        opened = final is not None and self._doorways.any_open(self._frame.schedule, now)
        paces = opened and self._in_turns.may_pace(due)
        if paces and (now >= self._pace_at or self._lacks_pulse(now, final)):
            due.add("pace")
            wait = self.manner.paces if self._waits else self.manner.paces_anyway
            self._pace_at = now + timedelta(seconds=wait)
        if final is not None and now > self.closes_at - BEFORE_THE_CLOSE:
            due.add("stay in line")
        if self._waits and self.promises.quiet_for() > self._watch_after:
            due.add("watch")
        self.doors.receive()
        self.fleet.patience = BY_NIGHT if self.manner.together and not opened else 1.0
        busy = self.fleet.turn(due, lambda: self._in_turns.due(self.world.now))
        self._in_turns.end()
        # What was put back too late for its hours is ended by the next turn, which comes soon.
        busy = busy or not self.looks.due(self.world.now).isdisjoint(SOON_ENDED)
        # Of a large campaign more has to be paid at the end than one turn can ask prices for.
        busy = busy or (final is None and self.manner.together and BOOK in due)
        self._hear()
        self._waits = opened and final is not None and self._look(now, final)
        self._move(now, busy, opened, final is None)

    def _lacks_pulse(self, now: datetime, final: datetime | None) -> bool:
        """Whether the pulse is due and has anybody to go to: else the pacer does nothing."""
        if final is None or now < final or not self._waits or self.promises.quiet_for() <= PULSE:
            return False
        return self.looks.somebody_waits(self.frame(), self.places, now)

    def _see_overdue(self, due: Collection[str], now: datetime) -> None:
        """What a worker ought to have ended is not to be there for long."""
        for name in SOON_ENDED:
            since = self._overdue.setdefault(name, now) if name in due else None
            if since is None:
                self._overdue.pop(name, None)
            elif now - since > ENDED_WITHIN:
                self._overdue.pop(name)
                self.promises.break_(
                    Promise.NEVER_LOST, f"nobody could {name} since {since:%a %H:%M:%S}"
                )

    def _hear(self) -> None:
        """Notes what was tried since the last turn."""
        tries = self.carrier.tries
        if len(tries) > self._seen:
            self._seen = len(tries)
            self.promises.attempt_seen(tries[-1].at)
        calls = self.volunteers.recorded
        if len(calls) > self._calls_seen:
            self._calls_seen = len(calls)
            self.promises.attempt_seen(calls[-1][0])

    def _look(self, now: datetime, final: datetime) -> bool:
        """Whether anybody may be reached; asked only when it has been quiet for a while."""
        if now < final:
            self.promises.nobody_left()  # what is promised begins with the final week
            return True
        if self.promises.paused(now):
            self.promises.nobody_left()
            return False
        if self.promises.quiet_for() < ASK_AFTER:
            return True
        if self.looks.somebody_waits(self.frame(), self.places, now):
            if not self._waits:
                self.promises.nobody_left()  # until now; the stride ends where it can change
            self.promises.somebody_waits()
            return True
        self.promises.nobody_left()
        return False

    def _move(self, now: datetime, busy: bool, opened: bool, drain: bool) -> None:
        """On to the next turn: soon while something happens, in long strides while nothing can."""
        self._idle_turns = 0 if busy else self._idle_turns + 1
        if not opened:
            self.promises.nobody_left()
        stride = self.manner.busy * self.chance.stream("turns").uniform(*self.manner.spread)
        if self.fleet.troubled or self._in_turns.in_vain:
            # The other workers do not wait, least of all at the end of a long stride.
            quiet = self.promises.quiet_for().total_seconds()
            long = self.manner.together and quiet > 0.9 * self.manner.busy
            stride = min(stride, HURRIED if long else TROUBLED)
        elif self._idle_turns:
            most = self._calm() if self._waits else CLOSED
            stride = min(stride * 8 ** min(self._idle_turns, 6), most)
        ahead = [now + timedelta(seconds=stride)]
        if opened and not self._waits and (change := self.looks.next_change(now)) is not None:
            ahead.append(max(change, now + timedelta(seconds=1)))
        if self.fleet.wakes_at is not None:
            ahead.append(self.fleet.wakes_at)
        if not drain:
            opens_at = self._doorways.next_open(self._frame.schedule, now)
            ahead.append(opens_at or self.closes_at)
            ahead.append(max(self.closes_at, now + timedelta(seconds=1)))
        if self.world.next_at is not None and self._idle_turns:
            ahead.append(max(self.world.next_at, now + AFTER_AN_EVENT))
        self.world.move_to(min(ahead))

    def _calm(self) -> float:
        """At rest: until the pulse is due, then by short strides."""
        left = (PULSE - self.promises.quiet_for()).total_seconds() + 1
        return left if left > 0 else self.manner.calm
