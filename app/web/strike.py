"""The strike desk: voters who have voted come off every list at once."""

import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.strike import StrikeRefused, Struck, ids_in, strike_ids
from app.store import board
from app.web.guard import open_to
from app.web.sessions import parts, session

bp = Blueprint("strike", __name__, url_prefix="/strike")

MOST = 200_000


@bp.get("")
@open_to("organizer")
def form() -> str:
    """The page with the form, empty."""
    return _page()


@bp.post("")
@open_to("organizer")
def strike() -> ResponseReturnValue:
    """Record the ballots; safe to send twice."""
    typed = request.form.get("voters", "")
    upload = request.files.get("file")
    clock = parts().clock
    try:
        voters = typed_ids(typed)
        source = "desk"
        if upload and upload.filename:
            voters += ids_in(decoded(upload.read()), upload.filename)
            source = "file"
        if not voters:
            raise StrikeRefused("Type at least one voter id, or choose a file.")
        if len(voters) > MOST:
            raise StrikeRefused(
                "That is more than 200,000 at once; use `lastmile voted FILE` instead."
            )
        campaign = board.campaign(session(), request.form.get("campaign", 0, type=int))
        if campaign is None:
            raise StrikeRefused("Choose the campaign whose polling day this is about.")
    except StrikeRefused as problem:
        return _page(typed=typed, problem=str(problem)), 422
    struck = strike_ids(
        parts().sessions,
        campaign.polling_day,
        list(dict.fromkeys(voters)),
        by=current_user.id,
        source=source,
        at=clock.now(),
    )
    return _page(struck=struck, chosen=campaign.id)


def typed_ids(text: str) -> list[str]:
    """Ids one a line, or parted by commas, semicolons or blanks."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def decoded(content: bytes) -> str:
    """The text of a file as spreadsheets write it: UTF-8, else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _page(
    *, typed: str = "", problem: str = "", struck: Struck | None = None, chosen: int | None = None
) -> str:
    return render_template(
        "strike.html",
        campaigns=board.campaigns(session()),
        typed=typed,
        problem=problem,
        struck=struck,
        chosen=chosen or request.form.get("campaign", type=int) or current_user.campaign_id,
    )
