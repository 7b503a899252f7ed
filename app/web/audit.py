"""The audit log: who did what, when, to what. It is read here; nobody changes it.

Admins see all of it. Organizers may open every campaign, and see all but entries on accounts; of
those they see what concerns their own account, people of their campaign, or the campaign itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.local import instant
from app.services.report_file import Sheet, as_csv
from app.services.reports import note_audit_download
from app.store import audit as stored
from app.store import board
from app.store.audit import Entry, Place, Wanted, Within
from app.web.audit_details import Known, campaigns_of
from app.web.audit_words import Told, accounts_in, action_words, kind_words, told
from app.web.guard import may, open_to
from app.web.sessions import parts, session

bp = Blueprint("audit", __name__, url_prefix="/audit")

SPACED = frozenset({"import", "universe"})
"""Kinds of subject that the log writes with a space before their number."""


@bp.get("")
@open_to("organizer")
def index() -> str:
    """A page of entries, newest first, and the form that says which."""
    zone = _zone()
    page = stored.page(session(), _wanted(zone), _after())
    return render_template(
        "audit/index.html",
        page=page,
        told=_told(page.entries),
        people=stored.people(session()),
        actions=sorted(action_words().items(), key=lambda one: one[1]),
        kinds=sorted(kind_words().items(), key=lambda one: one[1]),
        asked=request.args,
        filtered=any(request.args.get(one) for one in FILTERS),
        older=_older(page.next),
        zone=zone,
        now=parts().clock.wall(),
        all_of_it=may("admin"),
        scanned=stored.SCANNED,
    )


FILTERS = ("person", "action", "kind", "number", "first", "last")


@bp.post("/download")
@open_to("organizer")
def download() -> ResponseReturnValue:
    """The entries that are asked for as CSV; that it was taken away is an entry too."""
    wanted = _wanted(_zone())
    note_audit_download(
        parts().sessions,
        by=current_user.id,
        now=parts().clock.now(),
        asked={one: request.values[one] for one in FILTERS if request.values.get(one)},
    )
    page = stored.page(session(), wanted, None, stored.MOST_TAKEN)
    head = ["at (UTC)", "account", "name", "action", "words", "subject", "details"]
    rows = list(_rows(page.entries))
    return Response(
        as_csv(Sheet("Audit", head, rows)),
        mimetype="text/csv",
        headers={
            "Content-Disposition": 'attachment; filename="audit.csv"',
            "Cache-Control": "no-store",
        },
    )


def _rows(entries: list[Entry]) -> Iterator[list[str | int | None]]:
    for one in _told(entries):
        entry = one.entry
        at = entry.at.astimezone(UTC).isoformat()
        yield [at, entry.user_id, one.who, entry.action, one.what, entry.subject, one.details]


def _told(entries: list[Entry]) -> list[Told]:
    known = Known(
        stored.names(session(), accounts_in(entries)),
        stored.campaigns(session(), campaigns_of(entries)),
        _zone(),
    )
    return [told(one, known) for one in entries]


def _wanted(zone: str) -> Wanted:
    asked = request.values
    kind, number = asked.get("kind", ""), asked.get("number", "").strip()
    first, last = _day(asked.get("first", "")), _day(asked.get("last", ""))
    return Wanted(
        user_id=asked.get("person", type=int),
        action=asked.get("action", ""),
        subject=f"{kind}{' ' if kind in SPACED else ':'}{number}" if kind and number else "",
        begin=instant(first, time.min, zone) if first else None,
        end=instant(last + timedelta(days=1), time.min, zone) if last else None,
        within=None if may("admin") else Within(current_user.id, current_user.campaign_id),
    )


def _zone() -> str:
    """The clock on which the page says its times: that of the first campaign."""
    campaigns = board.campaigns(session())
    return campaigns[0].zone if campaigns else "UTC"


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _after() -> Place | None:
    """Where the page begins, from the address; what makes no sense begins at the newest."""
    at, _sign, number = request.args.get("after", "").partition("~")
    try:
        return Place(datetime.fromisoformat(at).astimezone(UTC), int(number))
    except ValueError:
        return None


def _older(place: Place | None) -> dict[str, str]:
    """The address of the next page: what was asked, and where it begins."""
    if place is None:
        return {}
    asked = {one: request.args[one] for one in FILTERS if request.args.get(one)}
    return {**asked, "after": f"{place.at.astimezone(UTC).isoformat()}~{place.id}"}
