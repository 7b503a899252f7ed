"""Voters: search as one types, a page for each with all that is known and done, merges."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.search import parse
from app.services import voter_acts
from app.services.merge import MergeRefused, merge, preview, unmerge
from app.services.people import LANGUAGES
from app.services.voter_acts import ActRefused
from app.store import board, search, voter_page
from app.store.search import Found, TooBroad
from app.store.voters import Voter
from app.web import voter_words
from app.web.guard import open_to
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import channel_name, number

bp = Blueprint("voters", __name__, url_prefix="/voters")


@bp.get("")
@open_to("organizer")
def index() -> str:
    """The search page; with `q`, what it finds. With `with`, to merge one found with that voter."""
    chosen = request.args.get("with", type=int)
    other = session().get(Voter, chosen) if chosen else None
    return render_template("voters/index.html", **_results(other))


@bp.get("/results")
@open_to("organizer")
def results() -> str:
    """The list of results alone, for the page that asks while one types."""
    chosen = request.args.get("with", type=int)
    return render_template(
        "voters/_results.html", **_results(session().get(Voter, chosen) if chosen else None)
    )


def _results(other: Voter | None) -> dict[str, Any]:
    typed = request.args.get("q", "")
    asked = parse(typed, parts().settings.country)
    found: list[Found] = []
    broad = False
    try:
        found = search.find(session(), asked)
    except TooBroad:
        broad = True
    if other is not None:
        found = [each for each in found if each.id != other.id]
    return {
        "typed": typed,
        "asked": asked,
        "found": found,
        "most": search.MOST,
        "broad": broad,
        "other": other,
        "year": parts().clock.now().year,
        "on_file": bool(session().scalar(text("SELECT EXISTS (SELECT FROM voters)"))),
    }


@bp.get("/<int:voter_id>")
@open_to("organizer")
def show(voter_id: int) -> str:
    """Everything known and done; that it was opened goes to the audit log."""
    people = voter_page.people(session(), voter_id) or abort(404)
    clock = parts().clock
    voter_acts.note_view(parts().sessions, voter_id, by=current_user.id, at=clock.now())
    return render_template("voters/show.html", **_facts(people, clock.now()))


def _facts(people: Sequence[Voter], now: datetime) -> dict[str, Any]:
    voter = people[0]
    ids = [each.id for each in people]
    reached = voter_words.addresses(people)
    targets = voter_page.targets(session(), ids)
    zone = targets[0].zone if targets else voter.zones.partition("|")[0] or "UTC"
    days = [day for each in people for day in each.votes]
    return {
        "voter": voter,
        "doubles": people[1:],
        "now": now,
        "zone": zone,
        "origin": voter_page.origin(session(), voter),
        "household": voter_page.household(session(), voter),
        "likely": voter_page.doubles(session(), voter),
        "addresses": reached,
        "marks": voter_page.marks(session(), [each.address for each in reached]),
        "votes": voter_page.votes(session(), sorted({each.source for each in people}), days),
        "ballots": voter_page.ballots(session(), ids),
        "targets": targets,
        "events": voter_page.events(session(), ids, [each.address for each in reached]),
        "answers": voter_page.answers(session(), ids),
        "merges": voter_page.merges(session(), voter.id),
        "log": voter_page.log(session(), voter.id),
        "languages": LANGUAGES,
        "words": voter_words,
    }


@bp.post("/<int:voter_id>/opt-outs")
@open_to("organizer")
def opt_out(voter_id: int) -> ResponseReturnValue:
    """Opt one address out of one channel; `what` is written call:+19195550101."""
    channel, _, address = request.form.get("what", "").partition(":")
    try:
        new = voter_acts.opt_out_address(
            parts().sessions,
            voter_id,
            address,
            Channel(channel) if channel in list(Channel) else abort(400),
            request.form.get("reason", ""),
            by=current_user.id,
            at=parts().clock.now(),
        )
    except ActRefused as problem:
        flash(retold(problem), "bad")
    else:
        flash(_opted_out_words(channel, voter_words.shown(address), new=new), "good")
    return redirect(url_for("voters.show", voter_id=voter_id), 303)


@bp.post("/<int:voter_id>/ballots")
@open_to("organizer")
def record_ballot(voter_id: int) -> ResponseReturnValue:
    """Record that the voter has voted, for the polling day of a campaign."""
    campaign = board.campaign(session(), request.form.get("campaign", 0, type=int)) or abort(400)
    try:
        new, canceled = voter_acts.record_ballot(
            parts().sessions,
            voter_id,
            campaign.polling_day,
            by=current_user.id,
            at=parts().clock.now(),
        )
    except ActRefused:
        abort(404)
    if new:
        flash(_("Recorded: has voted. %(pending)s", pending=_pending(canceled)), "good")
    else:
        flash(_("That this voter has voted was known before."), "plain")
    return redirect(url_for("voters.show", voter_id=voter_id), 303)


@bp.get("/<int:kept_id>/merge/<int:gone_id>")
@open_to("organizer")
def compare(kept_id: int, gone_id: int) -> ResponseReturnValue:
    """Both voters beside each other, with what a merge would do."""
    return _compare(kept_id, gone_id)


@bp.post("/<int:kept_id>/merge/<int:gone_id>")
@open_to("organizer")
def merge_two(kept_id: int, gone_id: int) -> ResponseReturnValue:
    """Merge the second into the first."""
    try:
        done = merge(parts().sessions, kept_id, gone_id, by=current_user.id, at=parts().clock.now())
    except MergeRefused as problem:
        return _compare(kept_id, gone_id, str(problem)), 422
    pending = _pending(done.canceled)
    flash(_("Merged. %(pending)s You can undo this below.", pending=pending), "good")
    return redirect(url_for("voters.show", voter_id=kept_id), 303)


def _compare(kept_id: int, gone_id: int, problem: str = "") -> str:
    kept = session().get(Voter, kept_id) or abort(404)
    gone = session().get(Voter, gone_id) or abort(404)
    seen = preview(session(), kept_id, gone_id)
    session().rollback()  # lets the two go again
    return render_template(
        "voters/merge.html",
        kept=kept,
        gone=gone,
        preview=seen,
        problem=problem or seen.problem,
        words=voter_words,
        languages=LANGUAGES,
        year=parts().clock.now().year,
    )


@bp.post("/merges/<int:merge_id>/undo")
@open_to("organizer")
def undo_merge(merge_id: int) -> ResponseReturnValue:
    """Part two merged voters again."""
    back = request.form.get("back", 0, type=int)
    try:
        parted = unmerge(parts().sessions, merge_id, by=current_user.id, at=parts().clock.now())
    except MergeRefused as problem:
        flash(retold(problem), "bad")
        return redirect(url_for("voters.show", voter_id=back), 303)
    flash(
        _("The merge is undone; both voters are as they were. Canceled contacts stay canceled."),
        "good",
    )
    return redirect(url_for("voters.show", voter_id=back or parted.kept_id), 303)


def _pending(canceled: int) -> str:
    if not canceled:
        return _("Nothing was pending.")
    return ngettext(
        "%(count)s pending contact canceled.",
        "%(count)s pending contacts canceled.",
        canceled,
        count=number(canceled),
    )


def _opted_out_words(channel: str, address: str, *, new: bool) -> str:
    facts = {"channel": channel_name(channel), "address": address}
    if new:
        return _("No more %(channel)s to %(address)s. What was pending to it is canceled.", **facts)
    return _("No more %(channel)s to %(address)s. It had been so before.", **facts)
