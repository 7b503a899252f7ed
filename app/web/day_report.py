"""The report of polling day: a page, to be printed, and a CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.domain.channel import Channel
from app.domain.lookout import Kind
from app.domain.lookout_words import TITLES
from app.domain.problem import ProblemKind
from app.domain.ride import RideState
from app.domain.spreadsheet import harmless
from app.services.day_report import times_of
from app.store import day_report as stored
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.polling_words import kinds, problem_states, ride_states
from app.web.sessions import parts, session

bp = Blueprint("day_report", __name__, url_prefix="/campaigns/<int:campaign_id>/day-report")

KEPT_SECONDS = 300
"""The longest silence that is promised: five minutes."""


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The report; before the polls have closed, when it will stand here."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    written = stored.latest(session(), campaign.id)
    times = times_of(session(), frame_of(session(), campaign))
    facts = _shown(written.facts, campaign) if written is not None else None
    return render_template(
        "day_report/show.html",
        campaign=campaign,
        now=now,
        times=times,
        written=written,
        facts=facts,
        kinds=kinds(),
        problem_words={state.value: words for state, words in problem_states().items()},
        ride_states=ride_states(),
        titles={kind.value: words for kind, words in TITLES.items()},
    )


@bp.get("/csv")
@open_to("organizer")
def take(campaign_id: int) -> ResponseReturnValue:
    """All numbers of the report, one a line."""
    campaign = campaign_of(campaign_id)
    written = stored.latest(session(), campaign.id) or abort(404)
    out = io.StringIO()
    rows = lines(written.facts, campaign)
    csv.writer(out).writerows([harmless(str(cell)) for cell in row] for row in rows)
    name = f"polling-day-{campaign.polling_day.isoformat()}.csv"
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def lines(facts: dict[str, Any], campaign: Campaign) -> Iterator[tuple[object, ...]]:
    """part, key, detail, figure, number; hours on the campaign's clock."""
    here = ZoneInfo(campaign.zone)

    def local(written: str) -> str:
        return datetime.fromisoformat(written).astimezone(here).isoformat()

    yield "part", "key", "detail", "figure", "number"
    for hour in facts["hours"]:
        for figure in ("done", "planned", "contacts"):
            yield "attempts", local(hour["hour"]), hour["channel"], figure, hour[figure]
    for hour in facts["ballots"]:
        yield "ballots", local(hour["hour"]), "", "ballots", hour["ballots"]
    for row in facts["precincts"]:
        for figure in ("targets", "voted", "expected"):
            yield "precincts", row["precinct"], _county(row), figure, row[figure]
    for part in ("universe", "people", "money"):
        for figure, number in facts[part].items():
            yield part, "", "", figure, number
    for row in facts["rides"]:
        yield "rides", row["state"], "", "rides", row["number"]
    for row in facts["problems"]:
        yield "problems", row["kind"], row["state"], "problems", row["number"]
    for row in facts["incidents"]:
        yield "incidents", local(row["opened_at"]), row["kind"], "said", row["said"]
    yield "silence", local(facts["silence"]["since"]), "", "seconds", facts["silence"]["seconds"]


def _county(row: dict[str, Any]) -> str:
    """Wake, NC; empty where none is on file, and in reports that were written without."""
    return ", ".join(filter(None, (row.get("county"), row.get("state"))))


def _shown(facts: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """The facts with instants and enums in place of words, and the sums that the page needs."""
    totals = {
        channel: {
            figure: sum(row[figure] for row in facts["hours"] if row["channel"] == channel.value)
            for figure in ("done", "planned", "contacts")
        }
        for channel in Channel
    }
    hours: dict[datetime, dict[Channel, dict[str, Any]]] = {}
    for row in facts["hours"]:
        hours.setdefault(_at(row["hour"]), {})[Channel(row["channel"])] = row
    ballots = {_at(row["hour"]): row["ballots"] for row in facts["ballots"]}
    return {
        **facts,
        "totals": totals,
        "hours": sorted(hours.items()),
        "channels": [channel for channel in Channel if any(totals[channel].values())],
        "ballots": sorted(ballots.items()),
        "earlier": max(facts["universe"]["voted"] - sum(ballots.values()), 0),
        "silence": {
            "length": timedelta(seconds=facts["silence"]["seconds"]),
            "since": _at(facts["silence"]["since"]),
            "kept": facts["silence"]["seconds"] <= KEPT_SECONDS,
        },
        "rides": [(RideState(row["state"]), row["number"]) for row in facts["rides"]],
        "problems": [(ProblemKind(row["kind"]), row) for row in facts["problems"]],
        "incidents": [
            {
                **row,
                "kind": Kind(row["kind"]).value,
                "opened_at": _at(row["opened_at"]),
                "closed_at": _at(row["closed_at"]) if row["closed_at"] else None,
            }
            for row in facts["incidents"]
        ],
        "precincts": [{**row, "county": _county(row)} for row in facts["precincts"]],
        "money": {name: Decimal(value) for name, value in facts["money"].items()},
    }


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)
