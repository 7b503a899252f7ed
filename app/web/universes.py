"""Universes: the list, the builder of a filter with its live count, and what they share."""

import json
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.condition import FIELDS, Ask, BadUniverse
from app.domain.condition_json import RESULTS, read_text, write
from app.domain.election import ELECTION_KINDS
from app.domain.universe import Universe
from app.services import universes
from app.store import universes as stored
from app.store.universe_sql import Asking, elections
from app.web import call_words
from app.web.background import at_it, reckoned
from app.web.filter_words import in_words, value_in_words
from app.web.guard import open_to
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import marked
from app.web.tongue import translated as _
from app.web.words import number

bp = Blueprint("universes", __name__, url_prefix="/universes")

LONGEST_FILTER = 200_000


@bp.get("")
@open_to("organizer")
def index() -> str:
    """All saved universes; the page asks for their counts one by one."""
    return render_template(
        "universes/index.html",
        universes=universes.listed(session()),
        most=universes.MOST_COMPARED,
        in_words=in_words,
        now=parts().clock.now(),
    )


@bp.route("/new", methods=["GET", "POST"])
@open_to("organizer")
def new() -> ResponseReturnValue:
    """The builder, empty."""
    if request.method == "POST":
        return _save(None)
    return _builder(None, "", "{}")


@bp.route("/<int:universe_id>", methods=["GET", "POST"])
@open_to("organizer")
def show(universe_id: int) -> ResponseReturnValue:
    """The builder with a saved universe in it."""
    if request.method == "POST":
        return _save(universe_id)
    found = _find(universe_id)
    return _builder(universe_id, found.name, _pretty(write(found.condition)))


@bp.post("/<int:universe_id>/delete")
@open_to("organizer")
def delete(universe_id: int) -> ResponseReturnValue:
    """Delete a universe that no other refers to."""
    now = parts().clock.wall()
    try:
        name = universes.delete(parts().sessions, universe_id, now=now, by=current_user.id)
    except BadUniverse as refused:
        flash(_sentence(refused), "bad")
        return redirect(url_for(".show", universe_id=universe_id), 303)
    flash(
        _(
            "“%(name)s” is deleted. Campaigns keep the filter that they were set up with.",
            name=name,
        ),
        "good",
    )
    return redirect(url_for(".index"), 303)


@bp.post("/count")
@open_to("organizer")
def count() -> ResponseReturnValue:
    """What the filter in the builder means: counts by channel, its words, a few voters."""
    try:
        said = read_text(request.form.get("filter", "{}")[:LONGEST_FILTER])
        condition = Universe.from_json(said).condition
        rough = "rough" in request.form and stored.is_large(session())
        counted = universes.count(session(), said, _asking(), rough=rough)
        people = stored.sample_of(session(), condition, _asking())
    except BadUniverse as refused:
        return jsonify(problem=_sentence(refused), path=refused.path)
    return jsonify(**_counted(counted), rough=rough, words=in_words(condition), people=people)


@bp.get("/<int:universe_id>/count")
@open_to("organizer")
def count_saved(universe_id: int) -> ResponseReturnValue:
    """How many voters a saved universe has now."""
    try:
        condition, asking = _find(universe_id).condition, _asking()
        key = ("universe", universe_id, str(condition), asking.day)
        found = reckoned(key, lambda own: stored.count_universe(own, condition, asking))
        return at_it() if found is None else jsonify(**_counted(found))
    except BadUniverse as refused:
        return jsonify(problem=_sentence(refused))


@bp.get("/choices/<field>")
@open_to("organizer")
def choices(field: str) -> ResponseReturnValue:
    """The values on file of a field, with how many voters have each."""
    column = request.args.get("column", "")
    try:
        key = ("choices", field, column)
        found = reckoned(key, lambda own: stored.choices(own, field, column))
    except KeyError:
        abort(404)
    if found is None:
        return at_it()
    return jsonify(
        [
            {"value": value, "label": value_in_words(field, value), "count": number(voters)}
            for value, voters in found
        ]
    )


@bp.get("/overlap")
@open_to("organizer")
def overlap() -> str:
    """How many voters each two of the chosen universes share."""
    everything = universes.listed(session())
    numbers = set(request.args.getlist("universe", type=int))
    chosen = [one for one in everything if one.id in numbers]
    problem, matrix = "", []
    try:
        matrix = universes.compare(session(), chosen, _asking()) if numbers else []
    except BadUniverse as refused:
        problem = _sentence(refused)
    return render_template(
        "universes/overlap.html",
        universes=everything,
        chosen=chosen,
        matrix=matrix,
        problem=problem,
        most=universes.MOST_COMPARED,
    )


def _save(universe_id: int | None) -> ResponseReturnValue:
    name, said = request.form.get("name", ""), request.form.get("filter", "")
    try:
        if len(said) > LONGEST_FILTER:
            raise BadUniverse(marked("this filter is too long; save a part of it as a universe"))
        saved = universes.save(
            parts().sessions,
            name,
            Universe.from_json(read_text(said or "{}")).to_json(),
            now=parts().clock.wall(),
            by=current_user.id,
            universe_id=universe_id,
        )
    except universes.BadName as refused:
        return _builder(universe_id, name, said, wrong_name=_sentence(refused)), 422
    except BadUniverse as refused:
        problem = _sentence(refused)
        return _builder(universe_id, name, said, problem=problem, path=refused.path), 422
    flash(_("“%(name)s” is saved.", name=universes.by_id(session(), saved).name), "good")
    return redirect(url_for(".show", universe_id=saved), 303)


def _builder(
    universe_id: int | None,
    name: str,
    said: str,
    *,
    problem: str = "",
    wrong_name: str = "",
    path: tuple[int, ...] = (),
) -> str:
    return render_template(
        "universes/edit.html",
        universe_id=universe_id,
        name=name,
        said=said,
        problem=problem,
        wrong_name=wrong_name,
        path=path,
        facts=_facts(universe_id),
        day=_asking().day,
    )


def _facts(universe_id: int | None) -> dict[str, Any]:
    """What the builder offers beside the values that it asks for one by one."""
    days = {(one.day, one.kind) for one in elections(session())}
    return {
        "fields": [
            {
                "name": field.name,
                "title": retold(field.title),
                "topic": retold(field.topic),
                "asks": [ask.value for ask in Ask if ask in field.asks],
                "low": field.low,
                "high": field.high,
            }
            for field in FIELDS.values()
        ],
        "elections": [[day.isoformat(), kind] for day, kind in sorted(days, reverse=True)],
        "kinds": [[kind, retold(kind)] for kind in ELECTION_KINDS],
        "questions": stored.questions(session()),
        "columns": stored.extra_columns(session()),
        "universes": [one.name for one in universes.listed(session()) if one.id != universe_id],
        "results": [[one, call_words.RESULTS.get(one) or retold(one.title())] for one in RESULTS],
    }


def _find(universe_id: int) -> universes.Named:
    try:
        return universes.by_id(session(), universe_id)
    except universes.NoUniverse:
        abort(404)


def _asking() -> Asking:
    return universes.asking(session(), parts().clock.now(), parts().settings.country)


def _counted(found: stored.UniverseCount) -> dict[str, str]:
    return {
        "voters": number(found.voters),
        "call": number(found.callable),
        "text": number(found.textable),
        "email": number(found.mailable),
    }


def _pretty(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)


def _sentence(refused: BadUniverse) -> str:
    words = retold(refused)
    return f"{words[:1].upper()}{words[1:]}."
