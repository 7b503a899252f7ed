"""Pace: each tick releases what the plan wanted by now and is not yet released."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.plan import wanted_by
from app.domain.segment import segments
from app.domain.touch import TouchState
from app.services.compose import NoScript, scripts_of, words_for
from app.store.campaigns import Script, Sender
from app.store.engine import Sessions
from app.store.facts import facts_of
from app.store.frames import Frame, place_names, running_frames
from app.store.pool import (
    Candidate,
    Release,
    candidates,
    count_released,
    end_pending,
    hold_money,
    plan_of,
    release,
    settle_money,
)

MOST_A_TICK = 10_000


def pace(sessions: Sessions, now: datetime) -> Counter[Channel]:
    """Releases what is due on every channel of every campaign; returns how many by channel.

    Level-triggered: it compares plan and releases, so a missed or doubled tick changes nothing.
    """
    with sessions() as session:
        frames = running_frames(session)
    released: Counter[Channel] = Counter()
    for frame in frames:
        for channel in Channel:
            with sessions.begin() as session:
                released[channel] += release_due(session, frame, channel, now)
    return released


def release_due(session: Session, frame: Frame, channel: Channel, now: datetime) -> int:
    """Releases the difference between plan and releases of one channel."""
    if not _alone(session, frame, channel):
        return 0
    hours = plan_of(session, frame.id, channel)
    wanted = wanted_by({hour: planned for hour, (planned, _) in hours.items()}, now)
    missing = wanted - sum(done for _, done in hours.values())
    if missing <= 0:
        return 0
    return release_some(session, frame, channel, min(missing, MOST_A_TICK), now)


def _alone(session: Session, frame: Frame, channel: Channel) -> bool:
    # Only spares two workers the same search; the locks on the plan's rows keep the counts right.
    key = f"pace:{frame.id}:{channel.value}"
    return bool(
        session.scalar(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
        )
    )


def release_some(
    session: Session, frame: Frame, channel: Channel, number: int, now: datetime
) -> int:
    """Releases up to `number` touches to the best targets that the bar lets through."""
    places = _open_places(session, frame, channel, now)
    found = candidates(
        session,
        frame.id,
        channel,
        places=[place.key for place in places],
        now=now,
        total_cap=frame.rules.total_cap,
        limit=number,
    )
    facts = facts_of(session, frame.id, channel, [item.voter_id for item in found], now)
    allowed = [
        item for item in found if bar(facts[item.voter_id], channel, now, frame.rules) is None
    ]
    releases = _affordable(
        session, frame, channel, _priced(session, frame, channel, allowed, now), now
    )
    added = release(session, frame.id, channel, releases, now)
    unused = sum((item.held for item in releases), Decimal(0)) - sum(
        (held for _, held in added), Decimal(0)
    )
    settle_money(session, frame.id, freed=unused)
    hour = now.replace(minute=0, second=0, microsecond=0)
    count_released(session, frame.id, channel, hour, len(added))
    return len(added)


def _open_places(session: Session, frame: Frame, channel: Channel, now: datetime) -> list[Place]:
    return [
        place
        for place in place_names(session, frame.id)
        if open_until(frame.schedule, place, channel, now) is not None
    ]


def _priced(
    session: Session, frame: Frame, channel: Channel, found: Sequence[Candidate], now: datetime
) -> list[Release]:
    """Each candidate with the time left in its open hours and what it will cost."""
    price = Decimal(0)
    if channel is not Channel.CALL:
        price = session.scalar(
            select(Sender.price)
            .where(Sender.campaign_id == frame.id, Sender.channel == channel)
            .limit(1)
        ) or Decimal(0)
    try:
        scripts = scripts_of(session, frame.id, channel) if price else {}
    except NoScript:
        return []
    releases = []
    for item in found:
        place = Place.of(item.place)
        expires = open_until(frame.schedule, place, channel, now)
        if expires is not None:
            parts = _segments(scripts, frame, item) if channel is Channel.TEXT and price else 1
            releases.append(Release(item, now, expires, price * parts))
    return releases


def _segments(scripts: Mapping[str, Script], frame: Frame, item: Candidate) -> int:
    try:
        place = Place.of(item.place)
        words = words_for(scripts, frame, item.first_name, item.precinct, item.language, place)
    except UnknownField:
        return 1  # dispatch will skip it and say why
    return segments(words.body)


def _affordable(
    session: Session, frame: Frame, channel: Channel, releases: list[Release], now: datetime
) -> list[Release]:
    """As many of the releases, best first, as the money lasts for; their price is then held."""
    total = sum((item.held for item in releases), Decimal(0))
    if not total:
        return releases
    limit = frame.spendable(now)
    if hold_money(session, frame.id, total, limit):
        return releases
    kept: list[Release] = []
    for item in releases:
        if not hold_money(session, frame.id, item.held, limit):
            break
        kept.append(item)
    return kept


def expire(sessions: Sessions, now: datetime) -> int:
    """Ends touches whose open hours ran out before anything went out; the plan gets them back."""
    with sessions.begin() as session:
        return end_pending(
            session,
            "expired",
            state=TouchState.EXPIRED,
            reason="its open hours ended",
            now=now,
            patient=False,
        )
