"""Claim: hands a volunteer the next call under a lease, or says why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bar import Bar, bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.purpose import waits_for_no_rest
from app.domain.rush import may_be_near
from app.domain.touch import TouchState
from app.services.call_card import COMMON_TONGUE, CallCard, whole_card
from app.services.no_call import CALLS_WAIT, USED_UP, NoCall, Reasons, Why, why_none
from app.services.release import anybody, groups_of, release_some
from app.store.call_log import (
    caller_of,
    write_claim,
    write_given_back,
    write_number_shown,
)
from app.store.calls import (
    Among,
    Claimed,
    News,
    card_of,
    claim_calls,
    come_for_a_call,
    held_touch,
    news_of,
    place_of_call,
    whole_card_of,
)
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame
from app.store.pool import end_pending
from app.store.queue import postpone

__all__ = [
    "CallCard",
    "NoCall",
    "Why",
    "call_news",
    "give_back",
    "held_call",
    "news_and_ring",
    "news_word",
    "next_call",
    "reveal",
    "take_call",
    "why_no_call",
    "zone_of_call",
]
LEASE = timedelta(minutes=20)  # machine time; a long call and its notes fit twice
MOST_GIVEN_BACK, GIVE_BACKS_WITHIN = 12, timedelta(minutes=10)  # campaign time
"""Cards are for calling: whoever only leafs through them waits, and an organizer sees it."""
TURNS = 3
"""How often a call is looked for while others take and release the same ones."""
TOP_UP = 20  # calls released at once when a caller outruns the plan


@patiently
def next_call(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta = LEASE,
    reasons: Reasons | None = None,
) -> CallCard | NoCall:
    """The call this volunteer already holds, else the best that is ready, else one released for
    them, else the reason why nobody may be called. One household is open once at a time.

    `reasons` keeps what was found out for others in the last seconds.
    """
    for tries_left in reversed(range(TURNS)):
        found = _next_or_why(sessions, campaign_id, user_id, now, wall, lease, reasons)
        # Whoever released calls in this moment held the voters whom we would have released.
        came_late = isinstance(found, NoCall) and found.why is Why.WAITING
        if not came_late or not tries_left:
            return found
    raise AssertionError("unreachable")


def _next_or_why(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    now: datetime,
    wall: datetime,
    lease: timedelta,
    reasons: Reasons | None,
) -> CallCard | NoCall:
    with sessions.begin() as session:
        frame, asks = come_for_a_call(session, campaign_id, user_id, now - GIVE_BACKS_WITHIN)
        too_many = len(asks.given_back) >= MOST_GIVEN_BACK
        if too_many or frame.rules.pause(Channel.CALL, now) is not None:
            # Nothing new; but whoever is on a call stays on it.
            held = held_touch(session, user_id, wall)
            card = whole_card_of(session, held) if held is not None else None
            if card is not None and card.campaign_id == campaign_id:
                return whole_card(session, frame, card)
            if too_many:
                return _too_many(asks.given_back)
            return why_none(session, frame, user_id, now, wall, reasons)
        claimed = _take_or_release(session, frame, user_id, asks.languages, now, wall, wall + lease)
        if claimed is None:
            return why_none(session, frame, user_id, now, wall, reasons)
        card = claimed.card
        if claimed.fresh:
            write_claim(session, user_id, card.touch_id, card.voter_id, now)
        return whole_card(session, frame, card, fresh=claimed.fresh)


def _too_many(given_back: Sequence[datetime]) -> NoCall:
    """Whoever looked at one voter after another without calling them waits."""
    words = "You gave back many calls in a short time. Wait a little."
    until = given_back[-MOST_GIVEN_BACK] + GIVE_BACKS_WITHIN
    return NoCall(words, until, Why.GIVEN_BACK)


def _take_or_release(
    session: Session,
    frame: Frame,
    user_id: int,
    languages: Sequence[str],
    now: datetime,
    wall: datetime | None,
    lease_until: datetime,
) -> Claimed | None:
    def take() -> Claimed | None:
        return _take(session, frame, user_id, languages, now, wall, lease_until)

    claimed = take()
    if claimed is None and release_some(session, frame, Channel.CALL, TOP_UP, now):
        claimed = take()
    return claimed


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
    found = _take_or_release(session, frame, user_id, languages, now, None, lease_until)
    return found.card.touch_id if found is not None else None


def _take(
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


def held_call(
    sessions: Sessions, user_id: int, *, now: datetime, wall: datetime
) -> CallCard | None:
    """The call that a volunteer holds at this moment."""
    with sessions() as session:
        touch = held_touch(session, user_id, wall)
        card = whole_card_of(session, touch) if touch is not None else None
        if card is None:
            return None
        frame = load_frame(session, card.campaign_id)
        return whole_card(session, frame, card)


def why_no_call(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    reasons: Reasons | None = None,
) -> NoCall:
    """Why a volunteer has no call in hand, and whether one waits."""
    with sessions() as session:
        _, given_back = caller_of(session, user_id, now - GIVE_BACKS_WITHIN)
        if len(given_back) >= MOST_GIVEN_BACK:
            return _too_many(given_back)
        frame = load_frame(session, campaign_id)
        found = why_none(session, frame, user_id, now, wall, reasons)
        # Calls are released for whoever asks for one; this one has only looked.
        waits = found.why in USED_UP and anybody(session, frame, Channel.CALL, now)
        return CALLS_WAIT if waits else found


def reveal(
    sessions: Sessions, touch_id: int, user_id: int, *, now: datetime, wall: datetime
) -> str | None:
    """The whole number of the call that a volunteer holds, and a note in the audit log that it was
    shown; None when they hold it no more, or the voter has voted."""
    with sessions.begin() as session:
        held = held_touch(session, user_id, wall)
        card = card_of(session, touch_id) if held == touch_id else None
        if card is None or card.voted:
            return None
        write_number_shown(session, user_id, touch_id, now)
        return card.phone


def zone_of_call(sessions: Sessions, touch_id: int, user_id: int) -> str | None:
    """The clock of the voter of a call, whoever has it now: IANA; None for whoever was never given
    it."""
    with sessions() as session:
        found = place_of_call(session, touch_id, user_id)
    return Place.of(found[0]).clock(found[1]).key if found is not None else None


def call_news(
    sessions: Sessions, touch_id: int, user_id: int, *, now: datetime, wall: datetime
) -> str:
    """What has become of an open call: open, voted, opted_out, hours_over, or lost, which is all
    that anybody hears whose call it is not."""
    with sessions() as session:
        return news_and_ring(session, touch_id, user_id, now=now, wall=wall)[0]


def news_and_ring(
    session: Session,
    touch_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    frame_by: Callable[[Session, int], Frame] = load_frame,
) -> tuple[str, bool]:
    """What has become of an open call, as `call_news`; and whether a phone was rung for it.

    Every screen asks all the time, so `frame_by` may give rules as they stood a moment ago.
    """
    found = news_of(session, touch_id, user_id)
    if found is None:
        return "lost", False
    return news_word(session, found, now, wall, frame_by), found.rung


def news_word(
    session: Session,
    found: News,
    now: datetime,
    wall: datetime,
    frame_by: Callable[[Session, int], Frame] = load_frame,
) -> str:
    """What has become of an open call, of which this is known, for whoever was given it last."""
    if found.voted:
        return "voted"
    if found.barred:
        return "opted_out"
    frame = frame_by(session, found.campaign_id)
    if open_until(frame.schedule, Place.of(found.place), Channel.CALL, now) is None:
        return "hours_over"
    held = found.state in (TouchState.CLAIMED, TouchState.ATTEMPTING)
    is_on = held and found.lease_until is not None and found.lease_until > wall
    return "open" if is_on else "lost"


def give_back(sessions: Sessions, touch_id: int, user_id: int, *, now: datetime) -> bool:
    """Puts a held call back for somebody else; False when it is not held, or a phone rings for
    it."""
    with sessions.begin() as session:
        mine: Sequence[int] = (
            session.execute(
                text(
                    "SELECT id FROM touches WHERE id = :id AND claimed_by = :by "
                    "AND state = 'claimed' FOR UPDATE"
                ),
                {"id": touch_id, "by": f"user:{user_id}"},
            )
            .scalars()
            .all()
        )
        postpone(session, mine, now)
        if mine:
            write_given_back(session, user_id, touch_id, now)
    return bool(mine)
