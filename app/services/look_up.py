"""Look-ups: what nobody answered is settled by the carrier's own list, or by another try."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.channels.port import CarrierUnreachable, Sent, TextPort
from app.clock import Clock
from app.domain.carrier_error import effect_of
from app.domain.channel import Channel
from app.domain.touch import CARRIER_STATES, AttemptState
from app.services.carrier_effects import apply_error, free_hold
from app.store.engine import Sessions, patiently
from app.store.outcomes import Settled, lock_attempts, put_back, settle
from app.store.rates import give_day_back
from app.store.unanswered import (
    Stuck,
    carrier_was_silent,
    give_up,
    known_sids,
    look_again,
    still_stuck,
    stuck_attempts,
)

SURE = timedelta(seconds=5)
"""So much machine time lies between the first two looks at the carrier's list, by default; before
each further one twice as much as before the last."""
ACCEPTS_WITHIN = timedelta(minutes=10)
"""A text that the carrier's list does not show for so long is absent, by default.

No carrier promises a time (custom). Twilio's list shows a text within a second or two, and no
request of ours lives longer than ten seconds; what it takes in minutes later it had before it when
it stood still, and then it answers nobody else either: that is asked as well. What it takes in
later still it does not send any more: each text is valid for less (`Patience.valid_for`), counted
from when it was submitted (Twilio's words on error 30036)."""
LEAST_VALID = timedelta(seconds=5)
"""Twilio advises no less."""
LONGEST_WAIT = timedelta(minutes=5)
AT_MOST = timedelta(hours=12)
"""So long after the end of its open hours the question is dropped, though the carrier cannot be
asked: no carrier keeps a text for longer."""
ASKED_AGAIN = timedelta(seconds=30)
"""When a text is asked about again of which the carrier could not say anything."""
AT_ONCE = 20
"""So many numbers are asked about at once."""
ABSENT = "absent from the carrier's list"
CLOCKS_APART = timedelta(minutes=15)
"""How far the carrier's clock may be from ours; far below the rest between two texts."""


@dataclass(frozen=True)
class Patience:
    """How long what nobody answered is waited for, in machine time."""

    grace: timedelta  # after the attempt: longer than a lease and a time-out together
    sure: timedelta = SURE
    accepts_within: timedelta = ACCEPTS_WITHIN

    @property
    def valid_for(self) -> timedelta:
        """For so long after a text has left us, which it may until `grace` is over, the carrier may
        send it: what it takes in when the text may be sent again is dropped by the carrier."""
        return max(self.accepts_within - self.grace, LEAST_VALID)

    @property
    def absent_after(self) -> timedelta:
        """So long after its attempt a text that no look has found is absent."""
        return self.grace + self.valid_for

    def next_look(self, item: Stuck, answered: datetime) -> datetime:
        """When to look again after the carrier has answered: later each time, and when its time to
        take the text in has passed."""
        wait = min(self.sure * (1 << min(item.looks, 10)), LONGEST_WAIT)
        passed = max(item.handed_at + self.absent_after, answered + self.sure)
        return min(answered + wait, passed) if answered < passed else answered + wait

    def is_over(self, item: Stuck, answered: datetime) -> bool:
        """Whether the carrier has had its time, and this is not the first look."""
        return item.looks > 0 and answered >= item.handed_at + self.absent_after


async def look_up(
    sessions: Sessions,
    texts: TextPort,
    *,
    now: datetime,
    wall: datetime,
    patience: Patience,
    clock: Clock | None = None,
    told_to_end: Callable[[], bool] = lambda: False,
) -> int:
    """Settles texts without an answer by the carrier's own list of messages to that number.

    Waits `patience.grace` after the attempt, so that nobody sends it any more. Even then a carrier
    that hung may have it before it and not in its list: absent, and ready to be sent again, is what
    no look finds until the carrier has had its time, and only where there is no doubt
    (`_in_doubt`). Else it is looked for until its open hours end, and then ends as one that may
    have arrived. The time between looks begins with the carrier's answer, which a slow carrier
    gives late: `clock` tells when; without one it is `wall`. Returns how many were settled.
    """
    with sessions() as session:
        before = wall - patience.grace
        stuck = stuck_attempts(session, Channel.TEXT, before=before, wall=wall, limit=200)
    settled = 0
    for first in range(0, len(stuck), AT_ONCE):
        if told_to_end():
            break
        some = stuck[first : first + AT_ONCE]
        found = await asyncio.gather(
            *(texts.sent_to(item.address) for item in some), return_exceptions=True
        )
        lists = [_list(answer) for answer in found]
        answered = clock.wall() if clock is not None else wall
        told = list(zip(some, lists, strict=True))
        settled += await asyncio.to_thread(_settle, sessions, told, now, answered, patience)
        if not any(one is not None for one in lists):
            break  # the carrier cannot be reached; the others are asked about in their turn
    return settled


def _list(found: list[Sent] | BaseException) -> list[Sent] | None:
    if isinstance(found, CarrierUnreachable):
        return None
    if isinstance(found, BaseException):
        raise found
    return found


def _settle(
    sessions: Sessions,
    told: Sequence[tuple[Stuck, list[Sent] | None]],
    now: datetime,
    answered: datetime,
    patience: Patience,
) -> int:
    """Settles what can be settled by the carrier's lists (None: it could not be asked); returns how
    many. Those that only wait, as most do, are left alone together; those that are absent, as all
    are that a dead worker had before it, are put back together."""
    unasked = [item for item, sent in told if sent is None and now < item.expires_at + AT_MOST]
    unfound = [(item, sent) for item, sent in told if sent is not None and not _like(item, sent)]
    early = [item for item, _ in unfound if not patience.is_over(item, answered)]
    late = [(item, sent) for item, sent in unfound if patience.is_over(item, answered)]
    with sessions() as session:
        doubted = _in_doubt(session, late, answered, patience)
    early += [item for item, _ in late if item.id in doubted and now < item.expires_at]
    absent = [(item, sent) for item, sent in late if item.id not in doubted]
    settled = _put_back(sessions, absent, now, answered, patience)
    others = {item.id for item in (*unasked, *early)} | {item.id for item, _ in absent}
    for item, sent in told:
        if item.id not in others:
            settled += _settle_one(sessions, item, sent, now, answered, patience)
    # One that cannot be asked about does not keep the others waiting.
    _wait(sessions, {item.id: answered + ASKED_AGAIN for item in unasked}, looked=False)
    next_look = {item.id: patience.next_look(item, answered) for item in early}
    _wait(sessions, next_look, looked=True)
    return settled


@patiently
def _wait(sessions: Sessions, until: Mapping[UUID, datetime], *, looked: bool) -> None:
    if until:
        with sessions.begin() as session:
            look_again(session, until, looked=looked)


@patiently
def _put_back(
    sessions: Sessions,
    absent: Sequence[tuple[Stuck, Sequence[Sent]]],
    now: datetime,
    answered: datetime,
    patience: Patience,
) -> int:
    """Puts texts back that the carrier does not have, if that is so once they are locked; of the
    others a later look finds more. Returns how many."""
    if not absent:
        return 0
    with sessions.begin() as session:
        stuck = still_stuck(session, [item.id for item, _ in absent])
        # Asked again: another look may have found a sign of doubt meanwhile.
        doubted = _in_doubt(session, absent, answered, patience)
        gone = [item for item, _ in absent if item.id in stuck - doubted]
        _absent(session, gone, now)
        return len(gone)


def _absent(session: Session, gone: Sequence[Stuck], now: datetime) -> None:
    """Ends attempts that never reached the carrier; their touches are ready again."""
    put_back(session, [item.id for item in gone], due_at=now, now=now, note=ABSENT)
    batches: dict[tuple[int, datetime], list[UUID]] = {}
    for item in gone:
        if item.sender_id is not None:
            batches.setdefault((item.sender_id, item.handed_at), []).append(item.id)
    for (sender, handed_at), ids in sorted(batches.items()):
        give_day_back(session, sender, handed_at, ids)


@patiently
def _settle_one(
    sessions: Sessions,
    item: Stuck,
    sent: Sequence[Sent] | None,
    now: datetime,
    answered: datetime,
    patience: Patience,
) -> bool:
    """Settles an attempt by the carrier's list, or because that will never be had; False while it
    is too early to call it absent, and then it is looked up once more."""
    with sessions.begin() as session:
        # Locked again: a callback may have settled it while the carrier was asked.
        if not still_stuck(session, [item.id]):
            return False
        if sent is None:
            give_up(session, item.id, now)
            return True
        message = _its_own(session, item, sent)
        if message is not None:
            _found(session, item, message, now)
        elif not patience.is_over(item, answered):
            return _look_again(session, item, answered, patience)
        elif not _in_doubt(session, [(item, sent)], answered, patience):
            _absent(session, [item], now)
        elif now >= item.expires_at:
            give_up(session, item.id, now)
        else:
            return _look_again(session, item, answered, patience)
        return True


def _in_doubt(
    session: Session,
    unfound: Sequence[tuple[Stuck, Sequence[Sent]]],
    answered: datetime,
    patience: Patience,
) -> set[UUID]:
    """Those of the texts that no look found which may be with the carrier all the same: it does not
    work, or it has something of that time for this number that is nobody's. Its words may be
    changed on the way, as carriers do with signs that take more segments."""
    if not unfound:
        return set()
    second = timedelta(seconds=1)  # the carrier tells whole ones
    later = {
        item.id: {one.sid for one in sent if one.created_at >= item.handed_at - second}
        for item, sent in unfound
    }
    known = known_sids(session, sorted(set().union(*later.values())))
    before = answered - patience.absent_after
    items = [item for item, _ in unfound]
    silent = carrier_was_silent(session, items, grace=patience.grace, before=before)
    return silent | {key for key, sids in later.items() if not sids <= known}


def _look_again(session: Session, item: Stuck, answered: datetime, patience: Patience) -> bool:
    look_again(session, {item.id: patience.next_look(item, answered)}, looked=True)
    return False


def _like(item: Stuck, sent: Sequence[Sent]) -> list[Sent]:
    """The messages with the attempt's words that are not older than it."""
    # The carrier's clock and ours may differ; what is older was taken by its own attempt.
    since = item.handed_at - CLOCKS_APART
    return [
        one for one in sent if one.created_at >= since and one.body.strip() == item.body.strip()
    ]


def _its_own(session: Session, item: Stuck, sent: Sequence[Sent]) -> Sent | None:
    """The newest of the messages like it that no other attempt has."""
    like = _like(item, sent)
    taken = known_sids(session, [one.sid for one in like])
    return next((one for one in like if one.sid not in taken), None)


def _found(session: Session, item: Stuck, message: Sent, now: datetime) -> None:
    state = CARRIER_STATES.get(message.status, AttemptState.ACCEPTED)
    outcome = Settled(
        item.id,
        state,
        sid=message.sid,
        segments=message.segments,
        error_code=message.error_code,
        note="found in the carrier's list",
    )
    settle(session, [outcome], now)
    if state in (AttemptState.FAILED, AttemptState.UNDELIVERED):
        # The callback that says the same will come too late to have any effect.
        if state is AttemptState.FAILED:
            free_hold(session, item.id)
        words = f"carrier error {message.error_code}"
        apply_error(session, item.id, effect_of(message.error_code), words, now)


@patiently
def resend_mails(sessions: Sessions, *, now: datetime, before: datetime) -> int:
    """Puts mails without an answer back: the next try has the same Message-ID, so a double is
    dropped by its receiver. Returns how many.

    No relay can be asked what became of a mail. It may have arrived, so it counts in the voter's
    caps, and the next try waits for them.
    """
    with sessions.begin() as session:
        found = stuck_attempts(session, Channel.EMAIL, before=before, wall=None, limit=500)
        stuck = [item.id for item in found]
        lock_attempts(session, stuck)
        return put_back(
            session, stuck, due_at=now, now=now, note="no answer from the relay", counts=True
        )
