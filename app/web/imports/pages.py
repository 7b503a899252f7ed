"""The pages of imports: the list of runs, and one page for each that follows its state."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import (
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.spreadsheet import harmless
from app.services import import_runs
from app.services.rejects import ImportRefused
from app.store import desks, import_desk
from app.store.engine import Sessions
from app.store.imports import ENDED, WAITING, WORKING, ImportRun
from app.store.people import User
from app.web.beats import beats
from app.web.guard import open_to
from app.web.imports import words
from app.web.imports.blueprint import bp, is_here, run_of
from app.web.imports.drafts import draft_page
from app.web.sessions import parts, session
from app.web.tongue import translated as _

MOVING = (*WAITING, *WORKING)


@bp.get("")
@open_to("organizer")
def index() -> str:
    """The last runs, newest first, and the form that takes a file."""
    return _index()


def _index(problem: str = "") -> str:
    runs = desks.import_runs(session())
    return render_template(
        "imports/index.html",
        runs=runs,
        moving=any(run.state in MOVING for run in runs),
        problem=problem,
        now=parts().clock.now(),
    )


@bp.post("/files")
@open_to("organizer")
def receive() -> ResponseReturnValue:
    """Take a file: as the whole body, from our script, or as a field of a form."""
    by_script = request.mimetype == "application/octet-stream"
    name = request.args.get("name", "")
    stream: Any = request.stream
    if not by_script:
        file = request.files.get("file")
        if file is None or not file.filename:
            return _index(_("Choose a file first.")), 422
        name, stream = file.filename, file.stream
    try:
        run_id = import_runs.receive(
            parts().sessions,
            parts().settings.uploads,
            stream,
            name,
            by=current_user.id,
            at=parts().clock.now(),
        )
    except ImportRefused as refused:
        problem = words.sentence(str(refused))
        return (jsonify(problem=problem) if by_script else _index(problem)), 422
    url = url_for("imports.show", run_id=run_id)
    return (jsonify(url=url), 201) if by_script else redirect(url, 303)


@bp.get("/<int:run_id>")
@open_to("organizer")
def show(run_id: int) -> str:
    """What a file is, how far it is, or what came of it."""
    run = run_of(run_id)
    if run.state == "draft":
        return draft_page(run)
    return render_template("imports/show.html", **_facts(run))


@bp.get("/<int:run_id>/live")
@open_to("organizer")
def live(run_id: int) -> str:
    """How far a run is; empty once it is anywhere else."""
    run = run_of(run_id)
    return render_template("imports/_live.html", **_facts(run)) if run.state in MOVING else ""


@bp.post("/<int:run_id>/start")
@open_to("organizer")
def start(run_id: int) -> ResponseReturnValue:
    """Import what was checked, or try again what failed."""
    run, check = run_of(run_id), request.form.get("check") == "1"
    seen = request.form.get("state", "")
    if run.state == seen and run.state in ("checked", "failed") and run.layout:
        now = parts().clock.now()
        import_runs.start(parts().sessions, run_id, check=check, by=current_user.id, at=now)
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.post("/<int:run_id>/draft")
@open_to("organizer")
def change(run_id: int) -> ResponseReturnValue:
    """Back to the mapping, with what was said before."""
    run = run_of(run_id)
    if run.state in ("checked", "failed"):
        import_runs.choose(
            parts().sessions,
            run_id,
            kind=run.kind,
            layout=run.layout,
            mapping=run.mapping,
            options=run.options,
        )
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.post("/<int:run_id>/cancel")
@open_to("organizer")
def cancel(run_id: int) -> ResponseReturnValue:
    """Cancel a run: at once, or within seconds if a worker has it."""
    run = run_of(run_id)
    left = run.state == "draft"
    state = import_runs.cancel(
        parts().sessions, parts().settings.uploads, run_id, at=parts().clock.now()
    )
    if state is None:
        flash(
            _("%(file)s has ended already, so there was nothing to cancel.", file=run.filename),
            "info",
        )
    elif left:
        flash(_("%(file)s was deleted here. Nothing of it is stored.", file=run.filename), "info")
        return redirect(url_for("imports.index"), 303)
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.get("/<int:run_id>/rejects.csv")
@open_to("organizer")
def rejects(run_id: int) -> Response:
    """The rejected rows of a run, as a file for a spreadsheet."""
    count = run_of(run_id).counts.get("rejected", 0)
    now = parts().clock.now()
    import_runs.note_rejects(parts().sessions, run_id, rows=count, by=current_user.id, at=now)
    lines = _lines(parts().sessions, run_id)
    name = f"rejects-{run_id}.csv"
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(sessions: Sessions, run_id: int) -> Iterator[str]:
    yield "\ufeff"  # or a spreadsheet takes UTF-8 for something else
    yield _line(["row", "reason", "as read"])
    with sessions() as own:  # the request's is put away before the first row is taken
        for row in desks.rejects(own, run_id):
            yield _line([str(row.row_number), harmless(row.reason), harmless(row.raw)])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _facts(run: ImportRun) -> dict[str, Any]:
    """What the page of a run that is no draft shows."""
    now, wall = parts().clock.now(), parts().clock.wall()
    facts: dict[str, Any] = {"run": run, "now": now, "here": is_here(run)}
    if run.state in MOVING:
        check = run.state in ("check_queued", "checking")
        steps = words.steps(check)
        waits = run.state in WAITING
        workers = [one for one in beats(session(), wall) if one.alive]
        return facts | {
            "part": "working",
            "steps": steps,
            "step": words.step(run),
            "at": [name for name, _ in steps].index(words.step(run)),
            "stage_words": words.STAGES.get(run.stage, words.STAGES[""]),
            "no_worker": bool(run.stored_as) and waits and not workers,
            "no_file": waits and bool(run.stored_as) and not facts["here"],
            "dead": not waits and run.lease_until is not None and run.lease_until < wall,
        }
    if run.state in ENDED[1:]:
        return facts | {"part": "ended"}
    return facts | {
        "part": run.state,
        "reasons": import_desk.reasons(session(), run.id),
        "samples": import_desk.first_rejects(session(), run.id),
        "useful": words.useful(run.counts),
        "row_word": words.row_word(run.kind),
        "row_words": words.row_words(run.kind),
        "warnings": words.warnings(run),
        "next_steps": list(words.next_steps(run.kind)),
        "by": _name(run.created_by),
    }


def _name(user_id: int | None) -> str:
    user = session().get(User, user_id) if user_id else None
    return user.name if user else ""
