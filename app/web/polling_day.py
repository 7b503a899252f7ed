"""Polling day on one page: time to the close, rounds, precincts, rides, problems, what is next."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select

from app.domain.hours import Place
from app.domain.phase import PhaseKind
from app.domain.polling_day import Facts, is_quiet, next_steps
from app.domain.purpose import IN_LINE
from app.domain.ride import RideState
from app.domain.rush import IN_LINE_FROM, IN_LINE_UNTIL, RUSH, closes_of, is_rush, says_stay
from app.services import watchers
from app.services.watchers import Watched, Watcher, WatcherRefused
from app.store import in_line, problems, rides
from app.store.campaigns import Campaign
from app.store.frames import frame_of, place_names
from app.store.phases import Phase, phases_of
from app.store.rounds import Round, count_round
from app.store.touches import Touch
from app.web import dashboard
from app.web.guard import open_to
from app.web.kept import kept
from app.web.of_campaign import campaign_of
from app.web.polling_words import kinds, watcher_refusal
from app.web.problems import together
from app.web.rides import shown as shown_rides
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("polling_day", __name__, url_prefix="/campaigns/<int:campaign_id>/polling-day")

KEEP_ROUND = timedelta(seconds=30)
KEEP_SENT = timedelta(seconds=30)
FRESH = 3
"""Rounds that are counted anew for one request; the next counts the others."""
FOREVER = timedelta.max
FEW = 5
"""Rides and problems that stand on this page; the others stand on their own."""


@dataclass(frozen=True)
class RoundShown:
    """A round as the page has it; without numbers until they are asked for."""

    phase: Phase
    state: str  # to_come | on | over
    found: Round | None

    @property
    def percent(self) -> int:
        """Tried or voted, of its people."""
        if self.found is None or not self.found.people:
            return 0
        return (self.found.people - self.found.left) * 100 // self.found.people


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The page; the numbers of the rounds come a moment later, since they take long to count."""
    campaign = campaign_of(campaign_id)
    return render_template("polling_day/show.html", **_facts(campaign, "counted" in request.args))


@bp.get("/live")
@open_to("organizer")
def live(campaign_id: int) -> str:
    """What changes of it."""
    return render_template("polling_day/_live.html", **_facts(campaign_of(campaign_id), True))


@bp.get("/watchers")
@open_to("organizer")
def people(campaign_id: int) -> str:
    """Who stands at which polling place."""
    return _people(campaign_of(campaign_id))


@bp.post("/watchers/<int:user_id>")
@open_to("organizer")
def assign(campaign_id: int, user_id: int) -> ResponseReturnValue:
    """Give a poll watcher their precincts, in place of those they had."""
    campaign, written = campaign_of(campaign_id), request.form.get("precincts", "")
    try:
        spots = watchers.read(session(), written)
        watchers.assign(
            parts().sessions,
            user_id,
            campaign.id,
            spots,
            by=current_user.id,
            now=parts().clock.now(),
        )
    except WatcherRefused as refused:
        return _people(campaign, user_id, written, watcher_refusal(refused)), 422
    flash(_("The precincts are saved."), "good")
    return redirect(url_for(".people", campaign_id=campaign.id), 303)


def _people(campaign: Campaign, user_id: int = 0, written: str = "", problem: str = "") -> str:
    return render_template(
        "polling_day/watchers.html",
        campaign=campaign,
        people=watchers.watchers(session(), campaign.id, _since(campaign)),
        some=watchers.some_precincts(session()),
        wrong=user_id,
        written=written,
        problem=problem,
    )


def _since(campaign: Campaign) -> datetime:
    """The last midnight on the campaign's clock."""
    here = ZoneInfo(campaign.zone)
    today = parts().clock.now().astimezone(here).date()
    return datetime.combine(today, time(), here).astimezone(UTC)


