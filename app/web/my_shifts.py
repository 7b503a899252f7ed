"""A volunteer's shifts: book, cancel, put into one's own calendar."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.services import own_shifts
from app.services.own_shifts import Mine
from app.services.shifts import ShiftRefused
from app.store import board
from app.web.calendar_file import file_of
from app.web.guard import open_to
from app.web.person_words import dated, shift_words, stretch
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("my_shifts", __name__, url_prefix="/shifts")


@bp.get("")
@open_to("volunteer")
def index() -> str:
    """One's own shifts, and the hours that need people."""
    now, gone = parts().clock.now(), request.args.get("canceled", 0, type=int)
    campaign = current_user.campaign_id and board.campaign(session(), current_user.campaign_id)
    canceled = own_shifts.one_of(session(), current_user.id, gone) if gone else None
    return render_template(
        "my_shifts/index.html",
        campaign=campaign,
        now=now,
        mine=own_shifts.upcoming(session(), current_user.id, now),
        blocks=own_shifts.open_blocks(session(), campaign.id, current_user.id, now)
        if campaign
        else [],
        canceled=canceled if canceled is not None and canceled.booked_at is None else None,
        dated=dated,
        stretch=stretch,
    )


@bp.post("")
@open_to("volunteer")
def book() -> ResponseReturnValue:
    """Take a block of hours."""
    clock, block = parts().clock, _block()
    if current_user.campaign_id is None or block is None:
        abort(400)
    try:
        own_shifts.take_block(
            parts().sessions,
            current_user.campaign_id,
            current_user.id,
            block,
            now=clock.now(),
            wall=clock.wall(),
        )
        flash(_("You are booked. Thank you."), "good")
    except ShiftRefused as refused:
        flash(shift_words(refused), "bad")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:shift_id>/cancel")
@open_to("volunteer")
def ask_cancel(shift_id: int) -> str:
    """What canceling would mean, in numbers."""
    shift = _mine(shift_id)
    return render_template(
        "my_shifts/cancel.html",
        shift=shift,
        need=own_shifts.need_of(session(), shift),
        over=shift.ends_at <= parts().clock.now(),
        dated=dated,
    )


@bp.post("/<int:shift_id>/cancel")
@open_to("volunteer")
def cancel(shift_id: int) -> ResponseReturnValue:
    """Cancel it; a second time changes nothing."""
    clock = parts().clock
    try:
        gone = own_shifts.cancel(
            parts().sessions, current_user.id, shift_id, now=clock.now(), wall=clock.wall()
        )
    except ShiftRefused as refused:
        flash(shift_words(refused), "bad")
        return redirect(url_for(".index"), 303)
    if gone is None:
        abort(404)
    return redirect(url_for(".index", canceled=shift_id), 303)


@bp.get("/<int:shift_id>.ics")
@open_to("volunteer")
def calendar(shift_id: int) -> Response:
    """The shift as a calendar's file; for one that was canceled, what takes it off."""
    shift, clock = _mine(shift_id), parts().clock
    page = parts().settings.public_url.rstrip("/") + url_for("home.home")
    written = file_of(
        shift,
        title=_title(shift),
        told=_("Open this page on your phone to begin: %(page)s", page=page),
        page=page,
        now=clock.now(),
        wall=clock.wall(),
    )
    answer = Response(written, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'inline; filename="shift-{shift_id}.ics"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _mine(shift_id: int) -> Mine:
    return own_shifts.one_of(session(), current_user.id, shift_id) or abort(404)


def _title(shift: Mine) -> str:
    if shift.channel is Channel.TEXT:
        return _("Texts for %(campaign)s", campaign=shift.campaign)
    return _("Calls for %(campaign)s", campaign=shift.campaign)


def _block() -> tuple[Channel, datetime, datetime] | None:
    """The block that a button stands for: channel, first and last second since 1970."""
    try:
        channel, first, last = request.form.get("block", "").split(" ")
        begins, ends = (datetime.fromtimestamp(int(at), UTC) for at in (first, last))
        return Channel(channel), begins, ends
    except (ValueError, OverflowError, OSError):
        return None
