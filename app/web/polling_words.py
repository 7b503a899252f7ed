"""What rides and problems are called on the pages, and what a refusal says."""

from datetime import time
from typing import Any

from app.domain.problem import ProblemKind, ProblemState
from app.domain.ride import CHILD_SEAT, HELP, WHEELCHAIR, RideState
from app.services.problems import ProblemRefused
from app.services.rides import RideRefused
from app.services.watchers import WatcherRefused
from app.store.rides import Driver
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import hour, hours_between


def needs() -> dict[str, str]:
    """What a rider may need, by its code."""
    return {
        WHEELCHAIR: _("a wheelchair"),
        CHILD_SEAT: _("a child seat"),
        HELP: _("a hand to the car"),
    }


def car_in_words(driver: Driver) -> str:
    """Whose car it is, what it takes and when, and what of it is promised."""
    car = driver.car
    said = [ngettext("%(num)s seat", "%(num)s seats", car.seats)]
    if car.wheelchair:
        said.append(_("takes a wheelchair"))
    if when := _hours(car.drives_from, car.drives_until):
        said.append(when)
    if driver.riders:
        said.append(ngettext("%(num)s rider to drive", "%(num)s riders to drive", driver.riders))
    return _("%(name)s (%(what)s)", name=driver.name, what=", ".join(said))


def _hours(begins: time | None, ends: time | None) -> str:
    """from 8 am; until 2 pm; 8 am–2 pm; empty for all day."""
    if begins and ends:
        return hours_between(begins, ends)
    if begins:
        return _("from %(time)s", time=hour(begins))
    return _("until %(time)s", time=hour(ends)) if ends else ""


def ride_states() -> dict[RideState, str]:
    """Where a ride stands."""
    return {
        RideState.ASKED: _("no driver yet"),
        RideState.TAKEN: _("has a driver"),
        RideState.ON_WAY: _("on the way"),
        RideState.DONE: _("done"),
        RideState.CANCELED: _("canceled"),
    }


def ride_refusal(refused: RideRefused) -> str:
    """Why a ride is not as asked, and what to do."""
    facts: dict[str, Any] = refused.facts
    if refused.code == "meanwhile":
        if facts.get("driver"):
            return _(
                "Somebody gave this ride to %(driver)s meanwhile. It stays so; look again below.",
                driver=facts["driver"],
            )
        return _("Somebody took this ride from its driver meanwhile. Look again below.")
    said = {
        "riders": _("Write how many ride along: 1 to %(most)s.", most=facts.get("most", "")),
        "phone": _("That is no phone number. Write it with its area code, or leave it empty."),
        "not_yours": _("That call is not yours any more. Write the name and the address yourself."),
        "name": _("Write whom to pick up."),
        "pick_up": _("Write where to pick them up."),
        "wanted_at": _("Write the time as 5:30 pm or 17:30, or leave it empty."),
        "key": _("This form was sent before. Load the page again."),
        "no_driver": _("That person does not drive for this campaign. Choose another."),
        "misfit_seats": _(
            "The car of %(driver)s seats %(seats)s; this ride is for %(riders)s. "
            "Choose another driver.",
            driver=facts.get("driver", ""),
            seats=facts.get("seats", ""),
            riders=facts.get("riders", ""),
        ),
        "misfit_wheelchair": _(
            "The car of %(driver)s takes no wheelchair. Choose another driver.",
            driver=facts.get("driver", ""),
        ),
        "misfit_hours": _(
            "%(driver)s does not drive at that time: %(hours)s. Choose another driver.",
            driver=facts.get("driver", ""),
            hours=_hours(facts.get("drives_from"), facts.get("drives_until")),
        ),
        "hours": _("The hours end before they begin. Change one of them."),
        "seats": _("Write how many the car seats besides the driver: 1 to %(most)s.", most=50),
        "gone": _("That ride is not there any more."),
        "other_driver": _("That ride is another driver’s now. Call your organizer if in doubt."),
        "over": _("That ride is over already."),
    }
    return said[refused.code]


def kinds() -> dict[ProblemKind, str]:
    """What goes wrong for voters."""
    return {
        ProblemKind.TURNED_AWAY: _("Turned away"),
        ProblemKind.LONG_LINE: _("Long line"),
        ProblemKind.WRONG_PLACE: _("Wrong polling place"),
        ProblemKind.MACHINES: _("Machines or ballots fail"),
        ProblemKind.THREATS: _("Threats"),
        ProblemKind.ASKS: _("Wants to hear from an organizer"),
        ProblemKind.OTHER: _("Something else"),
    }


def problem_states() -> dict[ProblemState, str]:
    """Where a problem stands."""
    return {
        ProblemState.OPEN: _("nobody sees to it"),
        ProblemState.TAKEN: _("taken"),
        ProblemState.SOLVED: _("solved"),
    }


def problem_refusal(refused: ProblemRefused) -> str:
    """Why a problem is not as asked, and what to do."""
    name = str(refused.facts.get("name", ""))
    if refused.code == "meanwhile":
        if name:
            return _("%(name)s took it meanwhile. It stays so.", name=name)
        return _("It was given back meanwhile. Look again.")
    said = {
        "kind": _("Choose what is wrong."),
        "said": _("Write what happened."),
        "phone": _("That is no phone number. Write it with its area code, or leave it empty."),
        "not_yours": _("That call is not yours any more. Write who it is about yourself."),
        "key": _("This form was sent before. Load the page again."),
        "note": _("Write the note first."),
        "outcome": _("Write what came of it."),
        "nobody": _("That person cannot take it. Choose another."),
        "gone": _("That problem is not there any more."),
        "over": _("It is solved already. Open it again first."),
    }
    return said[refused.code]


def line(entry: dict[str, Any]) -> str:
    """One line of a problem's timeline."""
    said = str(entry.get("said", ""))
    return {
        "reported": _("reported it"),
        "given": _("gave it to %(name)s", name=said),
        "taken": _("took it"),
        "let_go": _("gave it back"),
        "solved": _("solved it: %(outcome)s", outcome=said),
        "reopened": _("opened it again"),
    }.get(str(entry.get("code", "")), said)


def watcher_refusal(refused: WatcherRefused) -> str:
    """Why precincts are not given as asked, and what to do."""
    facts = {name: str(value) for name, value in refused.facts.items()}
    return {
        "many": _("That is more than %(most)s precincts for one person.", most=facts.get("most")),
        "several": _(
            "Several counties have a precinct %(precinct)s. Write the county before it: "
            "%(example)s.",
            precinct=facts.get("precinct"),
            example=facts.get("example"),
        ),
        "unknown": _(
            "No precinct is called %(precinct)s. Write it as the voter file does.",
            precinct=facts.get("precinct"),
        ),
        "nobody": _("That person is not in this campaign."),
        "no_watcher": _(
            "%(name)s is no poll watcher. Give them that role on the page People first.",
            name=facts.get("name"),
        ),
    }[refused.code]
