"""What the pages of paper say: letters and their results, and what came of each line."""

from app.domain.disposition import Disposition
from app.domain.sheet import Door, Kind, letters
from app.services.paper_entry import Entered
from app.web.call_words import RESULTS
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _

DOORS: InTongue[str, str] = InTongue(
    {
        Door.VOTED: marked("Has voted"),
        Door.RIDE: marked("Wants a ride"),
        Door.REFUSED: marked("Refused"),
        Door.MOVED: marked("Moved away"),
        Door.NOT_HOME: marked("Not home"),
    }
)
"""What came of a door."""

_WITH_MORE: InTongue[str, str] = InTongue(
    {
        Disposition.CALL_BACK: marked("Call back: write when"),
        Disposition.OTHER_LANGUAGE: marked("Other language: write which"),
    }
)
"""Results beside which something is written."""


def legend(kind: Kind) -> list[tuple[str, str]]:
    """The letters of a kind of sheet, each with its result."""
    said = _WITH_MORE if kind is Kind.CALLS else DOORS
    return [
        (letter.upper(), said.get(result) or RESULTS[result])
        for letter, result in letters(kind).items()
    ]


def answer(entered: Entered) -> str:
    """What came of a line that was typed."""
    said = _answer(entered)
    if not entered.outside:
        return said
    return _(
        "%(said)s It was called outside the hours in which calls are allowed there. The result "
        "stands, and the audit log notes it: tell whoever called.",
        said=said,
    )


def _answer(entered: Entered) -> str:
    result = RESULTS.get(entered.result) or DOORS.get(entered.result, entered.result)
    name = entered.name
    match entered.code:
        case "saved":
            return _("%(name)s: %(result)s.", name=name, result=result)
        case "already":
            return _("%(name)s: %(result)s. It was entered before.", name=name, result=result)
        case "other":
            return _(
                "%(name)s was entered as “%(result)s”. Take that back first: the line with - in "
                "place of the letter.",
                name=name,
                result=result,
            )
        case "undone":
            return _("%(name)s: “%(result)s” is taken back.", name=name, result=result)
        case "nothing":
            return _("%(name)s: nothing was entered, so nothing is taken back.", name=name)
        case "late":
            return _(
                "%(name)s: calls are taken back within seconds only, by whoever entered them. "
                "Correct it on the voter’s page.",
                name=name,
            )
        case "elsewhere":
            return _(
                "%(name)s: “%(result)s” is taken back at the strike desk or among the rides.",
                name=name,
                result=result,
            )
        case "when":
            return _(
                "%(name)s: write when to call back, on their clock: %(line)s sun 3 pm, or 6:30 pm.",
                name=name,
                line=entered.said,
            )
        case "closed":
            return _(
                "%(name)s: at that time nobody may be called there. Write another; or t, and the "
                "wish on the voter’s page.",
                name=name,
            )
        case "language":
            return _(
                "%(name)s: write which language: %(line)s spanish.", name=name, line=entered.said
            )
        case "called":
            return _(
                "%(name)s: after @ stands when the call was made, after the sheet was: @5:40 pm.",
                name=name,
            )
        case "refused":
            return _("%(name)s: this result cannot be kept. Use the call screen.", name=name)
        case "sheet":
            return _("No sheet of this campaign has this code.")
        case "line":
            return _("The sheet has no line of this number.")
        case "letter":
            return _("This letter is not among those of the sheet.")
        case _other:
            return _(
                "Write the code of the sheet, the line and a letter: K7RM 3 v. Only after c and g "
                "stands more: when, or which language."
            )
