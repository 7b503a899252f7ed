"""Release of blasts: what is due of each by now on its voters' clocks and not yet released."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor

from sqlalchemy.orm import Session

from app.domain.blast import BlastState, Stretch, over_everywhere, stretches
from app.domain.hours import Place
from app.domain.purpose import BY_HAND
from app.services.release import Prices, allowed, can_afford_one, prices, put_out
from app.store import blasts as stored
from app.store.blast_people import count_given, count_left, still_to_get
from app.store.blasts import AtWork, Blast
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame, place_names
from app.store.people import AuditEntry
from app.store.pool import Candidate, Release
from app.store.pool_search import Search
from app.store.universe_sql import Asking

MOST_AT_ONCE = 5_000
"""Each search passes over all whom it may never take, so one for many is better than many; only the
targets that it takes are locked meanwhile."""
AHEAD_BY_HAND = 300
"""So many texts of a blast by hand wait for volunteers: some stacks for each of a room full."""
AHEAD = timedelta(minutes=2)
"""So much work is kept ready for the senders: a pause, a strike or a STOP finds little released."""
STEP = timedelta(seconds=10)
"""So long from one look at a stretch to the next: each counts who has it."""
PAUSE = timedelta(minutes=1)
"""Where nobody is left, so long until the next look: it goes through all targets."""
COUNTED = timedelta(minutes=5)
"""So long a count of the people stands: it takes a second for a million, and only says how fast the
share grows. At the end of the spread everybody who is found gets it, counted or not."""


@dataclass(frozen=True)
class Look:
    """What a worker remembers of a stretch; only spares work."""

    again_at: datetime
    people: int = 0  # who have it or may get it
    counted_at: datetime | None = None


Dry = MutableMapping[tuple[int, Stretch | None], Look]
"""Blast and stretch (None: the blast as a whole) → what was seen there; starts empty."""


def release_blasts(sessions: Sessions, now: datetime, dry: Dry) -> int:
    """Releases what is due of every blast, and ends those that are over; returns how many touches.

    At most one to a voter, whatever runs twice or at once: whoever releases holds the blast.
    Level-triggered: it compares what is due with what was released, so an outage is caught up.
    What goes wrong with one blast is raised when all the others have had their turn.
    """
    with sessions() as session:
        found = stored.at_work(session, now)
    total, wrong = 0, []
    for one in found:
        try:
            total += _tend(sessions, one, now, dry)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return total


def _tend(sessions: Sessions, one: AtWork, now: datetime, dry: Dry) -> int:
    if one.state is not BlastState.SCHEDULED:
        _keep_back(sessions, one, now)
    if one.state is BlastState.CANCELED:
        return 0
    with sessions() as session:
        blast = session.get(Blast, one.id)
        if blast is None:
            return 0
        frame = load_frame(session, one.campaign_id)
        places = place_names(session, frame.id)
        when = stretches(blast.timing, frame.schedule, places, blast.channel)
    total = 0
    if one.state is BlastState.SCHEDULED and not frame.rules.pause(blast.channel, now):
        for stretch, there in when.items():
            total += _all_of(sessions, frame, one.id, stretch, there, now, dry)
    _end_if_over(sessions, frame, blast, list(when), places, now, dry)
    return total


@patiently
def _keep_back(sessions: Sessions, one: AtWork, now: datetime) -> None:
    """What came back from a sender after the pause or the end is not to go out either."""
    with sessions.begin() as session:
        blast = stored.hold(session, one.id, [one.state], patient=False)
        if blast is None:
            return
        if one.state is BlastState.PAUSED:
            stored.hold_back(session, blast)
        else:
            stored.cancel_pending(session, blast, now)


def _all_of(
    sessions: Sessions,
    frame: Frame,
    blast_id: int,
    stretch: Stretch,
    places: Sequence[Place],
    now: datetime,
    dry: Dry,
) -> int:
    """Releases all that is due of a stretch now."""
    look = dry.get((blast_id, stretch), Look(now))
    if not stretch.is_open(now) or look.again_at > now:
        return 0
    total, added = 0, MOST_AT_ONCE
    while added == MOST_AT_ONCE:
        added, look = _part(sessions, frame, blast_id, stretch, places, look, now)
        total += added
    dry[blast_id, stretch] = look
    return total


@patiently
def _part(
    sessions: Sessions,
    frame: Frame,
    blast_id: int,
    stretch: Stretch,
    places: Sequence[Place],
    look: Look,
    now: datetime,
) -> tuple[int, Look]:
    """Releases up to MOST_AT_ONCE; how many, and what was seen."""
    later = replace(look, again_at=now + STEP)
    with sessions.begin() as session:
        blast = stored.hold(session, blast_id, [BlastState.SCHEDULED], patient=False)
        if blast is None:  # another worker has it, or it was stopped meanwhile
            return 0, replace(look, again_at=now)
        room = _room(session, blast)
        priced = prices(session, frame, blast.channel, blast.purpose)
        if room < 1 or priced is None or not can_afford_one(session, frame, priced, now):
            return 0, later
        stored.plan_each_time(session)
        due, later = _due(session, frame, blast, stretch, places, later, now)
        number = min(due, room, MOST_AT_ONCE)
        if number < 1:
            return 0, later
        people = still_to_get(session, blast, _asking(frame, now))
        keys = [place.key for place in places]
        search = Search(keys, only=people, at_once=True, by_hand=blast.by_hand)
        found = allowed(session, frame, blast.channel, [search], number, now)
        if len(found) < number:
            later = replace(later, again_at=now + PAUSE)
        releases = [_release(priced, frame, blast, item, stretch, now) for item in found]
        return put_out(session, frame, blast.channel, releases, now, blast.purpose), later


def _room(session: Session, blast: Blast) -> int:
    """How many more may wait: what the senders carry in AHEAD, but one at least; by hand as many
    as volunteers take up."""
    senders = stored.senders_of(session, blast.campaign_id, blast.channel)
    able = [one for one, stopped in senders if not stopped]
    if not able:
        return 0
    if blast.by_hand:
        return AHEAD_BY_HAND - stored.waiting(session, blast)
    ahead = floor(sum(one.pace for one in able) * AHEAD.total_seconds())
    return max(ahead, 1) - stored.waiting(session, blast)


def _due(
    session: Session,
    frame: Frame,
    blast: Blast,
    stretch: Stretch,
    places: Sequence[Place],
    look: Look,
    now: datetime,
) -> tuple[int, Look]:
    """How many are due and do not have it, and the count on which that rests."""
    share = stretch.share_due(now)
    if share >= 1:
        return MOST_AT_ONCE, look  # whoever is found
    keys = [place.key for place in places]
    given = count_given(session, blast, keys)
    if look.counted_at is None or look.counted_at + COUNTED <= now:
        left = _left(session, frame, blast, keys, now)
        look = replace(look, people=given + left, counted_at=now)
    return floor(share * look.people) - given, look


def _left(session: Session, frame: Frame, blast: Blast, keys: Sequence[str], now: datetime) -> int:
    cap = frame.rules.total_cap
    return count_left(session, blast, _asking(frame, now), keys, total_cap=cap)


def _asking(frame: Frame, now: datetime) -> Asking:
    return Asking(frame.schedule.polling_day, now, frame.schedule.country)


def _release(
    priced: Prices, frame: Frame, blast: Blast, item: Candidate, stretch: Stretch, now: datetime
) -> Release:
    """Due since its start, so that what was promised for a time goes before the ramp; by hand only
    once somebody taps; over with the blast."""
    made = priced.release(frame, blast.channel, item, now)
    due = BY_HAND if blast.by_hand else min(stretch.starts_at, now)
    over = min(made.expires_at, stretch.last_at)
    return replace(made, due_at=due, expires_at=over)


def _end_if_over(
    sessions: Sessions,
    frame: Frame,
    blast: Blast,
    when: Sequence[Stretch],
    places: Sequence[Place],
    now: datetime,
    dry: Dry,
) -> None:
    """Its time is over everywhere; or it is over but for catching up, and nobody is left."""
    # Where the channel is closed all that time, a rule may still change.
    over_at = max((one.last_at for one in when), default=over_everywhere(blast.timing))
    if now >= over_at:
        _end(sessions, blast.id, now)
        return
    runs_until = max((one.runs_until for one in when), default=over_at)
    if now < runs_until or dry.get((blast.id, None), Look(now)).again_at > now:
        return
    if _nobody_is_left(sessions, frame, blast.id, [place.key for place in places], now):
        _end(sessions, blast.id, now)
    else:
        dry[blast.id, None] = Look(now + STEP)


def _nobody_is_left(
    sessions: Sessions, frame: Frame, blast_id: int, keys: Sequence[str], now: datetime
) -> bool:
    with sessions() as session:
        blast = session.get(Blast, blast_id)
        if blast is None or blast.state != BlastState.SCHEDULED or stored.pending(session, blast):
            return False
        return not _left(session, frame, blast, keys, now)


@patiently
def _end(sessions: Sessions, blast_id: int, now: datetime) -> None:
    with sessions.begin() as session:
        running = [BlastState.SCHEDULED, BlastState.PAUSED]
        blast = stored.hold(session, blast_id, running, patient=False)
        if blast is None:
            return
        blast.state, blast.ended_at = BlastState.DONE, now
        entry = {"name": blast.name}
        session.add(
            AuditEntry(
                at=now,
                user_id=None,
                action="blast done",
                subject=f"blast:{blast.id}",
                details=entry,
            )
        )