def _facts(campaign: Campaign, count: bool) -> dict[str, Any]:
    clock, session_ = parts().clock, session()
    now = clock.now()
    schedule = frame_of(session_, campaign).schedule
    places = place_names(session_, campaign.id) or [Place("", (schedule.zone,))]
    closes = closes_of(schedule, places)
    opens_at = min(schedule.polls_open_at(place) for place in places)
    last = max(closes.values())
    found = watchers.watchers(session_, campaign.id, _since(campaign))
    precincts = watchers.by_precinct(found)
    quiet = [one for one in precincts if is_quiet(one.last_at, opens_at, last, now)]
    open_rides = shown_rides(campaign, rides.open_rides(session_, campaign.id))
    groups = together(problems.open_problems(session_, campaign.id))
    open_problems = sum(len(group.reports) for group in groups)
    rounds = _rounds(campaign, now, count)
    stay = _stay(campaign, closes, now)
    facts = Facts(
        now=now,
        opens_at=opens_at,
        closes_at=last,
        rounds=len(rounds),
        rides_late=sum(one.late for one in open_rides),
        rides_without_driver=sum(one.ride.state is RideState.ASKED for one in open_rides),
        problems_open=open_problems,
        precincts_watched=len(precincts),
        precincts_quiet=len(quiet),
        says_stay=not stay["off"],
    )
    return {
        "campaign": campaign,
        "now": now,
        "speed": clock.speed,
        "opens_at": opens_at,
        "over": now >= last,
        "closes": dashboard.closes(schedule, dict.fromkeys(places, 0)),
        "rush": is_rush(closes, now),
        "rush_at": min(closes.values()) - RUSH,
        "rounds": rounds,
        "stay": stay,
        "precincts": _loudest_last(precincts, quiet),
        "quiet": {one.code for one in quiet},
        "watchers": _idle(found),
        "rides": open_rides[:FEW],
        "open_rides": len(open_rides),
        "late_rides": facts.rides_late,
        "groups": groups[:FEW],
        "open_problems": open_problems,
        "kinds": kinds(),
        "steps": next_steps(facts),
        "counted": count,
    }


def _loudest_last(precincts: list[Watched], quiet: list[Watched]) -> list[Watched]:
    """Those that have gone quiet first."""
    return quiet + [one for one in precincts if one not in quiet]


def _idle(found: list[Watcher]) -> list[Watcher]:
    """Watchers without a precinct."""
    return [one for one in found if not one.precincts]


def _rounds(campaign: Campaign, now: datetime, count: bool) -> list[RoundShown]:
    here, wall, fresh = kept(), parts().clock.wall(), 0
    shown = []
    for phase in phases_of(session(), campaign.id):
        if phase.kind is not PhaseKind.ROUND:
            continue
        state = "over" if phase.ends_at <= now else "on" if phase.starts_at <= now else "to_come"
        found = None
        before = here.found.get(("round", phase.id))
        if count and state == "on" and (before or fresh < FRESH):
            counting = partial(count_round, session(), phase)
            keep = KEEP_ROUND if fresh < FRESH else FOREVER
            found = here.count(("round", phase.id), wall, counting, keep)
            fresh += here.found["round", phase.id] is not before
        elif before is not None:
            found = before[1]
        shown.append(RoundShown(phase, state, found))
    return shown


def _stay(campaign: Campaign, closes: dict[Place, datetime], now: datetime) -> dict[str, Any]:
    """How the texts at the close stand."""
    first, last = min(closes.values()), max(closes.values())
    return {
        "off": in_line.is_off(session(), campaign.id),
        "on": any(says_stay(close, now) for close in closes.values()),
        "begins_at": first - IN_LINE_FROM,
        "ends_at": last - IN_LINE_UNTIL,
        "released": kept().count(
            ("in line", campaign.id),
            parts().clock.wall(),
            lambda: _released(campaign.id),
            KEEP_SENT,
        )
        if now >= first - IN_LINE_FROM
        else 0,
    }


def _released(campaign_id: int) -> int:
    mine = (Touch.campaign_id == campaign_id, Touch.purpose == IN_LINE)
    return session().scalar(select(func.count()).select_from(Touch).where(*mine)) or 0
