"""Makes the voters of a universe a draft's targets, in place of those that there were."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.universe import BadUniverse, Universe
from app.services.set_up.draft import SetUpRefused, locked_draft, noted
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.set_up import forget_plan, remove_people
from app.store.touches import Touch
from app.store.universe_sql import Asking
from app.store.universes import add_targets, count_universe, parts_of_file, resolved

PART = 50_000
"""Numbers of voters that are gone through at a time when a draft chooses."""


class Left(Exception):
    """What was being chosen was asked for anew; whoever is at it leaves it."""


def may_choose(session: Session, campaign_id: int, universe: Universe) -> Universe:
    """The universe written out, if this draft may choose its voters: the campaign's row is locked.
    Raises SetUpRefused: not_draft, begun, or what is wrong with the universe."""
    locked_draft(session, campaign_id, "universe")
    touched = select(Touch.id).where(Touch.campaign_id == campaign_id).limit(1)
    if session.scalar(touched) is not None:
        raise SetUpRefused({"universe": "begun"})
    try:
        return resolved(session, universe)
    except BadUniverse as bad:
        raise SetUpRefused({"universe": f"words:{bad}"}) from bad


@patiently
def choose_universe(
    sessions: Sessions,
    campaign_id: int,
    universe: Universe,
    *,
    by: int | None,
    now: datetime,
    advance: Callable[[float], None] = lambda share: None,
    settle: Callable[[Session], None] = lambda session: None,
) -> int:
    """Makes the voters of this universe the draft's targets, in place of those there were; returns
    how many. Raises SetUpRefused: nobody (nothing is changed), not_draft, or begun.

    A large file is gone through in parts, and `advance` hears which share is done; the campaign's
    row is locked only at the end, so that other pages of the set-up go on. `settle` is part of the
    transaction.
    """
    with sessions.begin() as session:
        whole = may_choose(session, campaign_id, universe)
    with sessions.begin() as session:
        remove_people(session, campaign_id)
        campaign = session.get_one(Campaign, campaign_id)
        asking = Asking(campaign.polling_day, now, campaign.country)
        count = _add_people(session, campaign, whole, asking, advance)
        people = _by_channel(session, count, whole, asking)
        may_choose(session, campaign_id, universe)  # and reads what other pages wrote meanwhile
        settle(session)
        forget_plan(session, campaign_id)
        campaign.universe = whole.to_json()
        campaign.setup = {**campaign.setup, "people": people}
        details = {"filter": campaign.universe, "voters": count}
        session.add(noted("universe chosen", campaign_id, details, by, now))
    return count


def _add_people(
    session: Session,
    campaign: Campaign,
    universe: Universe,
    asking: Asking,
    advance: Callable[[float], None],
) -> int:
    """Adds the targets, part by part; how many. Raises SetUpRefused: nobody."""
    count, parts = 0, parts_of_file(session, PART)
    for done, part in enumerate(parts, 1):
        count += add_targets(
            session, campaign.id, universe, asking, salience=campaign.salience, part=part
        )
        advance(done / (len(parts) + 1))
    if not count:
        raise SetUpRefused({"universe": "nobody"})
    return count


def _by_channel(session: Session, whole: int, universe: Universe, asking: Asking) -> dict[str, int]:
    """How many there are, and whom each channel reaches."""
    reached = count_universe(session, universe.condition, asking)
    return {
        "whole": whole,
        "call": reached.callable,
        "text": reached.textable,
        "email": reached.mailable,
    }
