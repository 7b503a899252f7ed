"""Take: the best of the calls that are ready, for whoever asks for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.bar import Bar, bar
from app.domain.channel import Channel
from app.domain.purpose import waits_for_no_rest
from app.domain.rush import may_be_near
from app.domain.touch import TouchState
from app.services.call_card import COMMON_TONGUE
from app.services.release import groups_of, release_some
from app.store.calls import Among, Claimed, claim_calls
from app.store.frames import Frame
from app.store.pool import end_pending
from app.store.queue import postpone

TOP_UP = 20  # calls released at once when a caller outruns the plan


def take_call(
    session: Session,
    frame: Frame,
    user_id: int,
    languages: Sequence[str],
    *,
    now: datetime,
    lease_until: datetime,
) -> int | None:
    """Claims the next call for a person, one of several for a sheet on paper, in the caller's
    transaction; its touch, None when there is none."""
    if frame.rules.pause(Channel.CALL, now) is not None:
        return None
    found = take_or_release(session, frame, user_id, languages, now, None, lease_until)
    return found.card.touch_id if found is not None else None


def take_or_release(
    session: Session,
    frame: Frame,
    user_id: int,
    languages: Sequence[str],
    now: datetime,
    wall: datetime | None,
    lease_until: datetime,
) -> Claimed | None:
    """As `take_ready`; where nothing is ready, after calls were released for it."""

    def take() -> Claimed | None:
        return take_ready(session, frame, user_id, languages, now, wall, lease_until)

    claimed = take()
    if claimed is None and release_some(session, frame, Channel.CALL, TOP_UP, now):
        claimed = take()
    return claimed


def take_ready(
    session: Session,
    frame: Frame,
    user_id: int,
    languages: Sequence[str],
    now: datetime,
    wall: datetime | None,
    lease_until: datetime,
) -> Claimed | None:
    """Claims until one passes the bar; what may never go ends, what may go later waits. What they
    held before `wall` is theirs as it is."""
    for among in in_tongues(order_of_calls(session, frame, now), languages):
        while True:
            claimed = claim_calls(
                session,
                frame.id,
                user_id,
                now=now,
                wall=wall,
                lease_until=lease_until,
                among=among,
                languages=languages,
            )
            if claimed is None:
                break
            if not claimed.fresh:
                return claimed
            card, facts = claimed.card, claimed.facts
            # What is promised for a time cannot wait for a rest to end; caps hold all the same.
            known = replace(facts, next_at=None) if waits_for_no_rest(card.purpose) else facts
            verdict = bar(known, Channel.CALL, now, frame.rules)
            if verdict is None and facts.address == card.phone:
                return claimed
            set_aside(session, card.touch_id, verdict or Bar("the number has changed"), now)
    return None


def order_of_calls(session: Session, frame: Frame, now: datetime) -> list[Among]:
    """Which of the ready calls come first: those promised; then as they are released, in the last
    hours by the close of the polls, and in each of these groups a phase's people first."""
    phases = frame.phases_on(Channel.CALL, now)
    near = may_be_near(frame.schedule, now)
    groups = groups_of(session, frame, Channel.CALL, now) if near else []
    if len(groups) < 2 and not phases:
        return [Among()]
    order = [Among(promised=True)]
    for places in groups if len(groups) > 1 else [None]:
        order += [Among(places=places, phase=phase) for phase in phases]
        order.append(Among(places=places))
    # Whatever no group holds: a place that was open until a moment ago.
    return order if order[-1] == Among() else [*order, Among()]


def in_tongues(order: Sequence[Among], languages: Sequence[str]) -> list[Among]:
    """The same for somebody who speaks these languages: voters of languages that fewer people
    speak than English come first, since few can call them; then those of English; then whoever is
    left, since a call in another language may do, too. What is promised comes before all."""
    rare = tuple(one for one in languages if one != COMMON_TONGUE)
    common = (COMMON_TONGUE, "") if COMMON_TONGUE in languages else ()
    told: list[Among] = []
    for tongues in (rare, common):
        if tongues:
            told += [one if one.promised else replace(one, tongues=tongues) for one in order]
    told += order
    return [one for at, one in enumerate(told) if one not in told[:at]]


def set_aside(session: Session, touch: int, verdict: Bar, now: datetime) -> None:
    """What may go later waits; what may never go ends."""
    if verdict.until is not None:
        postpone(session, [touch], verdict.until)
    else:
        end_pending(
            session,
            "ids",
            ids=[touch],
            state=TouchState.SKIPPED,
            reason=verdict.reason,
            now=now,
        )
