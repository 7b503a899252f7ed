"""Exports: voters, contacts and results as files, with the number of rows before."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import universes
from app.services.export import (
    FORMATS,
    KINDS,
    Asked,
    Export,
    ExportRefused,
    begin,
    prepare,
    written,
)
from app.store import board
from app.web.guard import open_to
from app.web.sessions import parts, session

bp = Blueprint("exports", __name__, url_prefix="/exports")

TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("")
@open_to("organizer")
def index() -> str:
    """The form; with a kind, how many rows that would be."""
    return render_template("exports/index.html", **_count())


@bp.get("/count")
@open_to("organizer")
def count() -> str:
    """How many rows alone, for the form that asks while one chooses."""
    return render_template("exports/_count.html", **_count())


@bp.post("")
@open_to("organizer")
def download() -> ResponseReturnValue:
    """The file, streamed; noted in the audit log before its first byte."""
    form = request.form.get("format", "csv")
    settings = parts().settings
    try:
        ready = begin(
            parts().sessions,
            _asked(request.form),
            form,
            by=current_user.id,
            at=parts().clock.now(),
            country=settings.country,
        )
    except ExportRefused as problem:
        return render_template("exports/index.html", **_page(request.form, str(problem))), 422
    return Response(
        written(parts().engine, ready, form),
        mimetype=TYPES[form],
        headers={
            "Content-Disposition": f'attachment; filename="{_ascii(ready.name)}.{form}"',
            "Cache-Control": "no-store",
        },
    )


def _count() -> dict[str, Any]:
    ready: Export | None = None
    problem = ""
    if "kind" in request.args:
        try:
            ready = prepare(
                session(),
                _asked(request.args),
                now=parts().clock.now(),
                country=parts().settings.country,
            )
        except ExportRefused as refusal:
            problem = str(refusal)
    return {**_page(request.args, problem), "ready": ready}


def _asked(form: Any) -> Asked:
    return Asked(
        form.get("kind", "voters"),
        form.get("campaign", type=int),
        form.get("universe", "").strip(),
    )


def _page(form: Any, problem: str) -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "formats": FORMATS,
        "campaigns": board.campaigns(session()),
        "universes": universes.listed(session()),
        "form": form,
        "problem": problem,
        "ready": None,
    }


def _ascii(name: str) -> str:
    return name.encode("ascii", "ignore").decode() or "export"
