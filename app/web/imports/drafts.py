"""The page of a draft: shown, shown again while it is filled in, and decided on."""

from functools import lru_cache
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.kind import KINDS
from app.services import import_runs
from app.services.loader import Setting
from app.services.look import look
from app.services.rejects import ImportRefused
from app.store import board, import_desk
from app.store.imports import ImportRun
from app.web.guard import open_to
from app.web.imports.asked import Around
from app.web.imports.blueprint import bp, is_here, run_of
from app.web.imports.choice import WITHDRAW, Choice, Chooser, layout_name
from app.web.imports.draft import Draft, draft_of, options_of
from app.web.sessions import parts, session
from app.web.tongue import translated as _

_look = lru_cache(maxsize=4)(look)
"""A stored file never changes, and a large spreadsheet takes seconds to open."""


@bp.post("/<int:run_id>/preview")
@open_to("organizer")
def preview_draft(run_id: int) -> ResponseReturnValue:
    """The draft as the form has it now; nothing is kept."""
    run = run_of(run_id)
    if run.state != "draft":
        return redirect(url_for("imports.show", run_id=run_id), 303)
    return draft_page(run, from_form=True)


@bp.post("/<int:run_id>")
@open_to("organizer")
def decide(run_id: int) -> ResponseReturnValue:
    """Keep what the form says and check the file, or import it; or show the draft again."""
    run, action = run_of(run_id), request.form.get("action", "check")
    here = redirect(url_for("imports.show", run_id=run_id), 303)
    if run.state != "draft":
        return here
    if action in ("look", "all"):
        return draft_page(run, from_form=True)
    try:
        chooser = _chooser(run)
    except ImportRefused:
        return here
    around = _around()
    choice = chooser.of_form(request.form)
    draft = _draft(run, chooser, choice, around)
    if draft.problems:
        return draft_page(run, from_form=True, refused=True), 422
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
                _("Voters would be taken off every list, so the whole file is checked first."),
                "info",
            )
        import_runs.start(parts().sessions, run_id, check=check, by=by, at=now)
    return here


def _chooser(run: ImportRun) -> Chooser:
    """Knows the file; raises ImportRefused if it cannot be read."""
    if not is_here(run):
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
    first = _look(parts().settings.uploads / run.stored_as, run.filename, None)
    return draft_of(
        chooser, choice, around, setting, name=run.filename, show_all=show_all, first=first
    )


def draft_page(run: ImportRun, *, from_form: bool = False, refused: bool = False) -> str:
    """The page of a draft, from what is known of its run or from the form."""
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
