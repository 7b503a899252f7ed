"""What booked blasts will still send, hour by hour, what it will cost, and what went out today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.blast import BlastState, stretches
from app.domain.blast_load import Booked, HourLoad, by_hour
from app.domain.channel import Channel
from app.domain.condition import BadUniverse
from app.domain.hours import Place
from app.domain.message import UnknownField
from app.domain.report import Report
from app.domain.rest import final_from
from app.domain.segment import segments
from app.domain.spoken import VotesAt
from app.services.compose import NoScript, scripts_of, words_for
from app.services.release import prices
from app.store.blast_people import count_left
from app.store.blasts import Blast, plan_each_time, senders_of
from app.store.cells import beside
from app.store.frames import Frame, place_names
from app.store.universe_sql import Asking

HOUR_SECONDS = 3600
LONG_NAME = "Christopher"
LONG_PLACE = "Lincoln Elementary School"
"""For the length of a text: as long as most names and places are."""

Hours = dict[datetime, HourLoad]


@dataclass(frozen=True)
class BlastLoads:
    """What blasts will send on each channel by hour (UTC); money in all, and before the final
    week; what was released beside the plan so far today."""

    hours: Mapping[Channel, Mapping[datetime, HourLoad]] = field(default_factory=dict)
    money: Decimal = Decimal(0)
    money_before: Decimal = Decimal(0)
    today: Mapping[Channel, HourLoad] = field(default_factory=dict)


def loads_of(report: Report) -> BlastLoads:
    """As they were reckoned for a plan: to count whom a blast still goes to takes a second."""
    found: dict[Channel, Hours] = {}
    for one in report.blasts:
        found.setdefault(one.channel, {})[one.at] = HourLoad(one.messages, one.parts)
    before = Decimal(str(report.blast_money_before))
    today = {one.channel: HourLoad(one.messages, one.parts) for one in report.beside_today}
    return BlastLoads(found, Decimal(str(report.blast_money)), before, today)


def blast_loads(session: Session, frame: Frame, now: datetime) -> BlastLoads:
    """Reckons with all that are scheduled: people who have it not yet, at the senders' pace.

    A paused blast is left out until it goes on. About a second for a blast and a million targets.
    """
    scheduled = session.scalars(
        select(Blast)
        .where(Blast.campaign_id == frame.id, Blast.state == BlastState.SCHEDULED.value)
        .order_by(Blast.id)
    ).all()
    found: dict[Channel, Hours] = {}
    money = before = Decimal(0)
    for channel in {blast.channel for blast in scheduled}:
        mine = [blast for blast in scheduled if blast.channel is channel]
        booked = [(blast, one) for blast in mine for one in _booked(session, frame, blast, now)]
        senders = senders_of(session, frame.id, channel)
        pace = sum(one.pace for one, stopped in senders if not stopped)
        sent = by_hour([one for _, one in booked], pace * HOUR_SECONDS, now)
        hours = found.setdefault(channel, {})
        for (blast, one), by in zip(booked, sent, strict=True):
            price = _price(session, frame, blast) * one.parts
            for at, messages in by.items():
                hours[at] = hours.get(at, HourLoad()).plus(messages, one.parts)
                cost = price * Decimal(messages)
                money += cost
                before += cost if at < final_from(frame.schedule) else 0
    return BlastLoads(found, money, before, _today(session, frame, now))


def _today(session: Session, frame: Frame, now: datetime) -> dict[Channel, HourLoad]:
    """What of the senders' day went to blasts, reminders and answers: on the campaign's clock."""
    zone = ZoneInfo(frame.schedule.zone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    found: dict[Channel, HourLoad] = {}
    for channel, purpose, number in beside(session, frame.id, midnight):
        parts = _parts(session, frame, channel, purpose)
        found[channel] = found.get(channel, HourLoad()).plus(number, parts)
    return found


def _booked(session: Session, frame: Frame, blast: Blast, now: datetime) -> list[Booked]:
    """Who is still to get it, by when it goes out where they live; nobody if it cannot be asked."""
    plan_each_time(session)
    asking = Asking(frame.schedule.polling_day, now, frame.schedule.country)
    parts, cap = _parts(session, frame, blast.channel, blast.purpose), frame.rules.total_cap
    found = []
    when = stretches(blast.timing, frame.schedule, place_names(session, frame.id), blast.channel)
    for stretch, places in when.items():
        keys = [place.key for place in places]
        if stretch.last_at <= now:
            continue
        try:
            people = count_left(session, blast, asking, keys, total_cap=cap)
        except BadUniverse:
            continue  # its own page says so, and it releases nothing
        found.append(Booked(stretch, people, parts))
    return found


def _parts(session: Session, frame: Frame, channel: Channel, purpose: str) -> int:
    """Segments of the longest text of a purpose for a voter with a long name; 1 for a mail."""
    if channel is not Channel.TEXT:
        return 1
    place = Place("", (frame.schedule.zone,))
    where = VotesAt(LONG_PLACE)
    try:
        words = scripts_of(session, frame.id, channel, purpose)
        filled = [words_for(words, frame, LONG_NAME, where, one, place).body for one in words]
    except (NoScript, UnknownField):
        return 1  # nothing can go out, and dispatch says why; or it is a short one to one voter
    return max((segments(body) for body in filled), default=1)


def _price(session: Session, frame: Frame, blast: Blast) -> Decimal:
    priced = prices(session, frame, blast.channel, blast.purpose)
    return priced.price if priced is not None else Decimal(0)
