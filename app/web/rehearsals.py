"""Rehearsals of a campaign: asked for, followed, and what each found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from app.domain.rehearsal import Fault, Outcome
from app.services import rehearsals
from app.services.rehearsals import MOVING, SEEDS, WORKERS, NoRehearsal
from app.store.campaigns import Campaign
from app.store.people import User
from app.store.rehearsals import Rehearsal
from app.web import rehearsal_words as words
from app.web.beats import beats
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.rehearsal_strip import LOOKS, SIGNS, week
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("rehearsals", __name__, url_prefix="/campaigns/<int:campaign_id>/rehearsals")

SHOWN = 50
"""How many earlier rehearsals are listed."""


@dataclass(frozen=True)
class Asked:
    """What the form asks for, as it was filled in."""

    which: str = "all"  # all | none | some
    faults: frozenset[str] = frozenset()
    seed: str = ""
    workers: str = "3"

    @classmethod
    def of_form(cls) -> "Asked":
        """From the form of this request."""
        form = request.form
        return cls(
            form.get("which", "all"),
            frozenset(form.getlist("faults")),
            form.get("seed", "").strip(),
            form.get("workers", "3"),
        )

    def chosen(self) -> list[Fault]:
        """The faults that it means; raises NoRehearsal."""
        if self.which != "some":
            return list(Fault) if self.which == "all" else []
        found = [fault for fault in Fault if fault.value in self.faults]
        if not found:
            raise NoRehearsal(_("Choose at least one fault, or “none at all”."))
        return found

    def number(self) -> int | None:
        """The seed, None for a new one; raises NoRehearsal."""
        if not self.seed:
            return None
        if not (self.seed.isascii() and self.seed.isdecimal() and len(self.seed) < 12):
            raise NoRehearsal(_("A seed is a whole number from 0 to %(most)s.", most=SEEDS[-1]))
        return int(self.seed)


@dataclass(frozen=True)
class Line:
    """An earlier rehearsal, as the list tells of it."""

    row: Rehearsal
    tone: str
    state: str
    said: str
    by: str


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """The form, and the rehearsals so far."""
    return _page(campaign_of(campaign_id))


@bp.post("")
@open_to("organizer")
def start(campaign_id: int) -> ResponseReturnValue:
    """Ask for a rehearsal."""
    campaign, asked = campaign_of(campaign_id), Asked.of_form()
    try:
        made = rehearsals.want(
            parts().sessions,
            campaign.id,
            faults=asked.chosen(),
            seed=asked.number(),
            workers=int(asked.workers) if asked.workers.isdecimal() else 0,
            by=current_user.id,
            now=parts().clock.now(),
        )
    except NoRehearsal as refused:
        return _page(campaign, asked, str(refused)), 422
    return redirect(url_for(".report", campaign_id=campaign.id, rehearsal_id=made), 303)


@bp.get("/<int:rehearsal_id>")
@open_to("organizer")
def report(campaign_id: int, rehearsal_id: int) -> str:
    """How far a rehearsal is, or what it found."""
    campaign = campaign_of(campaign_id)
    return render_template("rehearsals/report.html", **_facts(campaign, rehearsal_id))


@bp.get("/<int:rehearsal_id>/live")
@open_to("organizer")
def live(campaign_id: int, rehearsal_id: int) -> str:
    """How far it is, for the page to ask again and again; nothing once it has ended."""
    facts = _facts(campaign_of(campaign_id), rehearsal_id)
    moving = facts["row"].state in MOVING
    return render_template("rehearsals/_working.html", **facts) if moving else ""


@bp.post("/<int:rehearsal_id>/stop")
@open_to("organizer")
def stop(campaign_id: int, rehearsal_id: int) -> ResponseReturnValue:
    """Stop it."""
    campaign = campaign_of(campaign_id)
    row = _rehearsal(campaign, rehearsal_id)
    stopped = rehearsals.stop(
        parts().sessions,
        row.id,
        current_user.name or "An organizer",
        by=current_user.id,
        now=parts().clock.now(),
    )
    if not stopped:
        flash(_("It has ended already, so there was nothing to stop."), "plain")
    return redirect(url_for(".report", campaign_id=campaign.id, rehearsal_id=row.id), 303)


def _rehearsal(campaign: Campaign, rehearsal_id: int) -> Rehearsal:
    row = session().get(Rehearsal, rehearsal_id)
    return row if row is not None and row.campaign_id == campaign.id else abort(404)


def _page(campaign: Campaign, asked: Asked | None = None, problem: str = "") -> str:
    found = list(
        session().execute(
            select(Rehearsal, User.name)
            .outerjoin(User, User.id == Rehearsal.wanted_by)
            .where(Rehearsal.campaign_id == campaign.id)
            .order_by(Rehearsal.id.desc())
            .limit(SHOWN)
        )
    )
    return render_template(
        "rehearsals/index.html",
        campaign=campaign,
        asked=asked or Asked(),
        problem=problem,
        earlier=[_line(row, by) for row, by in found],
        under_way=next((row for row, _ in found if row.state in MOVING), None),
        groups=words.GROUPS,
        fault_words=words.FAULTS,
        worker_numbers=WORKERS,
        now=parts().clock.now(),
    )


def _line(row: Rehearsal, by: str | None) -> Line:
    who = by or (_("the command line") if row.wanted_by is None else "")
    if row.state == "done":
        outcome = Outcome.from_json(row.report)
        tone, state = ("good", _("kept")) if outcome.kept else ("bad", _("broken"))
        return Line(row, tone, state, words.judgement(outcome), who)
    if row.state == "failed":
        return Line(row, "warn", _("did not end"), row.problem, who)
    state = _("waits") if row.state == "wanted" else f"{row.progress:.0%}"
    return Line(row, "", state, _("It is under way."), who)


def _facts(campaign: Campaign, rehearsal_id: int) -> dict[str, Any]:
    """What the page of a rehearsal shows."""
    row, clock = _rehearsal(campaign, rehearsal_id), parts().clock
    facts: dict[str, Any] = {
        "campaign": campaign,
        "row": row,
        "now": clock.now(),
        "faults": words.faults_words(row.faults),
        "replay": words.replay(campaign.id, row.seed, row.workers, row.faults),
        "words": words,
        "fault_words": words.FAULTS,
        "again": words.again(rehearsals.begun_again(session(), row.id), clock.now(), campaign.zone),
    }
    if row.state == "done":
        return facts | _found(Outcome.from_json(row.report))
    if row.state in MOVING:
        facts["no_worker"] = row.state == "wanted" and not _workers(clock.wall())
    return facts


def _found(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "strip": week(outcome),
        "looks": LOOKS,
        "signs": SIGNS,
        "told": words.first_broken(outcome),
        "channels": words.channels(outcome),
        "struck": [one for one in outcome.faults if one.times],
        "spared": [one for one in outcome.faults if not one.times],
    }


def _workers(wall: datetime) -> bool:
    return any(one.alive for one in beats(session(), wall))
