"""Release: turns what the plan wants into touches, for the best targets that may be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.bar import Reachable, bar, needs_consent
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.pulse import NEAREST
from app.domain.purpose import FALLOVER, RAMP
from app.domain.rest import final_from
from app.domain.rush import closes_of, in_order, may_be_near
from app.domain.segment import segments, shape
from app.domain.spoken import VotesAt
from app.services.compose import (
    NoScript,
    Template,
    needs_place,
    scripts_of,
    spoken_in,
    words_for,
)
from app.store.frames import Frame, places_in
from app.store.means import senders_by
from app.store.plan_hours import count_released, hour_of
from app.store.pool import (
    Candidate,
    Release,
    candidates,
    hold_money,
    lift_rests,
    money_left,
    release,
    settle_money,
)
from app.store.pool_search import Search, has_place
from app.store.universe_sql import Where

ROUNDS = 5
"""Tries of one search: each passes over those whom the bar refused in the one before."""


@dataclass(frozen=True)
class Order:
    """How many touches are wanted on a channel, where, and what for."""

    channel: Channel
    number: int
    places: frozenset[str] | None = None  # only at these; None: wherever it is open
    purpose: str = RAMP
    plan_of: Channel | None = None  # in whose plan they count; None: in the channel's own
    nearer: bool = True  # in the final week also sooner than usual after the last try


@dataclass(frozen=True)
class Outcome:
    """What came of an order."""

    released: int = 0
    short: int = 0  # so many for whom nobody was found; money is another matter
    nearer: int = 0  # of the released, those whose rest was cut short


def release_some(
    session: Session, frame: Frame, channel: Channel, number: int, now: datetime
) -> int:
    """Releases up to `number` touches; returns how many, fewer when money or voters run out."""
    return release_order(session, frame, Order(channel, number), now).released


def release_order(session: Session, frame: Frame, order: Order, now: datetime) -> Outcome:
    """Releases what is ordered to the best who may be tried, each asked at the bar.

    When too few are left in the final week, those come too whose last try on the channel was only
    NEAREST ago.
    """
    channel = order.channel
    if (channel, now) in frame.nobody:
        return Outcome(short=order.number)
    priced = prices(session, frame, channel)
    if priced is None or not can_afford_one(session, frame, priced, now):
        return Outcome()
    final = now >= final_from(frame.schedule)
    searches = _within(order_of(session, frame, channel, now), order.places)
    # One search finds out by itself; several would all be made in vain.
    if final and len(searches) != 1 and not anybody(session, frame, channel, now):
        return Outcome(short=order.number if groups_of(session, frame, channel, now) else 0)
    if not searches:
        return Outcome()
    found = allowed(session, frame, channel, searches, order.number, now)
    if final and not found and not anybody(session, frame, channel, now):
        return Outcome(short=order.number)
    added = _put_out(session, frame, order, priced, found, now)
    short, nearer = order.number - len(found), 0
    if short > 0 and order.nearer and final:
        near = allowed(session, frame, channel, nearest(searches, now), short, now)
        if near:
            lift_rests(session, frame.id, channel, [item.voter_id for item in near], now)
            nearer = _put_out(session, frame, order, priced, near, now)
            short -= len(near)
    if added + nearer:
        plan = order.plan_of or channel
        count_released(session, frame.id, plan, hour_of(now), added + nearer)
    return Outcome(added + nearer, short, nearer)


def _put_out(
    session: Session,
    frame: Frame,
    order: Order,
    priced: "Prices",
    found: Sequence[Candidate],
    now: datetime,
) -> int:
    releases = [priced.release(frame, order.channel, item, now) for item in found]
    return put_out(session, frame, order.channel, releases, now, order.purpose)


def nearest(searches: Sequence[Search], now: datetime) -> list[Search]:
    """Searches of the same places for all whose last try on the channel was NEAREST ago."""
    floor = now - NEAREST
    return [
        Search(one.places, at_once=True, floor=floor, fillable=one.fillable)
        for one in searches
        if one.phase is None
    ]


def _within(searches: Sequence[Search], places: frozenset[str] | None) -> list[Search]:
    """The searches at no other places than these."""
    if places is None:
        return list(searches)
    kept = [replace(one, places=[key for key in one.places if key in places]) for one in searches]
    return [one for one in kept if one.places]


def anybody(session: Session, frame: Frame, channel: Channel, now: datetime) -> bool:
    """Whether a release would find anybody, also among those whom others hold at this moment."""
    if (channel, now) in frame.nobody:
        return False
    can = fillable(session, frame, channel)
    groups = groups_of(session, frame, channel, now)
    searches = [Search(places, fillable=can) for places in groups]
    if now >= final_from(frame.schedule):
        searches = nearest(searches, now)
    found = bool(allowed(session, frame, channel, searches, 1, now, lock=False))
    if searches and not found:
        frame.nobody.add((channel, now))
    return found


def order_of(session: Session, frame: Frame, channel: Channel, now: datetime) -> list[Search]:
    """The searches of a release, first things first: in the last hours the places in the order of
    their closing, and within each of these groups the people of the phases that are on."""
    phases = frame.phases_on(channel, now)
    can = fillable(session, frame, channel)
    searches = []
    for places in groups_of(session, frame, channel, now):
        searches += [Search(places, phase, fillable=can) for phase in (*phases, None)]
    return searches


def fillable(session: Session, frame: Frame, channel: Channel) -> Where | None:
    """Of whom all is known that the words of the ramp cannot do without; None: of everybody.

    Whoever is not written to for that would else be the best to be tried next, for ever.
    """
    if channel is Channel.CALL:
        return None
    try:
        scripts = scripts_of(session, frame.id, channel)
    except NoScript:
        return None
    # What falls over goes out in words of its own, if there are any.
    needing = needs_place(scripts) + needs_place(scripts_of(session, frame.id, channel, FALLOVER))
    return has_place(needing, list(scripts), spoken_in(scripts, "")) if needing else None


def groups_of(session: Session, frame: Frame, channel: Channel, now: datetime) -> list[list[str]]:
    """The places that are open now, as targets store them, in the groups whose turn comes one
    after the other; one group but for the last hours, and none while the channel is paused."""
    if frame.rules.pause(channel, now) is not None:
        return []
    places = places_in(session, frame)
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
    *,
    lock: bool = True,
) -> list[Candidate]:
    """Up to `number` targets in the order of the searches, each asked at the bar; locked until the
    transaction ends, unless `lock` is False."""
    found: list[Candidate] = []
    refused: list[int] = []
    for search in searches:
        for _ in range(ROUNDS):
            if len(found) >= number:
                return found
            passed = [*refused, *(item.voter_id for item in found)]
            left = number - len(found)
            some, barred = _asked(session, frame, channel, search, left, passed, now, lock=lock)
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
    *,
    lock: bool,
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
        needs_consent=needs_consent(channel, frame.schedule.country, by_hand=search.by_hand),
        limit=number,
        passed=passed,
        lock=lock,
    )
    may, barred = [], []
    # The bar asks of an address only whether there is one: the same facts, the same verdict.
    verdicts: dict[tuple[object, ...], bool] = {}
    for item, known in found:
        facts = (*known[:-1], None) if search.at_once else known
        key = (item.place, bool(item.address), facts)
        allows = verdicts.get(key)
        if allows is None:
            target = Reachable(Place.of(item.place), item.address, *facts)
            verdict = bar(target, channel, now, frame.rules, by_hand=search.by_hand)
            allows = verdicts[key] = verdict is None
        if allows:
            may.append(item)
        else:
            barred.append(item.voter_id)
    return may, barred


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
    settle_money(session, frame.id, freed=_held(kept) - added.held)
    return added.number


class Prices:
    """What a touch will cost, from the sender's price and the words that will go out."""

    def __init__(self, price: Decimal, scripts: Mapping[str, Template]) -> None:
        self.price = price
        self.scripts = scripts
        self._segments: dict[tuple[object, ...], int] = {}
        self._until: dict[tuple[str, datetime], datetime] = {}

    def release(self, frame: Frame, channel: Channel, item: Candidate, now: datetime) -> Release:
        """The candidate with the time left in its open hours and what it will cost."""
        expires = self._until.get((item.place, now))
        if expires is None:
            expires = open_until(frame.schedule, Place.of(item.place), channel, now) or now
            self._until[item.place, now] = expires
        if channel is not Channel.TEXT or not self.price:
            return Release(item, now, expires, self.price)
        return Release(item, now, expires, self.price * self.segments(frame, item))

    def segments(self, frame: Frame, item: Candidate) -> int:
        """Segments of the text to this voter; reckoned once for all to whom it has one shape."""
        where, spoken = (
            VotesAt(item.polling_place, item.precinct),
            spoken_in(self.scripts, item.language),
        )
        key = (item.place, spoken, shape(item.first_name), shape(where.said(spoken)))
        known = self._segments.get(key)
        if known is None:
            known = self._segments[key] = self._counted(frame, item, where)
        return known

    def _counted(self, frame: Frame, item: Candidate, where: VotesAt) -> int:
        place = Place.of(item.place)
        try:
            words = words_for(self.scripts, frame, item.first_name, where, item.language, place)
        except UnknownField:
            return 1  # dispatch stops the sender and says why
        return segments(words.body)


def prices(session: Session, frame: Frame, channel: Channel, purpose: str = RAMP) -> Prices | None:
    """What the channel costs; None when it has no script, so that nothing can be said."""
    if channel is Channel.CALL:
        return Prices(Decimal(0), {})
    senders = senders_by(session, frame.id, channel)
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
    total, limit = _held(releases), frame.spendable(now)
    if not total or hold_money(session, frame.id, total, limit):
        return releases
    left = money_left(session, frame.id, limit, lock=True)
    kept: list[Release] = []
    for item in releases:
        left -= item.held
        if left < 0:
            break
        kept.append(item)
    if kept and not hold_money(session, frame.id, _held(kept), limit):
        raise AssertionError("nobody else takes of money that is locked")
    return kept
