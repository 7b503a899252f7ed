"""Paper: call sheets and door lists to print, and the page where their results are typed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import segno
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.hours import Place
from app.domain.local import day_at
from app.domain.sheet import LINES_A_PAGE, MOST_LINES, Kind, read_typed
from app.services import paper
from app.services.paper import NewSheet, SheetRefused
from app.services.paper_entry import Entered
from app.services.paper_entry import enter as enter_lines
from app.store import paper as stored
from app.store.campaigns import Campaign
from app.store.frames import Frame, load_frame
from app.store.paper import Row
from app.store.sheets import Sheet
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.paper_words import answer, legend
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import clock, zone_name

bp = Blueprint("paper", __name__, url_prefix="/campaigns/<int:campaign_id>/paper")

HOURS = (1, 2, 3, 4, 6, 8)
"""How long a call sheet may hold its calls."""
LONGEST_TYPED = 20_000


@dataclass(frozen=True)
class Printed:
    """A line as it stands on paper."""

    row: Row
    age: int | None
    closes: str
    until: str  # of calls: until when the number may be called; empty: it may not
    here: str  # the same on the campaign's clock, where that shows another time


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The sheets there are, and the forms for new ones."""
    return _page(campaign_of(campaign_id))


@bp.post("")
@open_to("organizer")
def make(campaign_id: int) -> ResponseReturnValue:
    """Make a sheet and show it, ready for the printer."""
    campaign, clock_ = campaign_of(campaign_id), parts().clock
    form = request.form
    asked = NewSheet(
        Kind.DOORS if form.get("kind") == "doors" else Kind.CALLS,
        form.get("lines", 24, type=int),
        form.get("name", ""),
        timedelta(hours=form.get("hours", 3, type=int)),
        tuple(form.getlist("languages")) or ("en",),
        form.get("precinct", ""),
        form.get("street", ""),
        form.get("code", ""),
    )
    try:
        made = paper.make_sheet(
            parts().sessions,
            campaign.id,
            asked,
            by=current_user.id,
            now=clock_.now(),
            wall=clock_.wall(),
            speed=clock_.speed,
        )
    except SheetRefused as refused:
        return _page(campaign, _refused(refused, asked)), 422
    return redirect(url_for(".print", campaign_id=campaign.id, sheet_id=made), 303)


@bp.get("/<int:sheet_id>")
@open_to("organizer")
def print(campaign_id: int, sheet_id: int) -> str:
    """A sheet as it is printed: twelve lines a page. That it was shown is noted."""
    campaign = campaign_of(campaign_id)
    sheet = session().get(Sheet, sheet_id)
    if sheet is None or sheet.campaign_id != campaign.id:
        abort(404)
    clock_ = parts().clock
    paper.note_printed(parts().sessions, sheet, by=current_user.id, now=clock_.now())
    frame = load_frame(session(), campaign.id)
    found = stored.rows(session(), campaign.id, sheet.id)
    lines = [_printed(campaign, sheet, frame, row) for row in found]
    first = Place.of(found[0].place) if found else Place("", ())
    kind = Kind(sheet.kind)
    script = paper.script_on_paper(session(), frame, first, "en") if kind is Kind.CALLS else ""
    return render_template(
        "paper/print.html",
        campaign=campaign,
        sheet=sheet,
        pages=[lines[at : at + LINES_A_PAGE] for at in range(0, len(lines), LINES_A_PAGE)],
        legend=legend(kind),
        script=script,
        made_on=day_at(sheet.created_at, campaign.zone),
        limits=_limits(campaign, sheet, frame, found),
        square=_square(campaign.id, sheet.code),
        now=clock_.now(),
    )


def _printed(campaign: Campaign, sheet: Sheet, frame: Frame, row: Row) -> Printed:
    place = Place.of(row.place)
    zone = place.clock(campaign.zone).key
    until = paper.call_until(sheet, frame, place)
    there, here = (clock(until, one) if until else "" for one in (zone, campaign.zone))
    return Printed(
        row,
        campaign.polling_day.year - row.birth_year if row.birth_year else None,
        clock(frame.schedule.polls_close_at(place), zone),
        there,
        here if here != there else "",
    )


def _limits(
    campaign: Campaign, sheet: Sheet, frame: Frame, rows: Sequence[Row]
) -> list[tuple[str, str, str]]:
    """Each zone of a call sheet with the first instant there from which nobody may be called, on
    its clock and on the campaign's (empty where that shows the same)."""
    first: dict[str, datetime] = {}
    for place in map(Place.of, dict.fromkeys(row.place for row in rows)):
        until, zone = paper.call_until(sheet, frame, place), place.clock(campaign.zone).key
        if until is not None:
            first[zone] = min(until, first.get(zone, until))
    said = [
        (zone_name(zone), clock(at, zone), clock(at, campaign.zone)) for zone, at in first.items()
    ]
    return [(zone, there, here if here != there else "") for zone, there, here in said]


@bp.route("/enter", methods=["GET", "POST"])
@open_to("organizer")
def enter(campaign_id: int) -> ResponseReturnValue:
    """The page to type results into; lines that were wrong stay to be mended."""
    campaign, clock_ = campaign_of(campaign_id), parts().clock
    typed = request.form.get("typed", "")[:LONGEST_TYPED]
    found: list[Entered] = []
    if request.method == "POST":
        found = enter_lines(
            parts().sessions,
            campaign.id,
            read_typed(typed)[:MOST_LINES],
            by=current_user.id,
            now=clock_.now(),
            wall=clock_.wall(),
            speed=clock_.speed,
        )
    code = request.args.get("code", "")[:8]
    return render_template(
        "paper/enter.html",
        campaign=campaign,
        found=[(one, answer(one)) for one in found],
        left="\n".join(one.said for one in found if not one.fine) or (f"{code} " if code else ""),
        fine=sum(one.fine for one in found),
        legends={one: legend(one) for one in Kind},
        most=MOST_LINES,
    )


def _page(campaign: Campaign, problem: str = "") -> str:
    return render_template(
        "paper/show.html",
        campaign=campaign,
        sheets=stored.sheets_of(session(), campaign.id),
        precincts=stored.precincts(session()),
        problem=problem,
        said=request.form,
        hours=HOURS,
        most=MOST_LINES,
        page=LINES_A_PAGE,
        new_code=partial(paper.new_code, session()),
        now=parts().clock.now(),
    )


def _refused(refused: SheetRefused, asked: NewSheet) -> str:
    if refused.code == "closed":
        return _("The campaign is closed: nobody is called or visited for it any more.")
    if refused.code == "precinct":
        return _("Name the precinct, as the voter file writes it.")
    if asked.kind is Kind.DOORS:
        return _(
            "Nobody in this precinct and street is left to visit. Look at how the file writes it."
        )
    return _("Nobody may be called at this moment, so there is nothing to put on a sheet.")


def _square(campaign_id: int, code: str) -> str:
    """The code as a square for a camera, an image's address; it opens the page to type into."""
    page = url_for(".enter", campaign_id=campaign_id, code=code)
    address = parts().settings.public_url.rstrip("/") + page
    return str(segno.make(address).svg_data_uri(scale=3, border=2))
