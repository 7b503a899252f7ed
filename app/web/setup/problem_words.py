"""What is wrong with a field of the set-up, and what to write."""

from collections.abc import Mapping

from app.web.tongue import marked
from app.web.tongue import translated as _


def problem_said(name: str, code: str) -> str:
    """What is wrong with a field, and what to write."""
    if code.startswith("words:"):
        said = code.removeprefix("words:")
        return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
    return _(_PROBLEMS.get((name, code)) or _PROBLEMS.get(("", code)) or code)


_PROBLEMS: Mapping[tuple[str, str], str] = {
    ("name", "short"): marked("Give the campaign a name of at least 3 letters."),
    ("name", "taken"): marked(
        "There is a campaign of this name already; open it, or choose another name."
    ),
    ("candidate", "empty"): marked("Say whom or what it is for."),
    ("organization", "empty"): marked("Say who pays; texts and emails must name them."),
    ("states", "unknown_state"): marked("Write states by their two letters, as in NC or NC, VA."),
    ("zone", "unknown_zone"): marked("Choose a clock: your place does not tell it."),
    ("polls_close", "order"): marked("The polls must close after they open."),
    ("polling_day", "past"): marked("The polls of this day have closed; choose a day to come."),
    ("polling_day", "far"): marked("Choose a day within four years from now."),
    ("universe", "nobody"): marked("No voter on file meets these conditions; widen them."),
    ("universe", "not_draft"): marked(
        "The campaign has begun: its voters stay. Add others as a reserve, under Phases."
    ),
    ("universe", "begun"): marked("Something has gone out already, so the voters stay."),
    ("", "range"): marked("Write a number from 0; for the reserve, below 100."),
    ("", "not_draft"): marked("The campaign has begun; change this under Settings."),
    ("", "volunteer"): marked("Nobody calls here: {volunteer} can stand in a call script only."),
    ("", "long"): marked("This is too long; shorten it."),
    ("email_subject", "empty"): marked("An email needs a subject."),
    ("starts_at", "late"): marked("Start on polling day at the latest."),
    ("starts_at", "past"): marked("This is past; choose a time to come, or leave it empty."),
    ("to", "address"): marked(
        "This is no address that can be reached. Write a number with its area code, or an email."
    ),
    ("to", "money"): marked(
        "There is no money for a test message: set a budget first, or raise it."
    ),
    ("to", "opted_out"): marked(
        "This address has opted out, and that holds for tests too. Take another."
    ),
}
