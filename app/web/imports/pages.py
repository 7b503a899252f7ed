"""The pages of imports: the list of runs, and one page for each that follows its state."""

import csv
import io
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.kind import KINDS
from app.domain.spreadsheet import harmless
from app.services import import_runs
from app.services.loader import Setting
from app.services.look import look
from app.services.rejects import ImportRefused
from app.store import board, desks, import_desk
from app.store.imports import ENDED, WAITING, WORKING, ImportRun, RejectedRow
from app.store.people import User
from app.web.dashboard import beats
from app.web.guard import open_to
from app.web.imports import words
from app.web.imports.asked import Around
from app.web.imports.choice import WITHDRAW, Choice, Chooser, layout_name
from app.web.imports.draft import Draft, draft_of, options_of
from app.web.sessions import parts, session

bp = Blueprint("imports", __name__, url_prefix="/imports")

MOVING = (*WAITING, *WORKING)

_look = lru_cache(maxsize=4)(look)
"""A stored file never changes, and a large spreadsheet takes seconds to open."""


@bp.url_value_preprocessor
def take_any_size(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be of any size; said before anything else looks at the request."""
    if endpoint == "imports.receive":
        request.max_content_length = sys.maxsize  # None would mean the limit of forms


@bp.context_processor
def in_words() -> dict[str, Any]:
    """Words of runs, for the templates of this blueprint."""
    return {name: getattr(words, name) for name in words.FOR_TEMPLATES}


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
            return _index("Choose a file first."), 422
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
        problem = f"{str(refused)[:1].upper()}{str(refused)[1:]}."
        return (jsonify(problem=problem) if by_script else _index(problem)), 422
    url = url_for("imports.show", run_id=run_id)
    return (jsonify(url=url), 201) if by_script else redirect(url, 303)


@bp.get("/<int:run_id>")
@open_to("organizer")
def show(run_id: int) -> str:
    """What a file is, how far it is, or what came of it."""
    run = _run(run_id)
    if run.state == "draft":
        return _draft_page(run)
    return render_template("imports/show.html", **_facts(run))


@bp.get("/<int:run_id>/live")
@open_to("organizer")
def live(run_id: int) -> str:
    """How far a run is; empty once it is anywhere else."""
    run = _run(run_id)
    return render_template("imports/_live.html", **_facts(run)) if run.state in MOVING else ""


@bp.post("/<int:run_id>/preview")
@open_to("organizer")
def preview_draft(run_id: int) -> ResponseReturnValue:
    """The draft as the form has it now; nothing is kept."""
    run = _run(run_id)
    if run.state != "draft":
        return redirect(url_for("imports.show", run_id=run_id), 303)
    return _draft_page(run, from_form=True)


@bp.post("/<int:run_id>")
@open_to("organizer")
def decide(run_id: int) -> ResponseReturnValue:
    """Keep what the form says and check the file, or import it; or show the draft again."""
    run, action = _run(run_id), request.form.get("action", "check")
    here = redirect(url_for("imports.show", run_id=run_id), 303)
    if run.state != "draft":
        return here
    if action in ("look", "all"):
        return _draft_page(run, from_form=True)
    try:
        chooser = _chooser(run)
    except ImportRefused:
        return here
    around = _around()
    choice = chooser.of_form(request.form)
    draft = _draft(run, chooser, choice, around)
    if draft.problems:
        return _draft_page(run, from_form=True, refused=True), 422
    facts = chooser.facts(choice)
    now, by = parts().clock.now(), current_user.id
    kept = import_runs.choose(
        parts().sessions,
        run_id,
        kind=choice.kind,
        layout=layout_name(choice),
        mapping=facts,
        options=options_of(choice, draft.settings, around),
    )
    if kept and facts and choice.own and choice.save_as:
        facts_kept = {**facts, "title": choice.save_as}
        import_runs.remember(
            parts().sessions, choice.save_as, choice.kind, facts_kept, by=by, at=now
        )
    if kept:
        check = action != "import" or choice.missing == WITHDRAW
        if check and action == "import":
            flash(
                "Voters would be taken off every list, so the whole file is checked first.", "info"
            )
        import_runs.start(parts().sessions, run_id, check=check, by=by, at=now)
    return here


@bp.post("/<int:run_id>/start")
@open_to("organizer")
def start(run_id: int) -> ResponseReturnValue:
    """Import what was checked, or try again what failed."""
    run, check = _run(run_id), request.form.get("check") == "1"
    seen = request.form.get("state", "")
    if run.state == seen and run.state in ("checked", "failed") and run.layout:
        now = parts().clock.now()
        import_runs.start(parts().sessions, run_id, check=check, by=current_user.id, at=now)
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.post("/<int:run_id>/draft")
@open_to("organizer")
def change(run_id: int) -> ResponseReturnValue:
    """Back to the mapping, with what was said before."""
    run = _run(run_id)
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
    run = _run(run_id)
    left = run.state == "draft"
    state = import_runs.cancel(
        parts().sessions, parts().settings.uploads, run_id, at=parts().clock.now()
    )
    if state is None:
        flash(f"{run.filename} has ended already, so there was nothing to cancel.", "info")
    elif left:
        flash(f"{run.filename} was deleted here. Nothing of it is stored.", "info")
        return redirect(url_for("imports.index"), 303)
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.get("/<int:run_id>/rejects.csv")
@open_to("organizer")
def rejects(run_id: int) -> Response:
    """The rejected rows of a run, as a file for a spreadsheet."""
    _run(run_id)
    lines = stream_with_context(_lines(desks.rejects(session(), run_id)))
    name = f"rejects-{run_id}.csv"
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterator[RejectedRow]) -> Iterator[str]:
    yield "\ufeff"  # or a spreadsheet takes UTF-8 for something else
    yield _line(["row", "reason", "as read"])
    for row in rows:
        yield _line([str(row.row_number), harmless(row.reason), harmless(row.raw)])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _run(run_id: int) -> ImportRun:
    return session().get(ImportRun, run_id, populate_existing=True) or abort(404)


def _here(run: ImportRun) -> bool:
    """Whether the file itself is on this machine."""
    return bool(run.stored_as) and (parts().settings.uploads / run.stored_as).is_file()


def _chooser(run: ImportRun) -> Chooser:
    """Knows the file; raises ImportRefused if it cannot be read."""
    if not _here(run):
        raise ImportRefused(
            "the file is not on this machine, or was deleted after waiting too long; send it again"
        )
    kind = request.form.get("kind") or (run.kind if run.layout else None)
    path = parts().settings.uploads / run.stored_as
    seen = _look(path, run.filename, kind if kind in KINDS else None)
    return Chooser(
        seen,
        run,
        import_runs.saved_mappings(session()),
        country=parts().settings.country,
    )


def _around() -> Around:
    return Around(import_desk.sources(session()), board.campaigns(session()))


def _draft(run: ImportRun, chooser: Chooser, choice: Choice, around: Around) -> Draft:
    clock = parts().clock
    setting = Setting(
        source=choice.source,
        country=choice.country or parts().settings.country,
        at=clock.now(),
        wall=clock.wall(),
        options={"campaign": choice.campaign} if choice.campaign else {},
    )
    show_all = request.form.get("action") == "all" or request.values.get("all") == "1"
    return draft_of(chooser, choice, around, setting, name=run.filename, show_all=show_all)


def _draft_page(run: ImportRun, *, from_form: bool = False, refused: bool = False) -> str:
    facts: dict[str, Any] = {"run": run, "part": "draft", "refused": refused, "look": None}
    try:
        chooser = _chooser(run)
        if from_form:
            choice = chooser.of_form(request.form)
        elif run.layout:
            choice = chooser.before()
        else:
            choice = chooser.first(chooser.seen.detected.kind)
        draft = _draft(run, chooser, choice, _around())
        facts |= {**vars(draft), "titles": draft.titles, "kinds": KINDS.values()}
    except ImportRefused as error:
        facts["problem"] = str(error)
    return render_template("imports/show.html", **facts)


def _facts(run: ImportRun) -> dict[str, Any]:
    """What the page of a run that is no draft shows."""
    now, wall = parts().clock.now(), parts().clock.wall()
    facts: dict[str, Any] = {"run": run, "now": now, "here": _here(run)}
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
