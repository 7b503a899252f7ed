"""The plan of a campaign: what it says of the final week, what to do next, what goes when."""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.report import Report, ShiftNeed
from app.services import plans
from app.services.plans import Made, PlanRefused
from app.store import plan_desk
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.web import chart, fall_words, plan_calendar, plan_chart, plan_csv, plan_strip, plan_words
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("plan", __name__, url_prefix="/campaigns/<int:campaign_id>/plan")


@dataclass(frozen=True)
class Total:
    """One channel over all days to come."""

    channel: Channel
    wanted: int
    planned: int
    cost: float
    votes: float


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The plan in force."""
    campaign = campaign_of(campaign_id)
    made = plans.latest(session(), campaign.id)
    return _page(campaign, made, in_force=True)


@bp.get("/<int:plan_id>")
@open_to("organizer")
def past(campaign_id: int, plan_id: int) -> str:
    """A plan as it was made, to read."""
    campaign = campaign_of(campaign_id)
    row = plan_desk.plan_of(session(), campaign.id, plan_id) or abort(404)
    return _page(campaign, plans.made_of(row), in_force=False)


@bp.get("/live")
@open_to("organizer")
def live(campaign_id: int) -> ResponseReturnValue:
    """The part of the page that changes; 204 while it is as the asker knows it."""
    campaign = campaign_of(campaign_id)
    if request.args.get("known") == _mark(campaign):
        return "", 204
    made = plans.latest(session(), campaign.id)
    return render_template("plan/_live.html", **_facts(campaign, made, in_force=True))


@bp.post("/again")
@open_to("organizer")
def again(campaign_id: int) -> ResponseReturnValue:
    """Make the plan anew, now."""
    campaign = campaign_of(campaign_id)
    clock = parts().clock
    try:
        plans.make_plan(
            parts().sessions,
            campaign.id,
            now=clock.now(),
            wall=clock.wall(),
            why=("you asked for it",),
        )
    except PlanRefused as refused:
        flash(_("No new plan was made. %(why)s", why=retold(refused)), "bad")
    else:
        flash(_("The plan is made anew."), "good")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


@bp.post("/apply")
@open_to("organizer")
def apply(campaign_id: int) -> ResponseReturnValue:
    """Do what an advice says, and plan anew."""
    campaign = campaign_of(campaign_id)
    clock = parts().clock
    try:
        done = plans.apply_advice(
            parts().sessions,
            campaign.id,
            request.form.get("plan", 0, type=int),
            request.form.get("place", -1, type=int),
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except PlanRefused as refused:
        flash(retold(refused), "bad")
    else:
        flash(retold(done), "good")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


@bp.get("/hours.csv")
@open_to("organizer")
def download(campaign_id: int) -> Response:
    """The hours in force as CSV, or with `plan` those of a past plan."""
    campaign = campaign_of(campaign_id)
    plan_id = request.args.get("plan", type=int)
    if plan_id is None:
        rows = plan_csv.in_force(session(), campaign)
    else:
        plan = plan_desk.plan_of(session(), campaign.id, plan_id) or abort(404)
        rows = plan_csv.of_plan(plan, campaign)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    name = f"plan-{campaign.id}{f'-{plan_id}' if plan_id else ''}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(out.getvalue(), mimetype="text/csv", headers=headers)


def _page(campaign: Campaign, made: Made | None, *, in_force: bool) -> str:
    return render_template(
        "plan/show.html",
        plotly_version=chart.VERSION,
        plotly_styles=chart.style_ids(),
        **_facts(campaign, made, in_force=in_force),
    )


def _facts(campaign: Campaign, made: Made | None, *, in_force: bool) -> dict[str, Any]:
    """Everything that the template shows."""
    now = parts().clock.now()
    told = plan_desk.past_plans(session(), campaign.id)
    state = plan_desk.state_of(session(), campaign.id)
    facts = {
        "campaign": campaign,
        "now": now,
        "today": now.astimezone(ZoneInfo(campaign.zone)).date(),
        "made": made,
        "in_force": in_force,
        "past": told,
        "problem": state.problem if state and in_force else "",
        "making": _making(state) if in_force else False,
        "mark_of_page": _mark(campaign),
        "words": plan_words,
    }
    return facts if made is None else {**facts, **_of_report(campaign, made, now)}


def _of_report(campaign: Campaign, made: Made, now: datetime) -> dict[str, Any]:
    report = made.report
    row = plan_desk.plan_of(session(), campaign.id, made.id)
    planned = plan_calendar.read_hours(row.hours if row else {})
    return {
        "report": report,
        "before": plan_desk.made_before(session(), campaign.id, made.id),
        "judgement": plan_words.judgement(report, campaign.zone),
        "totals": totals(report, campaign.zone),
        "money_left": campaign.budget - campaign.spent - campaign.reserved,
        "needs": _by_day(report.shifts, campaign.zone),
        "falls": fall_words.falls(report.days),
        "calendar": plan_calendar.calendar(
            report,
            planned,
            plan_desk.phases(session(), campaign.id),
            plan_desk.shift_starts(session(), campaign.id),
            schedule=frame_of(session(), campaign).schedule,
            now=now,
        ),
        "figure": plan_chart.figure(planned, campaign.zone, now),
        "hours": plan_chart.table(planned, campaign.zone, now),
    }


def totals(report: Report, zone: str) -> list[Total]:
    """Each channel from the day on which the plan was made."""
    first = report.made_at.astimezone(ZoneInfo(zone)).date()
    lines = [line for line in report.days if line.day >= first]
    return [
        Total(
            channel,
            sum(line.wanted for line in mine),
            sum(line.planned for line in mine),
            sum(line.cost for line in mine),
            sum(line.votes for line in mine),
        )
        for channel in Channel
        if (mine := [line for line in lines if line.channel is channel])
    ]


def _by_day(needs: Iterable[ShiftNeed], zone: str) -> list[tuple[date, list[ShiftNeed]]]:
    """Blocks of hours by the day on which they begin."""
    here = ZoneInfo(zone)
    days = groupby(needs, key=lambda need: need.begins_at.astimezone(here).date())
    return [(day, list(blocks)) for day, blocks in days]


def _making(state: Any) -> bool:
    return bool(state and state.lease_until and state.lease_until > parts().clock.wall())


def _mark(campaign: Campaign) -> str:
    """Changes whenever the page would say something else."""
    state = plan_desk.state_of(session(), campaign.id)
    shown = (
        plan_desk.newest(session(), campaign.id),
        state.problem if state else "",
        _making(state),
        f"{parts().clock.now():%Y-%m-%d %H}",  # the hour that is marked as now
        Decimal(campaign.budget),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


@bp.app_template_global("coverage_of")
def coverage_of(report: Report, campaign: Campaign, now: datetime) -> plan_strip.Strip:
    """The strip that plan/_strip.html draws."""
    return plan_strip.strip(report, campaign.zone, campaign.polling_day, now)


@bp.record
def _words(state: BlueprintSetupState) -> None:
    words = {"COVER_WORDS": plan_words.COVERS, "COVER_SIGNS": plan_strip.SIGNS}
    state.app.jinja_env.globals.update(words)
