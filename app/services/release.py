"""Release: turns what the plan wants into touches, for the best targets that may be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.purpose import RAMP
from app.domain.rush import closes_of, in_order, may_be_near
from app.domain.segment import segments
from app.services.compose import NoScript, Template, scripts_of, votes_at, words_for
from app.store.campaigns import Sender
from app.store.facts import facts_of
from app.store.frames import Frame, place_names
from app.store.phases import phases_on
from app.store.plan_hours import count_released, hour_of
from app.store.pool import (
    Candidate,
    Release,
    candidates,
    hold_money,
    money_left,
    release,
    settle_money,
)
from app.store.pool_search import Search

ROUNDS = 5
"""Tries of one search: each passes over those whom the bar refused in the one before."""


def release_some(
    session: Session, frame: Frame, channel: Channel, number: int, now: datetime
) -> int:
    """Releases up to `number` touches; returns how many, fewer when money or voters run out."""
    priced = prices(session, frame, channel)
    if priced is None or not can_afford_one(session, frame, priced, now):
        return 0
    searches = order_of(session, frame, channel, now)
    found = allowed(session, frame, channel, searches, number, now)
    releases = [priced.release(frame, channel, item, now) for item in found]
    added = put_out(session, frame, channel, releases, now)
    if added:
        count_released(session, frame.id, channel, hour_of(now), added)
    return added


def order_of(session: Session, frame: Frame, channel: Channel, now: datetime) -> list[Search]:
    """The searches of a release, first things first: in the last hours the places in the order of
    their closing, and within each of these groups the people of the phases that are on."""
    phases = phases_on(session, frame.id, channel, now)
    searches = []
    for places in groups_of(session, frame, channel, now):
        for phase in phases:
            searches.append(Search(places, phase))
            searches.append(Search(places, phase, rested=False))
        searches.append(Search(places))
    return searches


def groups_of(session: Session, frame: Frame, channel: Channel, now: datetime) -> list[list[str]]:
    """The places that are open now, as targets store them, in the groups whose turn comes one
    after the other; one group but for the last hours."""
    places = place_names(session, frame.id)
    groups = [places]
    if may_be_near(frame.schedule, now):
        groups = in_order(closes_of(frame.schedule, places), now)
    opened = (
        [one.key for one in group if open_until(frame.schedule, one, channel, now) is not None]
        for group in groups
    )
    return [group for group in opened if group]


def allowed(
    session: Session,
    frame: Frame,
    channel: Channel,
    searches: Sequence[Search],
    number: int,
    now: datetime,
) -> list[Candidate]:
    """Up to `number` targets in the order of the searches, each asked at the bar."""
    found: list[Candidate] = []
    refused: list[int] = []
    for search in searches:
        for _ in range(ROUNDS):
            if len(found) >= number:
                return found
            passed = [*refused, *(item.voter_id for item in found)]
            left = number - len(found)
            some, barred = _asked(session, frame, channel, search, left, passed, now)
            found += some
            refused += barred
            if not barred:
                break
    return found


def _asked(
    session: Session,
    frame: Frame,
    channel: Channel,
    search: Search,
    number: int,
    passed: Sequence[int],
    now: datetime,
) -> tuple[list[Candidate], list[int]]:
    """Those of one search whom the bar lets through, and the ids of those whom it does not."""
    found = candidates(
        session,
        frame.id,
        channel,
        search,
        now=now,
        daily_cap=frame.rules.daily_cap,
        total_cap=frame.rules.total_cap,
        limit=number,
        passed=passed,
    )
    facts = facts_of(session, frame.id, channel, [item.voter_id for item in found], now)
    if search.at_once:
        facts = {voter: replace(known, next_at=None) for voter, known in facts.items()}
    verdicts = [(item, bar(facts[item.voter_id], channel, now, frame.rules)) for item in found]
    barred = [item.voter_id for item, verdict in verdicts if verdict is not None]
    return [item for item, verdict in verdicts if verdict is None], barred


def put_out(
    session: Session,
    frame: Frame,
    channel: Channel,
    releases: list[Release],
    now: datetime,
    purpose: str = RAMP,
) -> int:
    """Inserts as many of the touches as the money lasts for, holding their price; how many."""
    kept = _affordable(session, frame, releases, now)
    added = release(session, frame.id, channel, kept, now, purpose)
    unused = _held(kept) - sum((held for _, held in added), Decimal(0))
    settle_money(session, frame.id, freed=unused)
    return len(added)


class Prices:
    """What a touch will cost, from the sender's price and the words that will go out."""

    def __init__(self, price: Decimal, scripts: Mapping[str, Template]) -> None:
        self.price = price
        self.scripts = scripts

    def release(self, frame: Frame, channel: Channel, item: Candidate, now: datetime) -> Release:
        """The candidate with the time left in its open hours and what it will cost."""
        place = Place.of(item.place)
        expires = open_until(frame.schedule, place, channel, now) or now
        parts = self.segments(frame, item, place) if channel is Channel.TEXT and self.price else 1
        return Release(item, now, expires, self.price * parts)

    def segments(self, frame: Frame, item: Candidate, place: Place) -> int:
        name, language = item.first_name, item.language
        try:
            where = votes_at(item.polling_place, item.precinct)
            words = words_for(self.scripts, frame, name, where, language, place)
        except UnknownField:
            return 1  # dispatch stops the sender and says why
        return segments(words.body)


def prices(session: Session, frame: Frame, channel: Channel, purpose: str = RAMP) -> Prices | None:
    """What the channel costs; None when it has no script, so that nothing can be said."""
    if channel is Channel.CALL:
        return Prices(Decimal(0), {})
    senders = session.execute(
        select(Sender.price, Sender.stopped).where(
            Sender.campaign_id == frame.id, Sender.channel == channel
        )
    ).all()
    # The dearest of those that may send, so that the money lasts whichever of them does.
    able = [one for one in senders if not one.stopped] or senders
    price = max((one.price for one in able), default=Decimal(0))
    try:
        return Prices(price, scripts_of(session, frame.id, channel, purpose))
    except NoScript:
        return None


def _held(releases: Sequence[Release]) -> Decimal:
    return sum((item.held for item in releases), Decimal(0))


def can_afford_one(session: Session, frame: Frame, priced: Prices, now: datetime) -> bool:
    # Asked first: without money every tick would search the whole pool for nothing.
    if not priced.price:
        return True
    return money_left(session, frame.id, frame.spendable(now)) >= priced.price


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
