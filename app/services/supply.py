"""Supply: gives plans and callers what they lack, part by part, while anybody is left."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import opens_next
from app.domain.pace import Reach, Step, wanted_by
from app.domain.rest import final_from
from app.services.ahead import ahead, calls_missing
from app.services.fallover import fall_over
from app.services.release import Order, Outcome, anybody, groups_of, release_order
from app.services.reserves import open_reserves
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, places_in
from app.store.pacing import alone, note_step
from app.store.plan_hours import plan_of

log = structlog.get_logger()
MOST_AT_ONCE = 2_500
"""A release holds the plan's rows while it runs, and a STOP or a strike may wait for them."""
MOST_A_TICK = 10_000
PAUSE = timedelta(minutes=1)
"""Where nobody was found, so long until the next look: it goes through all targets."""


@dataclass(frozen=True)
class Supplied:
    """How many were released on which channel, and until when there is no use in looking again."""

    released: Counter[Channel] = field(default_factory=Counter)
    again_at: datetime | None = None


Part = Callable[[int], Outcome | None]
"""Releases some more, told how many it has released before; None when nothing is lacking."""


def follow_plan(sessions: Sessions, frame: Frame, channel: Channel, now: datetime) -> Supplied:
    """Releases what the plan wanted by now and is not yet released, as far as the senders reach.

    When nobody is left in the final week: those whose last try was only hours ago, then the reserve
    universes in their order, then the other channels. While somebody merely waits for a rest or a
    cap to end the reserves stay closed: the other channels come first. Earlier only the next pass,
    which comes by itself: those tried least come first.
    """
    reached: Reach | None = None

    def part(done: int) -> Outcome | None:
        nonlocal reached
        outcome, reached = _part(sessions, frame, channel, reached, done, now)
        return outcome

    supplied = _in_parts(sessions, frame, channel, now, part, patient=True)
    if supplied.again_at is None or now < final_from(frame.schedule):
        return supplied
    with sessions() as session:
        if not groups_of(session, frame, channel, now):
            return supplied  # all is closed
        if anybody(session, frame, channel, now):
            return Supplied(supplied.released)  # others hold them, or the money is gone
    over = _fall_over_in_parts(sessions, frame, channel, now)
    return Supplied(supplied.released + over, supplied.again_at)


def fill_pool(sessions: Sessions, frame: Frame, now: datetime) -> Supplied:
    """Releases calls for the callers who are there, beyond the plan if need be.

    Reserves open for them at once: a caller without a call goes home.
    """

    def part(_: int) -> Outcome | None:
        return _calls(sessions, frame, now)

    return _in_parts(sessions, frame, Channel.CALL, now, part, patient=False)


def _in_parts(
    sessions: Sessions,
    frame: Frame,
    channel: Channel,
    now: datetime,
    part: Part,
    *,
    patient: bool,
) -> Supplied:
    done, again_at = 0, None
    while done < MOST_A_TICK and again_at is None:
        outcome = part(done)
        if outcome is None:
            break
        done += outcome.released
        if outcome.nearer:
            note(sessions, frame, channel, Step.NEARER, now)
        # Short: nobody is left. Nothing at all: no words, no money, or all places are closed.
        dry = outcome.short > 0 and not _open_reserve(sessions, frame, channel, now, patient)
        if dry or not (outcome.short or outcome.released):
            again_at = _look_again(sessions, frame, channel, now)
        elif not outcome.short and outcome.released < MOST_AT_ONCE:
            break  # all that was asked for, and less than a part
    return Supplied(Counter({channel: done}), again_at)


@patiently
def _part(
    sessions: Sessions,
    frame: Frame,
    channel: Channel,
    reached: Reach | None,
    done: int,
    now: datetime,
) -> tuple[Outcome | None, Reach | None]:
    """What came of one part, and how far the senders reach, asked in the first."""
    with sessions.begin() as session:
        missing = _missing(session, frame, channel, now)
        if not missing:
            return None, reached
        number, places = min(missing, MOST_AT_ONCE), None
        if channel is not Channel.CALL:
            reached = reached or ahead(session, frame, channel, now)
            if reached.places and reached.number <= done:
                return None, reached  # the senders have enough for now
            number, places = min(number, max(reached.number - done, 0)), reached.places
        return release_order(session, frame, Order(channel, number, places), now), reached


def _missing(session: Session, frame: Frame, channel: Channel, now: datetime) -> int:
    """What the plan wanted by now and is not released; the plan's rows stay locked. 0 too while
    another worker is at it."""
    # Only spares two workers the same search; the locks on the plan's rows keep the counts right.
    if not alone(session, frame.id, channel):
        return 0
    hours = plan_of(session, frame.id, channel)
    wanted = wanted_by({hour: planned for hour, (planned, _) in hours.items()}, now)
    return max(wanted - sum(done for _, done in hours.values()), 0)


@patiently
def _calls(sessions: Sessions, frame: Frame, now: datetime) -> Outcome | None:
    with sessions.begin() as session:
        if not alone(session, frame.id, Channel.CALL):
            return None
        missing = calls_missing(session, frame, now)
        if not missing:
            return None
        return release_order(session, frame, Order(Channel.CALL, min(missing, MOST_AT_ONCE)), now)


def _look_again(sessions: Sessions, frame: Frame, channel: Channel, now: datetime) -> datetime:
    """After PAUSE, or when the next place opens."""
    with sessions() as session:
        places = places_in(session, frame)
    opens = [opens_next(frame.schedule, place, channel, now) for place in places]
    return min([now + PAUSE, *(at for at in opens if at is not None and at > now)])


def _open_reserve(
    sessions: Sessions, frame: Frame, channel: Channel, now: datetime, patient: bool
) -> bool:
    if now < final_from(frame.schedule):
        return False
    if not open_reserves(sessions, frame, channel, now, patient=patient):
        return False
    note(sessions, frame, channel, Step.RESERVE, now)
    return True


def _fall_over_in_parts(
    sessions: Sessions, frame: Frame, channel: Channel, now: datetime
) -> Counter[Channel]:
    moved, more = Counter[Channel](), True
    while more and moved.total() < MOST_A_TICK:
        some, more = _fall_over(sessions, frame, channel, now)
        moved += some
    if moved.total():
        note(sessions, frame, channel, Step.FALLOVER, now)
    return moved


@patiently
def _fall_over(
    sessions: Sessions, frame: Frame, channel: Channel, now: datetime
) -> tuple[Counter[Channel], bool]:
    """Moves a part of what the channel's plan misses; how many, and whether to go on."""
    with sessions.begin() as session:
        missing = _missing(session, frame, channel, now)
        if not missing:
            return Counter(), False
        number = min(missing, MOST_AT_ONCE)
        moved = fall_over(session, frame, channel, number, now)
        if moved.nobody and note_step(session, frame.id, channel, Step.NOBODY, now):
            log.info("nobody left", campaign=frame.id, channel=channel.value)
        return moved.released, MOST_AT_ONCE == moved.released.total() < missing


def note(sessions: Sessions, frame: Frame, channel: Channel, step: Step, now: datetime) -> None:
    """Writes down, once an hour, what was done because a pool had run dry."""
    with sessions.begin() as session:
        if note_step(session, frame.id, channel, step, now):
            log.info("pool dry", campaign=frame.id, channel=channel.value, step=step.value)
