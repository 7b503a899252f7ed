"""What accounts, invitations and shifts say to volunteers, in the language of the page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.time_of_day import between
from app.services.invitations import DeadInvitation
from app.services.people import BadPerson
from app.services.shifts import ShiftRefused
from app.web.tongue import tongue
from app.web.tongue import translated as _
from app.web.words import clock, day, language, phone

HALF = "\N{NO-BREAK SPACE}"
"""What stands before "p. m."."""


def problem_words(problem: BadPerson) -> str:
    """What to mend in the form by which one joins."""
    about = problem.about
    match problem.code:
        case "no name":
            return _("Write a name, so that others know who this is.")
        case "no login" if not about:
            return _("Write your phone number with its area code, or your email address.")
        case "no login":
            return _(
                "“%(typed)s” is neither a phone number with area code nor an email address.",
                typed=about,
            )
        case "no email":
            return _("Organizers sign in by email. Write your email address.")
        case "no consent":
            return _("Read the rules and tick the box: nobody calls voters without them.")
        case "no language":
            return _("Tick the languages you can talk with voters in.")
        case "strange language":
            return _("We know no language %(code)s.", code=language(about))
        case "taken":
            shown = phone(about) if about.startswith("+") else about
            return _("%(address)s has an account already. Sign in with it.", address=shown)
    return str(problem)


def dead_words(reason: DeadInvitation) -> str:
    """Why an invitation lets nobody in, and what to do."""
    match reason.code:
        case "expired":
            return _("This invitation has expired. Ask your organizer for a new one.")
        case "used":
            return _(
                "Everybody this invitation was made for has joined. "
                "Ask your organizer for a new one."
            )
    return _(
        "We do not know this invitation. The link may be cut off: open it again from the "
        "message it came in, or ask your organizer for a new one."
    )


def shift_words(refused: ShiftRefused) -> str:
    """Why a volunteer's own shift cannot be."""
    match refused.code:
        case "past":
            return _("These hours are over. Choose others.")
        case "overlap":
            return _("You are booked at that time already.")
        case "elsewhere":
            return _("This shift is for another campaign.")
        case "enough":
            return _("Enough people are booked for these hours by now. Choose others.")
        case "over":
            return _("This shift is over; it stays on record.")
        case "off":
            return _("Your account is switched off. Ask your organizer.")
    return str(refused)


def stretch(begins: datetime, ends: datetime, zone: str) -> str:
    """5–8 pm, 11 am–2 pm, on the clock of `zone`; in Spanish 5–8 p. m."""
    if tongue() == "en":
        there = ZoneInfo(zone)
        return between(begins.astimezone(there).time(), ends.astimezone(there).time())
    first, last = clock(begins, zone), clock(ends, zone)
    hour, _space, half = first.partition(HALF)
    return f"{hour if half and last.endswith(HALF + half) else first}–{last}"


def dated(begins: datetime, ends: datetime, zone: str) -> str:
    """Tue, Nov 3, 5–8 pm, on the clock of `zone`."""
    return f"{day(begins.astimezone(ZoneInfo(zone)).date())}, {stretch(begins, ends, zone)}"
