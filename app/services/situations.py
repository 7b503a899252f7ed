"""Reads the situation that a campaign's plan rests on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.message import UnknownField
from app.domain.ramp import RampRule
from app.domain.report import Cause
from app.domain.segment import segments
from app.domain.situation import Cell, Situation, Supply
from app.domain.spoken import VotesAt
from app.domain.staffing import booked_by_hour, carried
from app.domain.value import Model
from app.services.blast_loads import BlastLoads, blast_loads
from app.services.compose import NoScript, scripts_of, spoken_in, words_for
from app.services.figures import model_of, pace_of_volunteers
from app.store.campaigns import Campaign, Sender
from app.store.cells import count_cells, released, shift_spans
from app.store.frames import Frame, frame_of
from app.store.ramps import ramps_of
from app.store.rates import rates_of
from app.store.voter_languages import languages_on_file

HOUR_SECONDS = 3600
LONG_NAME = "Christopher"
LONG_PLACE = "Lincoln Elementary School"
"""For the length of a text: as long as most names and places are."""


def situation_of(
    session: Session,
    campaign_id: int,
    *,
    now: datetime,
    cells: tuple[Cell, ...] | None = None,
    ramps: Mapping[Channel, RampRule] | None = None,
    blasts: BlastLoads | None = None,
) -> Situation:
    """What the plan rests on as of `now`; `cells` and `blasts` as counted earlier spare the counts,
    `ramps` stand in for those on file."""
    campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    frame = frame_of(session, campaign)
    model = model_of(session, campaign)
    rules = ramps if ramps is not None else ramps_of(session, campaign_id)
    prices = {c: _price(session, frame, c) for c in rules if c is not Channel.CALL}
    today = now.astimezone(ZoneInfo(frame.schedule.zone)).date()
    so_far = released(session, campaign_id, frame.schedule.zone, today)
    gone = campaign.spent + campaign.reserved
    blasts = blast_loads(session, frame, now) if blasts is None else blasts
    spans = shift_spans(session, campaign_id, Channel.CALL, now)
    known = pace_of_volunteers(session, campaign_id) if spans else {}
    paces = {volunteer: pace / model.dials_per_hour for volunteer, pace in known.items()}
    callers = booked_by_hour(spans, now, paces)
    return Situation(
        schedule=frame.schedule,
        now=now,
        cells=count_cells(session, campaign_id, campaign.country) if cells is None else cells,
        ramps=rules,
        supply={c: _supply(session, frame, c, model, callers, now) for c in rules},
        model=model,
        price={channel: price for channel, price in prices.items() if price},
        money=campaign.budget - gone - blasts.money,
        money_before=frame.spendable(now) - gone - blasts.money_before,
        daily_cap=frame.rules.daily_cap,
        total_cap=frame.rules.total_cap,
        released={channel: whole for channel, (whole, _) in so_far.items()},
        released_today={channel: part for channel, (_, part) in so_far.items()},
        paused_until=None if frame.draft else frame.rules.paused_until,
        paused_channels={c: at for c in rules if (at := _pause(session, frame, c, now))},
        booked=booked_by_hour(spans, now),
        unscripted=not _has_words(session, frame, Channel.CALL),
        blasts=blasts.hours,
        beside_today=blasts.today,
        blast_money=blasts.money,
        blast_money_before=blasts.money_before,
    )


def _supply(
    session: Session,
    frame: Frame,
    channel: Channel,
    model: Model,
    booked: Mapping[datetime, float],
    now: datetime,
) -> Supply:
    if channel is Channel.CALL:
        return Supply({hour: carried(callers, model) for hour, callers in booked.items()})
    senders = _senders(session, frame.id, channel)
    if not senders:
        return Supply(cause=Cause.NO_SENDER)
    able = [sender for sender in senders if not sender.stopped]
    if not able:
        return Supply(cause=Cause.SENDER_STOPPED)
    if not _has_words(session, frame, channel):
        return Supply(cause=Cause.NO_WORDS)
    parts = text_segments(session, frame) if channel is Channel.TEXT else 1
    rates = [rates_of(sender) for sender in able]
    an_hour = sum(one.pace for one in rates) * HOUR_SECONDS / parts
    limited = any(one.per_day is not None for one in rates)
    a_day = int(sum(one.a_day for one in rates) / parts) if limited else None
    away = tuple(
        (sender.paused_until, rates_of(sender).pace * HOUR_SECONDS / parts)
        for sender in able
        if sender.paused_until is not None and now < sender.paused_until
    )
    return Supply(an_hour=an_hour, a_day=a_day, away=away, cause=Cause.SENDER_SLOW, parts=parts)


def _has_words(session: Session, frame: Frame, channel: Channel) -> bool:
    """Whether the channel has a template, in whatever language; without one nothing goes out."""
    try:
        return bool(scripts_of(session, frame.id, channel))
    except NoScript:
        return False


def _pause(session: Session, frame: Frame, channel: Channel, now: datetime) -> datetime | None:
    """Until when the channel is paused, or every sender that it has."""
    own = frame.rules.paused_channels.get(channel)
    able = [one for one in _senders(session, frame.id, channel) if not one.stopped]
    ends = [one.paused_until for one in able if one.paused_until and now < one.paused_until]
    senders = min(ends) if ends and len(ends) == len(able) else None
    return max((at for at in (own, senders) if at is not None and now < at), default=None)


def _senders(session: Session, campaign_id: int, channel: Channel) -> Sequence[Sender]:
    mine = select(Sender).where(Sender.campaign_id == campaign_id, Sender.channel == channel)
    return session.scalars(mine.order_by(Sender.id)).all()


def _price(session: Session, frame: Frame, channel: Channel) -> Decimal:
    """What an attempt costs: the dearest sender's price, so that the money lasts whoever sends."""
    senders = _senders(session, frame.id, channel)
    price = max((sender.price for sender in senders), default=Decimal(0))
    if channel is not Channel.TEXT:
        return price
    return price * Decimal(text_segments(session, frame)).quantize(Decimal("0.01"))


def text_segments(session: Session, frame: Frame) -> float:
    """Segments of the campaign's text for a voter with a long name, on average over the languages
    that the voters on file read; 1 while there is no text."""
    try:
        scripts = scripts_of(session, frame.id, Channel.TEXT)
        place = Place("", (frame.schedule.zone,))
        counts = {
            language: segments(
                words_for(scripts, frame, LONG_NAME, VotesAt(LONG_PLACE), language, place).body
            )
            for language in scripts
        }
    except (NoScript, UnknownField):
        return 1  # nothing can go out, and dispatch says why
    most = max(counts.values())
    if len(set(counts.values())) == 1:
        return most
    # A few voters of a script that takes more segments do not make the texts of all dearer.
    read, _exact = languages_on_file(session)
    total = sum(read.values())
    spent = sum(number * counts[spoken_in(scripts, code)] for code, number in read.items())
    return spent / total if total else most
