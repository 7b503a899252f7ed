"""Dispatch: claims what is due, asks the bar again and commits the attempts that may go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.mail_html import Letterhead
from app.domain.purpose import written_of
from app.domain.sender import AHEAD_SECONDS
from app.domain.touch import TouchState
from app.services.tapped import as_shown
from app.services.verdicts import Verdicts
from app.services.write import Allowed, Written, write
from app.store.dearest import DEAREST
from app.store.engine import Sessions, patiently
from app.store.facts import people_of
from app.store.frames import Frame, frame_and
from app.store.means import SCRIPTS, know_scripts
from app.store.pool import end_pending, hold_money
from app.store.queue import Claimed, Try, begin_attempts, claim_due, postpone
from app.store.rates import Room, ready_senders, settle_room, stop, take_room
from app.store.written import askers

BEGINNING = datetime.fromtimestamp(0, UTC)
MOST_SEGMENTS = 24
"""Of the longest text that the carrier takes."""
NOBODYS = Letterhead("")
TOO_DEAR_FOR = timedelta(minutes=10)
"""What cannot be paid is looked at again after so much campaign time."""
FRESH = timedelta(seconds=3)
"""For so long after a claim its verdicts stand; whoever is slower asks for wishes once more."""

VALID_FOR = timedelta(minutes=9, seconds=30)
"""For so long after it has left us the carrier may send a text, by default: less than what the
look-ups wait for before it is sent again (`look_up.Patience.valid_for`)."""


@dataclass(frozen=True)
class Batch:
    """Attempts that are committed and now go out, all by one sender."""

    campaign_id: int
    sender: str
    tries: Sequence[Try]
    lease_until: datetime
    fresh_until: datetime  # machine time after which a wish may have come in since the claim
    sender_id: int = 0
    claimed_at: datetime = BEGINNING  # machine time
    letterhead: Letterhead = NOBODYS  # of a mail
    slowed: bool = True  # whether its sender rested before, which ends once something went out
    last: bool = False  # nothing else was due, by this sender or another
    valid_for: timedelta = VALID_FOR  # in the carrier's hands, before a text goes out


@dataclass(frozen=True)
class Claimer:
    """Who claims, how much at once and for how long."""

    name: str  # worker:…
    lease: timedelta
    batch: int
    told_to_end: Callable[[], bool] = lambda: False
    new_id: Callable[[], UUID] = uuid4  # from which those of a batch's attempts are drawn
    valid_for: timedelta = VALID_FOR
    ahead: float = AHEAD_SECONDS  # so many seconds of a sender's pace are taken at once


def claim_batch(
    sessions: Sessions, channel: Channel, claimer: Claimer, *, now: datetime, wall: datetime
) -> Batch | None:
    """The next batch of one channel that some sender may send now; None when nothing is due.

    None too for a claimer who is told to end: it finishes what it holds and takes up nothing more.
    Two transactions: the sender's rate gives room; then claim, bar and attempt in one. If the
    process dies before the second commits, nothing was claimed and a second's room is lost; after
    it, the attempts stand as `attempting` and are settled by look-up.
    """
    if claimer.told_to_end():
        return None
    passed: set[int] = set()
    while True:
        turn = _next_turn(sessions, channel, claimer, passed, now, wall)
        if turn is None:
            return None
        batch = _claim_for(sessions, turn, channel, claimer, now, wall)
        if batch is not None:
            return batch


@dataclass(frozen=True)
class _Turn:
    """A sender with something to send, and with room for it."""

    campaign_id: int
    room: Room
    parts: int  # segments of what is due next, as it was priced
    last: bool  # all that is due fits into the room, and no other sender was in turn


def _next_turn(
    sessions: Sessions,
    channel: Channel,
    claimer: Claimer,
    passed: set[int],
    now: datetime,
    wall: datetime,
) -> _Turn | None:
    """The next sender that may send and has something due, in their turn, but for those that had
    theirs (`passed`, which grows); None when there is none."""
    while True:
        with sessions.begin() as session:
            most, ahead = claimer.batch, claimer.ahead
            in_turn = ready_senders(session, channel, now=now, wall=wall, most=most, ahead=ahead)
            left = [one for one in in_turn if one.sender_id not in passed]
            if not left:
                return None
            ready = left[0]
            passed.add(ready.sender_id)
            parts = _parts(ready.held, ready.dearest) if channel is Channel.TEXT else 1
            # One sender a transaction: whoever locked a second would wait in a ring with others. No
            # more than there is, so that nothing has to be given back.
            wanted = ready.due * parts
            room = take_room(session, ready.sender_id, wanted, wall, ready.share, now, ahead)
        if room is not None:
            last = len(left) == 1 and ready.due < most and room.segments >= wanted
            return _Turn(ready.campaign_id, room, parts, last)


def _parts(held: Decimal, price: Decimal) -> int:
    """How many segments a touch was priced at when it was released; 1 where texts cost nothing."""
    return min(max(round(held / price), 1), MOST_SEGMENTS) if price else 1


@patiently
def _claim_for(
    sessions: Sessions,
    turn: _Turn,
    channel: Channel,
    claimer: Claimer,
    now: datetime,
    wall: datetime,
) -> Batch | None:
    room, lease_until = turn.room, wall + claimer.lease
    written = Written()
    fitting: Sequence[Try] = ()
    shown: Sequence[Try] = ()
    tries: list[Try] = []
    most = max(room.segments // turn.parts, 1)
    with sessions.begin() as session:
        claimed = claim_due(
            session,
            turn.campaign_id,
            channel,
            sender_id=room.sender_id,
            now=now,
            limit=most,
        )
        if claimed:
            frame, dear = _frame(session, turn.campaign_id)
            allowed = _ask_the_bar(session, frame, channel, claimed, now)
            written = write(session, frame, channel, allowed, now, claimer.new_id)
            if written.faulty:
                postpone(session, written.faulty, now)
            _end_unfilled(session, written.unfilled, now)
            shown = as_shown(session, written.tries)
            fitting = _fitting(room, shown)
            price = room.price
            if channel is Channel.TEXT:
                price = max(price, dear)
            tries = _afforded(session, frame, price, fitting, now)
            begin_attempts(
                session,
                frame.id,
                channel,
                tries,
                by=claimer.name,
                sender_id=room.sender_id,
                lease_until=lease_until,
                now=now,
                wall=wall,
                rest_until=now + frame.rest(channel, now),
            )
        # Last, so that the sender's row is held for a moment only.
        settle_room(session, room, sum(item.segments for item in tries))
        if written.faulty:
            stop(session, room.sender_id, "the script has a field that cannot be filled")
    # All of them are where they were: asking again at once would be asking for ever.
    idle = not fitting and len(shown) == len(claimed)
    if not claimed or idle:
        return None
    return Batch(
        turn.campaign_id,
        room.address,
        tries,
        lease_until,
        wall + FRESH,
        sender_id=room.sender_id,
        claimed_at=wall,
        letterhead=Letterhead(
            frame.organization or frame.name, frame.postal_address, frame.schedule.country == "US"
        ),
        slowed=room.slowed,
        last=turn.last and len(tries) == len(claimed),
        valid_for=claimer.valid_for,
    )


def _frame(session: Session, campaign_id: int) -> tuple[Frame, Decimal]:
    """The frame of a campaign and what a segment was charged at most so far; its scripts, which
    will be asked for, come in the same query."""
    frame, (scripts, dear) = frame_and(session, campaign_id, f"{SCRIPTS}, ({DEAREST})")
    know_scripts(session, campaign_id, scripts)
    return frame, dear or Decimal(0)


def _end_unfilled(session: Session, unfilled: Mapping[int, str], now: datetime) -> None:
    """Ends the touches of those of whom the words need what nobody knows: they are not released
    again while the words stand (`release.py`)."""
    for why in set(unfilled.values()):
        ids = [touch for touch, said in unfilled.items() if said == why]
        end_pending(session, "ids", ids=ids, state=TouchState.SKIPPED, reason=why, now=now)


def _fitting(room: Room, tries: Sequence[Try]) -> Sequence[Try]:
    """The first of them that fit into the room, but one at least as long as the day has room for
    it: a long text is not split. The others stay as they are."""
    left = room.segments
    for number, item in enumerate(tries):
        fits = item.segments <= left or (not number and item.segments <= room.left_of_day)
        if not fits:
            return tries[:number]
        left -= item.segments
    return tries


def _afforded(
    session: Session, frame: Frame, price: Decimal, tries: Sequence[Try], now: datetime
) -> list[Try]:
    """The tries, each holding what it costs by this sender.

    At its release a touch holds the price of the dearest sender. Where the words have grown since,
    a dearer sender was added or the carrier charges more than was known, more is held, or those
    that need more wait.
    """
    missing = [max(price * item.segments - item.touch.held, Decimal(0)) for item in tries]
    more = sum(missing, Decimal(0))
    if not more:
        return list(tries)
    if not hold_money(session, frame.id, more, frame.spendable(now)):
        dear = [item.touch.id for item, lacks in zip(tries, missing, strict=True) if lacks]
        postpone(session, dear, now + TOO_DEAR_FOR)
        return [item for item, lacks in zip(tries, missing, strict=True) if not lacks]
    for item, lacks in zip(tries, missing, strict=True):
        item.touch.held += lacks
    return list(tries)


def _ask_the_bar(
    session: Session, frame: Frame, channel: Channel, claimed: Sequence[Claimed], now: datetime
) -> list[Allowed]:
    """Those that may go now; the others end as skipped or wait for their hour."""
    people = people_of(session, frame.id, channel, [item.voter_id for item in claimed], now)
    wrote = [item.address for item in claimed if written_of(item.purpose) is not None]
    asked = askers(session, frame.id, wrote) if wrote else {}
    verdicts = Verdicts(frame, channel, now, asked)
    allowed = []
    for item in claimed:
        person = people[item.voter_id]
        verdict = verdicts.of(item, person)
        if verdict is None:
            # Its hours may have been narrowed since its release.
            item.expires_at = min(item.expires_at, verdicts.open_until(item, person))
            allowed.append(Allowed(item, person))
        elif verdict.until is not None:
            postpone(session, [item.id], verdict.until)
        else:
            why, skipped = verdict.reason, TouchState.SKIPPED
            end_pending(session, "ids", ids=[item.id], state=skipped, reason=why, now=now)
    return allowed
