"""Claim: hands a volunteer the next call under a lease, or says why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bar import Bar, bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until, opens_next
from app.domain.message import UnknownField
from app.domain.purpose import CHASE, waits_for_no_rest
from app.domain.rush import may_be_near
from app.domain.touch import TouchState
from app.services.compose import NoScript, scripts_of, votes_at, words_for
from app.services.release import groups_of, release_some
from app.store.calls import (
    Among,
    Card,
    Member,
    Said,
    card_of,
    claim_calls,
    held_touch,
    history_of,
    household_of,
    lock_user,
    write_claim,
)
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame, place_names
from app.store.phases import phases_on
from app.store.pool import end_pending
from app.store.queue import postpone

LEASE = timedelta(minutes=20)  # machine time; a long call and its notes fit twice
TOP_UP = 20  # calls released at once when a caller outruns the plan


@dataclass(frozen=True)
class CallCard:
    """All that a volunteer sees of the voter in front of them."""

    touch_id: int
    fence: int
    campaign_id: int
    voter_id: int
    first_name: str
    full_name: str
    age: int | None
    language: str
    household: list[Member]
    phone: str  # E.164
    address: str
    precinct: str
    polling_place: str  # with its address; empty where no list of precincts says
    zone: str  # IANA, of the voter's clock
    polls_open_at: datetime
    polls_close_at: datetime
    history: list[Said]
    script: str  # every field filled in
    lease_until: datetime  # machine time
    voted: bool


@dataclass(frozen=True)
class NoCall:
    """Why there is no call now, in a sentence, and until when if that is known."""

    reason: str
    until: datetime | None


@patiently
def next_call(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta = LEASE,
) -> CallCard | NoCall:
    """The call this volunteer already holds, else the best that is ready, else one released for
    them, else the reason why nobody may be called. One household is open once at a time."""
    with sessions.begin() as session:
        lock_user(session, user_id)
        frame = load_frame(session, campaign_id)
        held = held_touch(session, user_id, wall)
        card = card_of(session, held) if held is not None else None
        if card is None or card.campaign_id != campaign_id:
            touch = _take_or_release(session, frame, user_id, now, wall + lease)
            if touch is None:
                return why_none(session, frame, now)
            card = card_of(session, touch)
            if card is not None:
                write_claim(session, user_id, touch, card.voter_id, now)
        if card is None:
            return NoCall("That call was just taken back; try again.", now)
        return _whole_card(session, frame, card)


def _take_or_release(
    session: Session, frame: Frame, user_id: int, now: datetime, lease_until: datetime
) -> int | None:
    paused = frame.rules.paused_until
    if paused is not None and now < paused:
        return None
    touch = _take(session, frame, user_id, now, lease_until)
    if touch is None and release_some(session, frame, Channel.CALL, TOP_UP, now):
        touch = _take(session, frame, user_id, now, lease_until)
    return touch


def _take(
    session: Session, frame: Frame, user_id: int, now: datetime, lease_until: datetime
) -> int | None:
    """Claims until one passes the bar; what may never go ends, what may go later waits."""
    for among in order_of_calls(session, frame, now):
        while True:
            claimed = claim_calls(
                session, frame.id, user_id, now=now, lease_until=lease_until, among=among
            )
            if claimed is None:
                break
            touch, voter, address, purpose = claimed
            facts = facts_of(session, frame.id, Channel.CALL, [voter], now)[voter]
            # What is promised for a time cannot wait for a rest to end; caps hold all the same.
            known = replace(facts, next_at=None) if waits_for_no_rest(purpose) else facts
            verdict = bar(known, Channel.CALL, now, frame.rules)
            if verdict is None and facts.address == address:
                return touch
            set_aside(session, touch, verdict or Bar("the number has changed"), now)
    return None


def order_of_calls(session: Session, frame: Frame, now: datetime) -> list[Among]:
    """Which of the ready calls come first: those promised; then as they are released, in the last
    hours by the close of the polls, and in each of these groups a phase's people first."""
    phases = phases_on(session, frame.id, Channel.CALL, now)
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
        card = card_of(session, touch) if touch is not None else None
        if card is None:
            return None
        frame = load_frame(session, card.campaign_id)
        return _whole_card(session, frame, card)


