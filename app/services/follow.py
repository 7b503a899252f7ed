"""Follow through: reminders of voting plans, and the chase of mail ballots that are out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.follow import HOUR
from app.domain.purpose import waits_for_no_rest
from app.domain.touch import TouchState
from app.services.errands import Dry as Dry
from app.services.errands import Errand, errands_of
from app.services.release import Prices, allowed, prices, put_out
from app.store import follow as stored
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, running_frames
from app.store.pool import Candidate, Release, end_pending
from app.store.pool_search import Search

MOST_AT_ONCE = 1_000
SOME = 4 * MOST_AT_ONCE
"""So many of those who are due are looked at together, the most valuable first."""
MOST_A_RUN = 5_000
"""For one campaign, so that the others have their turn."""
AHEAD = timedelta(minutes=1)
"""So much work is kept ready for the senders: whoever votes meanwhile is not reminded in vain."""
CALLS_AHEAD = 200
"""So many calls of a purpose wait in the pool at most: they are worth nothing after their time."""
FIRST = 2.0
"""Added to the value of a reminder by call, so that it stands before the calls of the ramp."""
IN_THE_WAY = "a reminder takes its place"


def follow_through(sessions: Sessions, now: datetime, dry: Dry) -> int:
    """Releases the reminders and chases that are due; returns how many.

    At most one reminder of each kind to a voter and one chase in CHASE_EVERY, whatever runs twice
    or at once. Bars, caps, consent, hours and money hold as for every touch. What goes wrong in
    one campaign is raised when all the others have had their turn.
    """
    total, wrong = 0, []
    with sessions() as session:
        frames = running_frames(session)
    for frame in frames:
        try:
            total += _campaign(sessions, frame, now, dry)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return total


def _campaign(sessions: Sessions, frame: Frame, now: datetime, dry: Dry) -> int:
    with sessions() as session:
        errands = list(errands_of(session, frame, now, dry))
    total = 0
    for errand in errands:
        with sessions() as session:
            at, cap = errand.places, frame.rules.total_cap
            due = stored.due(session, frame.id, errand.who, at, cap)
        part = _Part(MOST_AT_ONCE)
        while due and part.added == MOST_AT_ONCE and total < MOST_A_RUN:
            part = _part(sessions, frame, errand, due, now)
            total += part.added
            due = [voter for voter in due if voter not in part.tried]
        if errand.pause and (part.is_dry or not due):
            dry[frame.id, errand.name] = now + errand.pause
    return total


@dataclass(frozen=True)
class _Part:
    """What came of a part: how many were released, who was tried for it, and whether nobody is
    left."""

    added: int = 0
    tried: frozenset[int] = frozenset()
    is_dry: bool = False


@patiently
def _part(
    sessions: Sessions, frame: Frame, errand: Errand, due: Sequence[int], now: datetime
) -> _Part:
    """Releases up to MOST_AT_ONCE to those who are due, the first of them first."""
    with sessions.begin() as session:
        priced = prices(session, frame, errand.channel, errand.purpose)
        if priced is None or not stored.alone(session, frame.id):
            return _Part()
        number = _room(session, frame, errand, now)
        if number < 1:
            return _Part()
        found = _found(session, frame, errand, due, number, now)
        at, cap = errand.places, frame.rules.total_cap
        ids = [item.voter_id for item in found]
        times = stored.still(session, frame.id, errand.who, at, cap, ids) if ids else {}
        releases = [
            _release(priced, frame, errand, item, times[item.voter_id], now)
            for item in found
            if item.voter_id in times
        ]
        added = put_out(session, frame, errand.channel, releases, now, errand.purpose)
        return _Part(added, frozenset(ids), len(found) < number)


def _found(
    session: Session, frame: Frame, errand: Errand, due: Sequence[int], number: int, now: datetime
) -> list[Candidate]:
    """Up to `number` of those who are due and whom the bar lets through, locked."""
    at_once = waits_for_no_rest(errand.purpose)
    if at_once:
        _clear_the_way(session, frame, errand, due, number, now)
    searches = [
        Search(errand.places, only=stored.only(due[first : first + SOME]), at_once=at_once)
        for first in range(0, len(due), SOME)
    ]
    return allowed(session, frame, errand.channel, searches, number, now)


def _room(session: Session, frame: Frame, errand: Errand, now: datetime) -> int:
    """How many more are worth having ready: a minute's work for the senders, a pool of calls."""
    most = CALLS_AHEAD
    if errand.channel is not Channel.CALL:
        per_second = stored.rate(session, frame.id, errand.channel, now)
        most = max(int(per_second * AHEAD.total_seconds()), 1)
    waiting = stored.waiting(session, frame.id, errand.channel, errand.purpose)
    return min(most - waiting, MOST_AT_ONCE)


def _clear_the_way(
    session: Session,
    frame: Frame,
    errand: Errand,
    voters: Sequence[int],
    number: int,
    now: datetime,
) -> None:
    """Ends what waits of the ramp for those who are to be reminded: one open touch a voter and
    channel, one open call a household. The ramp gets its place back."""
    found = stored.in_the_way(session, frame.id, errand.channel, voters, number)
    facts = facts_of(session, frame.id, errand.channel, [voter for _, voter in found], now)
    free = {
        voter
        for voter, known in facts.items()
        if bar(replace(known, next_at=None), errand.channel, now, frame.rules) is None
    }
    end_pending(
        session,
        "ids",
        ids=[touch for touch, voter in found if voter in free],
        state=TouchState.CANCELED,
        reason=IN_THE_WAY,
        now=now,
    )


def _release(
    priced: Prices,
    frame: Frame,
    errand: Errand,
    item: Candidate,
    votes_at: datetime | None,
    now: datetime,
) -> Release:
    """Due since its stated time, so that it goes before what was released later; over when it
    would come too late."""
    made = priced.release(frame, errand.channel, item, now)
    if errand.stretch is None:
        return made
    due, until = errand.stretch.due_at, errand.stretch.until
    if votes_at is not None:
        due, until = due or votes_at - HOUR, until or votes_at
    first = replace(item, value=item.value + FIRST) if errand.channel is Channel.CALL else item
    return replace(
        made,
        candidate=first,
        due_at=min(due or now, now),
        expires_at=min(made.expires_at, until or made.expires_at),
    )
