"""Roles, teams and shifts in the words of the page's language, for organizers and team leads."""

from app.services.roles import RoleRefused
from app.services.shifts import ShiftRefused
from app.services.teams import LONGEST_WORDS, TeamRefused
from app.web.person_words import shift_words
from app.web.tongue import translated as _
from app.web.words import language

ORDER = ("volunteer", "team_lead", "poll_watcher", "organizer", "admin")
"""As lists show them."""


def role(name: str) -> str:
    """A role, as one of several is called."""
    said = {
        "volunteer": _("Volunteer"),
        "team_lead": _("Team lead"),
        "poll_watcher": _("Poll watcher"),
        "organizer": _("Organizer"),
        "admin": _("Admin"),
    }
    return said.get(name, name)


def what_may(name: str) -> str:
    """What a role opens, in a sentence."""
    said = {
        "volunteer": _("Calls and texts voters, and books own shifts."),
        "team_lead": _("As a volunteer, and looks after one team: its shifts, its day."),
        "poll_watcher": _("Strikes who has voted, at a polling place. Sees no call lists."),
        "organizer": _("Sets up and runs campaigns, and invites people."),
        "admin": _("All of it, and accounts, audit and settings."),
    }
    return said.get(name, "")


def role_problem(refused: RoleRefused) -> str:
    """Why a role or an account stays as it is, and what to do."""
    match refused.code:
        case "above":
            return _("You can give roles up to your own only. Ask an admin.")
        case "peer":
            return _("Only an admin can change this account.")
        case "last admin":
            return _("This is the last admin. Make somebody else an admin first.")
        case "no email":
            return _(
                "Organizers and admins sign in by email, and this account has none. Invite them "
                "by a link for organizers instead."
            )
        case "self":
            return _("You cannot switch your own account off. Ask another admin.")
    return _("Choose a role.")


def team_problem(refused: TeamRefused) -> str:
    """Why something of a team cannot be, and what to do."""
    match refused.code:
        case "no name":
            return _("Give the team a name.")
        case "taken":
            return _("Another team has this name. Choose one that tells them apart.")
        case "off":
            return _("This account is switched off. Switch it on first, on the page People.")
        case "elsewhere":
            return _("This person belongs to another campaign.")
        case "watcher":
            return _("Poll watchers are in no team.")
        case "no words":
            return _("Write what they are to know.")
        case "long":
            return _("At most %(most)s letters: it goes out as a text.", most=LONGEST_WORDS)
        case "paused":
            return _("The campaign does not run now, so nothing goes out. Write when it does.")
    return _("Choose a person.")


def booking_problem(refused: ShiftRefused) -> str:
    """Why a shift of somebody else cannot be, at its field."""
    about = refused.about
    match refused.code:
        case "nobody":
            return _("Choose whom the shift is for.")
        case "off":
            return _("The account of %(name)s is switched off.", name=about)
        case "elsewhere":
            return _("%(name)s belongs to another campaign.", name=about)
        case "overlap":
            return _(
                "%(name)s is booked at that time already. Choose other hours, or remove that "
                "shift first.",
                name=about,
            )
        case "no day":
            return _("Choose the day.")
        case "no begin":
            return _("Say when it begins: 17:00 or 5 pm.")
        case "no end":
            return _("Say when it ends: 20:00 or 8 pm.")
        case "no channel":
            return _("Choose calls or texts.")
        case "emails":
            return _("Emails need nobody on a shift; choose calls or texts.")
        case "language":
            return _("We know no language %(code)s.", code=language(about))
        case "ends first":
            return _(
                "It would end before it begins. Book a shift over midnight as two, one for each "
                "day."
            )
        case "after":
            return _("This is after polling day; choose an earlier day.")
        case "skipped":
            return _("The clocks change on that day and skip this hour.")
        case "past":
            return _("This is past; choose hours to come.")
        case "over":
            return _("This shift is over; it stays, for what is learned from it.")
        case "filled":
            return _("Somebody has stepped in already.")
        case "came":
            return _("Whoever was missed has come after all.")
    return shift_words(refused)