def _whole_card(session: Session, frame: Frame, card: Card) -> CallCard:
    place = Place.of(card.place)
    zone = place.clock(frame.schedule.zone)
    year = frame.schedule.polling_day.year
    return CallCard(
        touch_id=card.touch_id,
        fence=card.fence,
        campaign_id=card.campaign_id,
        voter_id=card.voter_id,
        first_name=card.first_name,
        full_name=" ".join(part for part in (card.first_name, card.last_name, card.suffix) if part),
        age=year - card.birth_year if card.birth_year else None,
        language=card.language,
        household=household_of(session, card, year),
        phone=card.phone,
        address=", ".join(part for part in (card.address, card.city) if part),
        precinct=card.precinct,
        polling_place=card.polling_place,
        zone=zone.key,
        polls_open_at=frame.schedule.polls_open_at(place),
        polls_close_at=frame.schedule.polls_close_at(place),
        history=history_of(session, card),
        script=_script(session, frame, card, place),
        lease_until=card.lease_until,
        voted=card.voted,
    )


def _script(session: Session, frame: Frame, card: Card, place: Place) -> str:
    try:
        scripts = scripts_of(session, frame.id, Channel.CALL, card.purpose)
        return words_for(
            scripts,
            frame,
            card.first_name,
            votes_at(card.polling_place, card.precinct),
            card.language,
            place,
            card.volunteer or "a volunteer",
            card.plan_at if card.purpose != CHASE else None,
        ).body
    except (NoScript, UnknownField):
        return ""


def why_none(session: Session, frame: Frame, now: datetime) -> NoCall:
    """Why no call can be had now: paused, closed hours, everyone tried, or nobody at all."""
    paused = frame.rules.paused_until
    if paused is not None and now < paused:
        return NoCall("An organizer has paused the calls.", paused)
    places = place_names(session, frame.id)
    if not places:
        return NoCall("This campaign has nobody to call yet. Ask your organizer.", None)
    if not any(open_until(frame.schedule, place, Channel.CALL, now) for place in places):
        opening = [opens_next(frame.schedule, place, Channel.CALL, now) for place in places]
        ahead = [at for at in opening if at is not None]
        if not ahead:
            return NoCall("The polls have closed. Thank you for every call.", None)
        return NoCall("It is too early or too late to call voters.", min(ahead))
    again = _next_try(session, frame.id, now)
    if again is not None:
        return NoCall("Everyone who may be called now has been tried.", again)
    freed = _cap_ends(session, frame, now)
    if freed is not None:
        return NoCall("Everyone has been tried as often as one day allows.", freed)
    return NoCall("Everyone who may be called has been called.", None)


def _next_try(session: Session, campaign_id: int, now: datetime) -> datetime | None:
    at = session.scalar(
        text(
            "SELECT min(next_call_at) FROM targets WHERE campaign_id = :campaign "
            "AND next_call_at > :now AND out = '' AND no_calls = '' AND voted_at IS NULL"
        ),
        {"campaign": campaign_id, "now": now},
    )
    return at if isinstance(at, datetime) else None


def _cap_ends(session: Session, frame: Frame, now: datetime) -> datetime | None:
    """When the first of those whose attempts of the last 24 hours are too many may be called."""
    at = session.scalar(
        text(
            "SELECT min(a.attempted_at) + interval '24 hours' FROM targets t "
            "JOIN attempts a USING (campaign_id, voter_id) "
            "WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_calls = '' "
            "AND t.arm = 'treated' AND t.voted_at IS NULL "
            "AND t.calls + t.texts + t.emails < :total_cap AND t.last_attempt_at > :since "
            "AND a.attempted_at > :since AND a.state <> 'absent'"
        ),
        {
            "campaign": frame.id,
            "total_cap": frame.rules.total_cap,
            "since": now - timedelta(hours=24),
        },
    )
    return at if isinstance(at, datetime) else None


def call_news(
    sessions: Sessions, touch_id: int, user_id: int, *, now: datetime, wall: datetime
) -> str:
    """What has become of an open call: open, voted, opted_out, hours_over or lost."""
    with sessions() as session:
        card = card_of(session, touch_id)
        if card is None:
            return "lost"
        if card.voted:
            return "voted"
        facts = facts_of(session, card.campaign_id, Channel.CALL, [card.voter_id], now)
        reached = facts.get(card.voter_id)
        if reached is None or reached.opted_out or reached.dead:
            return "opted_out"
        frame = load_frame(session, card.campaign_id)
        if open_until(frame.schedule, Place.of(card.place), Channel.CALL, now) is None:
            return "hours_over"
        held = card.state in (TouchState.CLAIMED, TouchState.ATTEMPTING)
        mine = held and card.claimed_by == f"user:{user_id}"
        return "open" if mine and card.lease_until > wall else "lost"


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
    return bool(mine)
