"""The form of an invitation: what it asks for, what is wrong with it, and the link as a picture."""

from datetime import date, time

import segno
from flask import request
from flask_babel import ngettext
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.time_of_day import clean_time
from app.services.invitations import INVITED
from app.services.roles import RANKS
from app.services.shifts import ShiftRefused, check_hours
from app.store.campaigns import Campaign
from app.web.guard import rank_of
from app.web.sessions import parts
from app.web.shift_link import Block
from app.web.tongue import translated as _
from app.web.words import number

MOST_USES, MOST_DAYS = 1000, 60
MOST_ORGANIZERS = 5
"""Whoever has such a link sees every voter: few may use it."""


def about(uses: int, campaign: str, until: str) -> str:
    """How many may join, and until when."""
    return str(
        ngettext(
            "%(num)s person can join %(campaign)s with it, until %(day)s.",
            "%(num)s people can join %(campaign)s with it, until %(day)s.",
            uses,
            campaign=campaign,
            day=until,
        )
    )


def problem(campaign_known: bool, role: str, uses: int, days: int) -> str:
    """What to mend before there can be a link; empty if nothing."""
    if not campaign_known:
        return _("Choose the campaign that they join.")
    if role not in INVITED:
        return _("Choose the role that the link gives.")
    if RANKS[role] > rank_of(current_user):
        return _("You can give roles up to your own only. Ask an admin.")
    if not 1 <= uses <= MOST_USES:
        return _("Say how many may join with this link: 1 to %(most)s.", most=number(MOST_USES))
    if role == "organizer" and uses > MOST_ORGANIZERS:
        return _("At most %(most)s organizers may join with one link.", most=MOST_ORGANIZERS)
    if not 1 <= days <= MOST_DAYS:
        return _("Say for how many days the link works: 1 to %(most)s.", most=MOST_DAYS)
    return ""


def block(campaign: Campaign, role: str) -> Block | None:
    """The hours that whoever joins is booked for; None for none. Raises ShiftRefused."""
    form = request.form
    if not form.get("day") or role == "poll_watcher":
        return None
    try:
        day, channel = date.fromisoformat(form["day"]), Channel(form.get("channel", "call"))
    except ValueError:
        words = _("Choose the day of the shift again, or leave it empty.")
        raise ShiftRefused("day", words) from None
    starts = _time("from", _("Say when the shift begins: 17:00 or 5 pm."))
    ends = _time("until", _("Say when the shift ends: 20:00 or 8 pm."))
    made = Block(campaign.id, day, starts, ends, channel)
    check_hours(made.asked(current_user.id), campaign, parts().clock.now())
    return made


def _time(field: str, problem: str) -> time:
    at = clean_time(request.form.get(field, ""))
    if at is None:
        raise ShiftRefused(field, problem)
    return at


def drawn(link: str) -> str:
    """The link as a QR code: an SVG without scripts and styles, dark on light in both themes."""
    drawn = segno.make(link, error="m", micro=False)
    return str(drawn.svg_inline(omitsize=True, dark="#14213d", light="#ffffff", border=4))
