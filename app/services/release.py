"""Release: turns what the plan wants into touches, for the best targets that may be reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.segment import segments
from app.services.compose import NoScript, scripts_of, votes_at, words_for
from app.store.campaigns import Script, Sender
from app.store.facts import facts_of
from app.store.frames import Frame, place_names
from app.store.pool import (
    Candidate,
    Release,
    candidates,
    count_released,
    hold_money,
    money_left,
    release,
    settle_money,
)

ROUNDS = 5
"""Searches for one release: each passes over those whom the bar refused in the one before."""


def release_some(
    session: Session, frame: Frame, channel: Channel, number: int, now: datetime
) -> int:
    """Releases up to `number` touches; returns how many, fewer when money or voters run out."""
    priced = _prices(session, frame, channel)
    if priced is None or not _can_afford_one(session, frame, priced, now):
        return 0
    allowed = _allowed(session, frame, channel, number, now)
    releases = [priced.release(frame, channel, item, now) for item in allowed]
    releases = _affordable(session, frame, releases, now)
    added = release(session, frame.id, channel, releases, now)
    unused = _held(releases) - sum((held for _, held in added), Decimal(0))
    settle_money(session, frame.id, freed=unused)
    if added:
        hour = now.replace(minute=0, second=0, microsecond=0)
        count_released(session, frame.id, channel, hour, len(added))
    return len(added)


def _allowed(
    session: Session, frame: Frame, channel: Channel, number: int, now: datetime
) -> list[Candidate]:
    """The best targets at open places, each asked at the bar."""
    places = [
        place.key
        for place in place_names(session, frame.id)
        if open_until(frame.schedule, place, channel, now) is not None
    ]
    allowed: list[Candidate] = []
    refused: list[int] = []
    for _ in range(ROUNDS):
        found = candidates(
            session,
            frame.id,
            channel,
            places=places,
            now=now,
            daily_cap=frame.rules.daily_cap,
            total_cap=frame.rules.total_cap,
            limit=number - len(allowed),
            passed=[*refused, *(item.voter_id for item in allowed)],
        )
        facts = facts_of(session, frame.id, channel, [item.voter_id for item in found], now)
        verdicts = [(item, bar(facts[item.voter_id], channel, now, frame.rules)) for item in found]
        allowed += [item for item, verdict in verdicts if verdict is None]
        barred = [item.voter_id for item, verdict in verdicts if verdict is not None]
        refused += barred
        if not barred or len(allowed) >= number:
            break
    return allowed


class _Prices:
    """What a touch will cost, from the sender's price and the words that will go out."""

    def __init__(self, price: Decimal, scripts: Mapping[str, Script]) -> None:
        self.price = price
        self.scripts = scripts

    def release(self, frame: Frame, channel: Channel, item: Candidate, now: datetime) -> Release:
        """The candidate with the time left in its open hours and what it will cost."""
        place = Place.of(item.place)
        expires = open_until(frame.schedule, place, channel, now) or now
        parts = self._segments(frame, item, place) if channel is Channel.TEXT and self.price else 1
        return Release(item, now, expires, self.price * parts)

    def _segments(self, frame: Frame, item: Candidate, place: Place) -> int:
        name, language = item.first_name, item.language
        try:
            where = votes_at(item.polling_place, item.precinct)
            words = words_for(self.scripts, frame, name, where, language, place)
        except UnknownField:
            return 1  # dispatch stops the sender and says why
        return segments(words.body)


def _prices(session: Session, frame: Frame, channel: Channel) -> _Prices | None:
    """What the channel costs; None when it has no script, so that nothing can be said."""
    if channel is Channel.CALL:
        return _Prices(Decimal(0), {})
    price = session.scalar(
        select(Sender.price)
        .where(Sender.campaign_id == frame.id, Sender.channel == channel)
        .limit(1)
    )
    try:
        return _Prices(price or Decimal(0), scripts_of(session, frame.id, channel))
    except NoScript:
        return None


def _held(releases: Sequence[Release]) -> Decimal:
    return sum((item.held for item in releases), Decimal(0))


def _can_afford_one(session: Session, frame: Frame, prices: _Prices, now: datetime) -> bool:
    # Asked first: without money every tick would search the whole pool for nothing.
    if not prices.price:
        return True
    return money_left(session, frame.id, frame.spendable(now)) >= prices.price


def _affordable(
    session: Session, frame: Frame, releases: list[Release], now: datetime
) -> list[Release]:
    """As many of the releases, best first, as the money lasts for; their price is then held."""
    total = _held(releases)
    if not total or hold_money(session, frame.id, total, frame.spendable(now)):
        return releases
    kept: list[Release] = []
    for item in releases:
        if not hold_money(session, frame.id, item.held, frame.spendable(now)):
            break
        kept.append(item)
    return kept
