"""Reserve universes: their section on the page of phases, and what an organizer does with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.pace import Step
from app.services import reserves, universes
from app.services.reserves import ReserveRefused
from app.store.campaigns import Campaign
from app.store.pacing import steps
from app.store.reserves import Reserve, reserves_of
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.phase_form import people_in_words
from app.web.retold import retold
from app.web.sessions import parts
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _

bp = Blueprint("reserves", __name__, url_prefix="/campaigns/<int:campaign_id>/reserves")
RECENT = timedelta(days=7)
MOST_STEPS = 8

SAID = InTongue(
    {
        Step.NEARER: marked("tried again sooner than usual"),
        Step.RESERVE: marked("a reserve universe opened"),
        Step.FALLOVER: marked("other channels took over"),
        Step.NOBODY: marked("everyone who may be reached has been"),
    }
)


@dataclass(frozen=True)
class Listed:
    """A reserve universe as the page shows it."""

    id: int
    name: str
    means: str
    opened_at: datetime | None
    people: int
    can_rise: bool


@dataclass(frozen=True)
class Taken:
    """A step that was taken because a pool had run dry."""

    at: datetime
    channel: Channel
    said: str


@dataclass(frozen=True)
class Shown:
    """What the section shows."""

    listed: Sequence[Listed]
    choices: Sequence[str]  # saved universes that are not in the list
    steps: Sequence[Taken]  # the last first


def shown(session: Session, campaign: Campaign, now: datetime) -> Shown:
    """The section for a campaign."""
    rows = reserves_of(session, campaign.id)
    closed = [row for row in rows if row.opened_at is None]
    there = {row.name for row in rows}
    taken = [
        Taken(at, channel, SAID[step])
        for at, channel, step in steps(session, campaign.id, now - RECENT)
    ]
    return Shown(
        [_listed(row, closed) for row in rows],
        [one.name for one in universes.listed(session) if one.name not in there],
        sorted(taken, key=lambda one: one.at, reverse=True)[:MOST_STEPS],
    )


def _listed(row: Reserve, closed: Sequence[Reserve]) -> Listed:
    can_rise = row in closed and row is not closed[0]
    means = people_in_words(row.filter)
    return Listed(row.id, row.name, means, row.opened_at, row.people, can_rise)


@bp.post("")
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Add a saved universe after those that are there."""
    campaign, name = campaign_of(campaign_id), request.form.get("universe", "")
    try:
        reserves.add(
            parts().sessions,
            campaign.id,
            name,
            {"name": name},
            by=current_user.id,
            now=parts().clock.now(),
        )
        flash(_("“%(name)s” is in reserve.", name=name), "good")
    except ReserveRefused as refused:
        flash(retold(refused), "bad")
    return _back(campaign)


@bp.post("/<int:reserve_id>/up")
@open_to("organizer")
def up(campaign_id: int, reserve_id: int) -> ResponseReturnValue:
    """Let it open before the one that stands before it."""
    return _act(reserves.move_up, campaign_id, reserve_id, marked("“%(name)s” opens earlier."))


@bp.post("/<int:reserve_id>/remove")
@open_to("organizer")
def remove(campaign_id: int, reserve_id: int) -> ResponseReturnValue:
    """Take it off the list."""
    said = marked("“%(name)s” is no longer in reserve.")
    return _act(reserves.remove, campaign_id, reserve_id, said)


def _act(
    act: Callable[..., str], campaign_id: int, reserve_id: int, said: str
) -> ResponseReturnValue:
    """Does it and says so (marked words) of the reserve by its name, or says why not."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    try:
        name = act(parts().sessions, campaign.id, reserve_id, by=current_user.id, now=now)
        flash(_(said, name=name), "good")
    except ReserveRefused as refused:
        flash(retold(refused), "bad")
    return _back(campaign)


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("phases.show", campaign_id=campaign.id, _anchor="reserves"), 303)
