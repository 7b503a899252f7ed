"""The inbox: replies and calls that wait for an organizer, the longest first."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import inbox
from app.store import inbox as stored
from app.store.inbox import PAGE, Waiting, Wanted
from app.store.inbox_acts import Picked
from app.web import inbox_words
from app.web.guard import open_to
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

FILTERS = ("show", "meaning", "campaign", "age", "q")
LONGEST_SEARCH = 80
FEWEST_DIGITS = 4


@bp.get("")
@open_to("organizer")
def index() -> str:
    """What waits, as it was filtered or searched for."""
    clock = parts().clock
    now, wall = clock.now(), clock.wall()
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    wanted = _wanted(asked, now)
    found = stored.find(session(), wanted, wall, PAGE + 1)
    page = found[:PAGE]
    return render_template(
        "inbox/index.html",
        entries=page,
        onward=_onward(asked, page) if len(found) > PAGE else "",
        paged=wanted.after is not None,
        calls=_calls(asked, wanted, now),
        counts=stored.counts(session(), current_user.id),
        counted=stored.COUNTED,
        people=stored.people(session()),
        campaigns=stored.campaigns(session()),
        asked=asked,
        show=wanted.show,
        here=_here(asked),
        seen=stored.last_id(session()),
        undo=request.args.get("undo", type=int),
        meanings=inbox_words.meanings(),
        headings=inbox_words.headings(),
        ages=inbox_words.ages(),
        latest=stored.LATEST,
        now=now,
    )


@bp.post("/<int:reply_id>/handled")
@open_to("organizer")
def handle(reply_id: int) -> ResponseReturnValue:
    """Take all that one address wrote out of the inbox."""
    return _done([reply_id])


@bp.post("/bulk")
@open_to("organizer")
def bulk() -> ResponseReturnValue:
    """Do the same with many: shows what that means first, and does it when it was meant."""
    clock, act = parts().clock, request.form.get("act", "")
    ids = request.form.getlist("chosen", type=int)
    if act not in ("done", "opt_out") or not ids:
        flash(_("Choose at least one reply first."), "warn")
        return redirect(_back(), 303)
    if request.form.get("sure") == act:
        return _done(ids) if act == "done" else _opt_out(ids)
    seen = request.form.get("last", type=int)
    picked = inbox.look(session(), ids, current_user.id, clock.wall(), seen)
    return render_template(
        "inbox/confirm.html", picked=picked, act=act, ids=ids, seen=seen, here=_back()
    )


@bp.post("/undo")
@open_to("organizer")
def undo() -> ResponseReturnValue:
    """Put back what was just taken out."""
    entry = request.form.get("entry", 0, type=int)
    now = parts().clock.now()
    if inbox.undo(parts().sessions, entry, by=current_user.id, now=now):
        flash(_("They wait again."), "good")
    else:
        flash(_("That cannot be undone any more."), "warn")
    return redirect(_back(), 303)


@bp.post("/<int:conversation_id>/assign")
@open_to("organizer")
def assign(conversation_id: int) -> ResponseReturnValue:
    """Give a conversation to a person, or back to all."""
    given = inbox.assign(
        parts().sessions,
        conversation_id,
        request.form.get("to", type=int),
        seen=request.form.get("seen", type=int),
        by=current_user.id,
        now=parts().clock.now(),
    )
    if given.won and given.whose:
        flash(_("%(name)s has it now.", name=given.whose), "good")
    elif given.won:
        flash(_("It is everybody’s again."), "good")
    elif given.whose:
        flash(_("%(name)s has it already. Nothing was changed.", name=given.whose), "warn")
    else:
        flash(_("That cannot be given to this person. Nothing was changed."), "warn")
    return redirect(_back(), 303)


@bp.post("/notes/<attempt_id>")
@open_to("organizer")
def note(attempt_id: str) -> ResponseReturnValue:
    """Take up the note of a call, or say that there is nothing to do."""
    solved = request.form.get("act") == "done"
    now = parts().clock.now()
    if inbox.take_note_up(parts().sessions, attempt_id, solved=solved, by=current_user.id, now=now):
        flash(_("Done.") if solved else _("It is yours, among the problems."), "good")
    else:
        flash(_("Somebody had taken care of that call already."), "plain")
    return redirect(_back(), 303)


def _done(ids: list[int]) -> ResponseReturnValue:
    clock = parts().clock
    picked, entry = inbox.done(
        parts().sessions,
        ids,
        seen=request.form.get("last", type=int),
        by=current_user.id,
        now=clock.now(),
        wall=clock.wall(),
    )
    _tell_of_held(picked)
    if entry is None:
        if not picked.held:
            flash(_("Somebody had taken care of that reply already."), "plain")
        return redirect(_back(), 303)
    flash(inbox_words.done_words(picked), "good")
    back = _back()
    return redirect(f"{back}{'&' if '?' in back else '?'}undo={entry}", 303)


def _opt_out(ids: list[int]) -> ResponseReturnValue:
    clock = parts().clock
    picked = inbox.opt_out_all(
        parts().sessions, ids, by=current_user.id, now=clock.now(), wall=clock.wall()
    )
    _tell_of_held(picked)
    flash(inbox_words.opted_out_words(picked), "good")
    return redirect(_back(), 303)


def _tell_of_held(picked: Picked) -> None:
    for name in picked.held:
        flash(_("What %(name)s has in hand at this moment is left out.", name=name), "warn")


def _wanted(asked: dict[str, str], now: datetime) -> Wanted:
    words = " ".join(asked["q"].split())[:LONGEST_SEARCH]
    digits = "".join(sign for sign in words if sign.isdecimal())
    minutes = int(asked["age"]) if asked["age"] in inbox_words.ages() else 0
    campaign = asked["campaign"]
    return Wanted(
        show=asked["show"] if asked["show"] in inbox_words.headings() else "waiting",
        user_id=current_user.id,
        meaning=asked["meaning"] if asked["meaning"] in inbox_words.meanings() else "",
        campaign_id=int(campaign) if campaign.isdecimal() and len(campaign) < 18 else None,
        before=now - timedelta(minutes=minutes) if minutes else None,
        words=words,
        digits=digits if len(digits) >= FEWEST_DIGITS else "",
        after=_after(request.args.get("after", "")),
    )


def _after(written: str) -> tuple[datetime, int] | None:
    """Where the page before ended; what is no such place is the beginning."""
    at, _sep, number = written.rpartition("_")
    try:
        found = datetime.fromisoformat(at)
        return (found, int(number)) if found.tzinfo is not None else None
    except ValueError:
        return None


def _onward(asked: dict[str, str], page: list[Waiting]) -> str:
    last = page[-1]
    return url_for(".index", **_set(asked), after=f"{last.since.isoformat()}_{last.id}")


def _here(asked: dict[str, str]) -> str:
    return url_for(".index", **_set(asked))


def _set(asked: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value}


def _back() -> str:
    """The inbox as it was filtered on the page that asks; never another site."""
    here = request.form.get("here", "")
    plain = url_for(".index")
    return here if here == plain or here.startswith(f"{plain}?") else plain


def _calls(asked: dict[str, str], wanted: Wanted, now: datetime) -> list[stored.Call]:
    """Calls that need an organizer stand on the first page of what waits, unless it is searched."""
    if wanted.show != "waiting" or wanted.after is not None or asked["q"] or asked["meaning"]:
        return []
    found = stored.calls(session(), now, wanted.campaign_id)
    return [one for one in found if wanted.before is None or one.since <= wanted.before]
