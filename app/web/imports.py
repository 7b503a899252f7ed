"""What was imported, and the rows that did not go in."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, stream_with_context

from app.store import desks
from app.store.imports import ImportRun, RejectedRow
from app.web.guard import open_to
from app.web.sessions import parts, session

bp = Blueprint("imports", __name__, url_prefix="/imports")

COUNTS = {
    "read": "read",
    "new": "new",
    "changed": "changed",
    "unchanged": "unchanged",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "kept_without_phone": "kept without a phone",
}
"""What a run counts, in the order of the page; the database keeps no order."""


@bp.get("")
@open_to("organizer")
def index() -> str:
    """The last runs, newest first."""
    return render_template(
        "imports.html", runs=desks.import_runs(session()), counts=COUNTS, now=parts().clock.now()
    )


@bp.get("/<int:run_id>/rejects.csv")
@open_to("organizer")
def rejects(run_id: int) -> Response:
    """The rejected rows of a run, as a file for a spreadsheet."""
    if session().get(ImportRun, run_id) is None:
        abort(404)
    lines = stream_with_context(_lines(desks.rejects(session(), run_id)))
    name = f"rejects-{run_id}.csv"
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterator[RejectedRow]) -> Iterator[str]:
    yield _line(["row", "reason", "as read"])
    for row in rows:
        yield _line([str(row.row_number), tame(row.reason), tame(row.raw)])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def tame(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell
