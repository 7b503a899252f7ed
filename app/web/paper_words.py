"""What the pages of paper say: letters and their results, and what came of each line."""

from app.domain.disposition import Disposition
from app.domain.sheet import Door, Kind, letters
from app.services.paper_entry import Entered
from app.web.call_words import result_words
from app.web.tongue import translated as _


def door_words() -> dict[Door, str]:
    """What came of a door."""
    return {
        Door.VOTED: _("Has voted"),
        Door.RIDE: _("Wants a ride"),
        Door.REFUSED: _("Refused"),
        Door.MOVED: _("Moved away"),
        Door.NOT_HOME: _("Not home"),
    }


def legend(kind: Kind) -> list[tuple[str, str]]:
    """The letters of a kind of sheet, each with its result."""
    calls, doors = {**result_words(), **_with_more()}, door_words()
    return [
        (letter.upper(), calls[result] if isinstance(result, Disposition) else doors[result])
        for letter, result in letters(kind).items()
    ]


def _with_more() -> dict[Disposition, str]:
    """Results beside which something is written."""
    return {
        Disposition.CALL_BACK: _("Call back: write when"),
        Disposition.OTHER_LANGUAGE: _("Other language: write which"),
    }


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
    said = {**{one.value: words for one, words in result_words().items()}}
    said |= {one.value: words for one, words in door_words().items()} | said
    result = said.get(entered.result, entered.result)
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
