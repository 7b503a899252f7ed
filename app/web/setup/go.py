"""The last step of the set-up: the checklist, what will happen in numbers, and go."""

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channel import Channel
from app.domain.checklist import Point, Weight, checklist, in_the_way
from app.services.set_up import go as going
from app.services.set_up.draft import DRAFT, SetUpRefused
from app.services.set_up.facts import Seen
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.local_time import instant, on_clock
from app.web.of_campaign import campaign_of
from app.web.sessions import parts
from app.web.setup.base import back_to, bp, me, seen_of
from app.web.setup.forms import GoForm
from app.web.setup.point_words import point_said, where_to
from app.web.setup.problem_words import problem_said
from app.web.tongue import translated as _


@dataclass(frozen=True)
class PointShown:
    """A point of the checklist as the page shows it."""

    name: str
    ok: bool
    must: bool
    said: str
    href: str
    reason: str  # typed before
    asked: bool  # a reason was asked for and is too short


@dataclass(frozen=True)
class Volume:
    """What the plan holds of a channel."""

    channel: Channel
    first_on: date
    first: int
    most_on: date
    most: int
    total: int


@bp.route("/<int:campaign_id>/set-up/go", methods=["GET", "POST"])
@open_to("organizer")
def go(campaign_id: int) -> ResponseReturnValue:
    """The checklist, and the beginning."""
    campaign = campaign_of(campaign_id)
    if campaign.state != DRAFT:
        flash(_("The campaign has begun already."), "plain")
        return back_to(campaign.id)
    if request.method == "GET":
        return _page(campaign, {}, ())
    reasons = {
        name.removeprefix("reason-"): words
        for name, words in request.form.items()
        if name.startswith("reason-")
    }
    clock = parts().clock
    try:
        begun = going.go(
            parts().sessions,
            campaign.id,
            reasons,
            public_url=parts().settings.public_url,
            by=me(),
            now=clock.now(),
            wall=clock.wall(),
        )
    except going.NotYet as missing:
        return _page(campaign, reasons, tuple(point.name for point in missing.points)), 422
    if begun:
        flash(_("The campaign has begun. This page shows how it goes."), "good")
    return redirect(url_for("campaigns.show", campaign_id=campaign.id), 303)


@bp.post("/<int:campaign_id>/set-up/start")
@open_to("organizer")
def start_on(campaign_id: int) -> ResponseReturnValue:
    """Set when the draft begins once it is let go; empty: at once."""
    campaign, form, now = campaign_of(campaign_id), GoForm(), parts().clock.now()
    form.validate()
    at = instant(form.starts_at.data, campaign.zone) if form.starts_at.data else now
    try:
        going.start_on(parts().sessions, campaign.id, at, by=me(), now=now)
        flash(_("Saved."), "good")
    except SetUpRefused as refused:
        flash(problem_said("starts_at", refused.problems["starts_at"]), "bad")
    return back_to(campaign.id, "setup.go")


def _page(campaign: Campaign, reasons: dict[str, str], missing: tuple[str, ...]) -> str:
    seen = seen_of(campaign)
    points = checklist(seen.ready)
    blocked = [point for point in in_the_way(points, {}) if point.weight is Weight.MUST]
    now = parts().clock.now()
    starts_at = max(campaign.starts_at, now)
    form = GoForm(
        formdata=None,
        data={"starts_at": on_clock(starts_at, campaign.zone) if starts_at > now else None},
    )
    return render_template(
        "setup/go.html",
        campaign=campaign,
        points=[_shown(point, campaign, reasons, missing) for point in points],
        blocked=len(blocked),
        open=sum(1 for point in points if not point.ok) - len(blocked),
        refused=bool(missing),
        volumes=_volumes(seen),
        planned=seen.plan is not None,
        starts_at=starts_at if starts_at > now else None,
        form=form,
        now=now,
        people=seen.people["whole"],
    )


def _shown(
    point: Point, campaign: Campaign, reasons: dict[str, str], missing: tuple[str, ...]
) -> PointShown:
    return PointShown(
        point.name,
        point.ok,
        point.weight is Weight.MUST,
        point_said(point, campaign),
        "" if point.ok else where_to(point, campaign),
        reasons.get(point.name, ""),
        point.name in missing and point.weight is Weight.SHOULD,
    )


def _volumes(seen: Seen) -> list[Volume]:
    """What the plan holds for each channel that has anything."""
    if seen.plan is None:
        return []
    found = []
    for channel in Channel:
        days = [line for line in seen.plan.report.days if line.channel is channel and line.planned]
        if days:
            first, most = days[0], max(days, key=lambda line: line.planned)
            total = sum(line.planned for line in days)
            found.append(Volume(channel, first.day, first.planned, most.day, most.planned, total))
    return found
