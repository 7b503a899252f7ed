"""Reports: what was done and what came of it, to look at, to print and to take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.local import instant
from app.domain.outcome import Each, Share
from app.services import report_file, reports
from app.services.count_reports import days_of
from app.services.report_file import Sheet
from app.services.reports import PARTS, Line
from app.store import reports as stored
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.reports_chart import charts
from app.web.reports_tables import SPLITS, Table, part_words, table
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("reports", __name__, url_prefix="/campaigns/<int:campaign_id>/reports")

TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ON_PAPER = 6
"""Lines of a table on the daily report, so that it stays one page."""


@dataclass(frozen=True)
class Asked:
    """What of a campaign is asked for: a part, of a day or of all days for None."""

    campaign: Campaign
    day: date | None
    part: str
    split: str
    days: Sequence[date]
    counted: dict[date, datetime]


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """One table with its charts, of a day or of the whole campaign."""
    asked = _asked(campaign_id)
    found = _table(asked)
    days = reports.days(session(), campaign_id, asked.days[0], asked.days[-1])
    chosen = [one for one in days if asked.day is None or one.key == asked.day.isoformat()]
    return render_template(
        "reports/show.html",
        **_words(asked),
        table=found,
        charts=charts(found),
        sum=reports.total(chosen),
        parts=part_words(),
        splits=SPLITS,
        ago=_counted_ago(asked),
    )


@bp.get("/daily")
@open_to("organizer")
def daily(campaign_id: int) -> ResponseReturnValue:
    """One day on one page, for the printer; today unless another is asked for."""
    asked = _asked(campaign_id)
    day = asked.day or asked.days[-1]
    begin, end = (
        instant(one, time.min, asked.campaign.zone) for one in (day, day + timedelta(days=1))
    )
    chosen = Asked(asked.campaign, day, "day", "all", asked.days, asked.counted)
    tables = {part: _table(chosen, part) for part in ("hour", "result", "user", "sender")}
    return render_template(
        "reports/daily.html",
        **{**_words(chosen), "day": day},
        sum=_sum(chosen, day),
        planned=stored.planned(session(), campaign_id, begin, end),
        tables=tables,
        answers=_table(chosen, "answer"),
        charts=charts(tables["hour"]),
        most=ON_PAPER,
        counted_at=parts().clock.now() - ago if (ago := _counted_ago(chosen)) is not None else None,
    )


@bp.post("/download")
@open_to("organizer")
def download(campaign_id: int) -> ResponseReturnValue:
    """A table as CSV, or all of them as one book; noted in the audit log before the first byte."""
    asked = _asked(campaign_id)
    form = request.values.get("format", "csv")
    if form not in TYPES:
        flash(_("Choose CSV or XLSX."), "bad")
        return redirect(url_for(".show", campaign_id=campaign_id), 303)
    if form == "csv":
        body = report_file.as_csv(_sheet(_table(asked, whole=True)))
    else:
        whole = [_table(asked, part, whole=True) for part in PARTS]
        body = report_file.as_xlsx([_sheet(one) for one in whole])
    what = asked.part if form == "csv" else "all"
    reports.note_download(
        parts().sessions,
        campaign_id,
        by=current_user.id,
        now=parts().clock.now(),
        what=what,
        day=asked.day,
        form=form,
    )
    name = f"report-{campaign_id}-{what}-{asked.day or 'whole'}.{form}"
    return Response(
        body,
        mimetype=TYPES[form],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _asked(campaign_id: int) -> Asked:
    """What the address or the form asks for; what makes no sense is the whole campaign by day."""
    campaign = campaign_of(campaign_id)
    counted = stored.counted_days(session(), campaign_id)
    now = parts().clock.now()
    today = now.astimezone(ZoneInfo(campaign.zone)).date()
    days = sorted({*counted, *days_of(campaign, now)}) or [today]
    day = _day(request.values.get("day", ""))
    part = request.values.get("by", "day")
    split = request.values.get("split", "all")
    return Asked(
        campaign,
        day if day in days else None,
        part if part in PARTS else "day",
        split if split in SPLITS else "all",
        days,
        counted,
    )


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _table(asked: Asked, part: str = "", *, whole: bool = False) -> Table:
    return table(
        session(),
        asked.campaign,
        part or asked.part,
        asked.day,
        now_days=asked.days,
        whole=whole,
        split=asked.split,
    )


def _sheet(found: Table) -> Sheet:
    return Sheet(part_words()[found.part], found.head, found.rows)


def _sum(asked: Asked, day: date) -> Line:
    return reports.total(reports.days(session(), asked.campaign.id, day, day))


def _counted_ago(asked: Asked) -> timedelta | None:
    """How long ago, on the campaign's clock, what is shown was counted; None where nothing was. The
    whole campaign is as old as its latest day: days before may have been counted since, and tell
    nothing of it."""
    day = asked.day or max(asked.counted, default=None)
    at = asked.counted.get(day) if day else None
    clock = parts().clock
    return (clock.wall() - at) * clock.speed if at else None


def _words(asked: Asked) -> dict[str, object]:
    """What both pages show around their numbers."""
    return {
        "campaign": asked.campaign,
        "day": asked.day,
        "days": list(reversed(asked.days)),
        "part": asked.part,
        "split": asked.split,
        "now": parts().clock.now(),
        "used": list(Channel),
        "cell_kind": cell_kind,
    }


def cell_kind(cell: object) -> str:
    """How the template writes a cell: share, each, money, day, number, words."""
    kinds = {Share: "share", Each: "each", date: "day", int: "number", str: "words"}
    return kinds.get(type(cell), "money")
