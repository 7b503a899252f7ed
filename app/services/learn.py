"""Learn: what a campaign's own records say of its model's figures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.curve import Curve
from app.domain.figure import DEFAULTS
from app.domain.model import Salience, gain_curve
from app.domain.rate import Tally, learn_all, steady
from app.services.figures import model_of
from app.store import figures as stored
from app.store import learning
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.sql import sql
from app.store.target_value import revalue, value_sql

SETTLING = timedelta(minutes=5)
"""A call or shift is counted so long after it, when whoever recorded it has surely committed."""
MOST = 20_000
"""Attempts counted in one transaction."""
ROUNDS = 5
"""Transactions in one run for one campaign; one with more behind it is caught up run by run."""
AT_ONCE = 10_000
"""Targets valued anew in one transaction: voters and volunteers may wait for their locks."""


def learn(sessions: Sessions, now: datetime, *, most: int = MOST) -> int:
    """Counts what was recorded since the last run of every campaign, and keeps what that teaches.

    Level-triggered: what was counted, and until when, stands in the database, so that each record
    counts once whoever runs this and however often; only new records are read. Returns how many
    figures have a new value. What goes wrong in one campaign is raised when all the others have
    had their turn.
    """
    with sessions() as session:
        campaigns = session.scalars(
            select(Campaign).where(Campaign.state != "closed").order_by(Campaign.id)
        ).all()
    moved, wrong = 0, list[Exception]()
    for campaign in campaigns:
        try:
            moved += _learn_one(sessions, campaign, now, most)
            _value_targets(sessions, campaign, now)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return moved


def _learn_one(sessions: Sessions, campaign: Campaign, now: datetime, most: int) -> int:
    moved = 0
    for _ in range(ROUNDS):
        some, more = _learn_part(sessions, campaign, now, most)
        moved += some
        if not more:
            break
    return moved


@patiently
def _learn_part(
    sessions: Sessions, campaign: Campaign, now: datetime, most: int
) -> tuple[int, bool]:
    """How many figures have a new value, and whether more is left to count."""
    with sessions.begin() as session:
        # Whoever holds this is counting; twice at once would count the same records twice.
        free = session.scalar(
            sql("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"learn:{campaign.id}"},
        )
        return _count_new(session, campaign, now, most) if free else (0, False)


def _count_new(session: Session, campaign: Campaign, now: datetime, most: int) -> tuple[int, bool]:
    ledger = stored.ledger(session, campaign.id)
    both = (Channel.TEXT, Channel.EMAIL)
    calls = learning.stretch(
        session, campaign.id, (Channel.CALL,), ledger.since("calls"), now - SETTLING, most
    )
    messages = learning.stretch(
        session, campaign.id, both, ledger.since("messages"), now - learning.ANSWER_TIME, most
    )
    shifts = learning.Stretch(ledger.since("shifts"), now - SETTLING)
    found: dict[str, Tally] = {}
    if calls.attempts:
        found |= learning.count_calls(session, campaign.id, calls, campaign.zone)
    if messages.attempts:
        found |= learning.count_messages(session, campaign.id, messages)
    found |= learning.count_shifts(session, campaign.id, shifts)
    ended = max(shifts.after, shifts.upto)
    upto = {"calls": calls.upto, "messages": messages.upto, "shifts": ended}
    stored.write_upto(session, campaign.id, upto)
    moved = _keep(session, campaign.id, _sum(ledger.tallies, found), now) if found else 0
    return moved, most in (calls.attempts, messages.attempts)


def _sum(tallies: Mapping[str, Tally], more: Mapping[str, Tally]) -> dict[str, Tally]:
    names = tallies.keys() | more.keys()
    return {name: tallies.get(name, Tally()).plus(more.get(name, Tally())) for name in names}


def _keep(session: Session, campaign_id: int, tallies: Mapping[str, Tally], now: datetime) -> int:
    before = {name: one.value for name, one in stored.learned(session, campaign_id).items()}
    after = steady(learn_all(tallies), before)
    stored.write_tallies(session, campaign_id, tallies, now)
    stored.write_learned(session, campaign_id, after, now)
    return sum(before.get(name) != one.value for name, one in after.items())


def _value_targets(sessions: Sessions, campaign: Campaign, now: datetime) -> None:
    """Values a campaign's targets anew when the curve is another than when they were valued."""
    with sessions() as session:
        valued = stored.ledger(session, campaign.id).valued
        gain = model_of(session, campaign).gain
    curve = _mark(gain)
    if curve == (_mark(gain_curve(DEFAULTS, Salience.MIDDLE)) if valued is None else valued):
        return
    last: int | None = 0
    while last is not None:
        last = _value_some(sessions, campaign.id, gain, last)
    with sessions.begin() as session:
        stored.write_valued(session, campaign.id, curve, now)


@patiently
def _value_some(sessions: Sessions, campaign_id: int, gain: Curve, after: int) -> int | None:
    with sessions.begin() as session:
        return revalue(session, campaign_id, gain, after, AT_ONCE).last


def _mark(gain: Curve) -> float:
    return float(crc32(value_sql(gain).encode()))
