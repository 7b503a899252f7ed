"""The steps of a set-up, each with its state and what is to be said of it."""

from dataclasses import dataclass, field

from app.domain.channel import Channel
from app.services.set_up.facts import Seen

SKIPPED, DONE, MISSING, LOOK = "skipped", "done", "missing", "look"


@dataclass(frozen=True)
class Step:
    """One step: its state, and the code and facts of the sentence beside it."""

    name: str
    state: str  # done | missing | look | skipped
    said: str
    facts: dict[str, object] = field(default_factory=dict)


def steps(seen: Seen) -> tuple[Step, ...]:
    """The steps with their states, in order; `go` is left to the checklist."""
    found = (
        Step("place", DONE, "place", {"rules": seen.rules}),
        _voters(seen),
        _universe(seen),
        _senders(seen),
        _money(seen),
        _ramp(seen),
        _words(seen),
        _people(seen),
        _plan(seen),
        _rehearsal(seen),
    )
    return tuple(_skipped(step, seen) for step in found)


def _skipped(step: Step, seen: Seen) -> Step:
    if step.name in seen.skipped and step.state != DONE:
        return Step(step.name, SKIPPED, "skipped", step.facts)
    return step


def _voters(seen: Seen) -> Step:
    if seen.importing:
        return Step("voters", LOOK, "voters_importing")
    return Step("voters", DONE, "voters") if seen.voters else Step("voters", MISSING, "voters_none")


def _universe(seen: Seen) -> Step:
    if seen.choosing is not None:
        percent = round(seen.choosing * 100)
        return Step("universe", LOOK, "universe_choosing", {"percent": percent})
    if not seen.ready.people:
        return Step("universe", MISSING, "universe_none")
    facts: dict[str, object] = dict(seen.people)
    if seen.imported_since:
        return Step("universe", LOOK, "universe_old", facts)
    return Step(
        "universe", DONE, "universe" if seen.people["whole"] else "universe_uncounted", facts
    )


def _senders(seen: Seen) -> Step:
    if not seen.channels:
        return Step("senders", MISSING, "channels_none")
    needed = [one for one in seen.channels if one is not Channel.CALL]
    able = {one.channel for one in seen.ready.senders if one.able}
    lacking = [one for one in needed if one not in able]
    if lacking:
        return Step("senders", MISSING, "senders_none", {"channels": lacking})
    mine = [one for one in seen.ready.senders if one.able and one.channel in needed]
    if any(one.failed for one in mine):
        names = [one.name for one in mine if one.failed]
        return Step("senders", LOOK, "senders_failed", {"names": names})
    if any(one.unknown for one in mine):
        return Step("senders", LOOK, "senders_unchecked", {"count": len(mine)})
    return Step("senders", DONE, "senders" if mine else "senders_calls", {"count": len(mine)})


def _money(seen: Seen) -> Step:
    if seen.ready.money:
        return Step("money", DONE, "money")
    return Step("money", MISSING, "money_none")


def _ramp(seen: Seen) -> Step:
    if not seen.ready.ramps:
        return Step("ramp", MISSING, "ramp_none")
    lacking = [one for one in seen.channels if one not in seen.ready.ramps]
    if lacking:
        return Step("ramp", LOOK, "ramp_lacking", {"channels": lacking})
    return Step("ramp", DONE, "ramp", {"channels": list(seen.ready.ramps)})


def _words(seen: Seen) -> Step:
    written = {script.channel for script in seen.ready.scripts}
    lacking = [one for one in seen.channels if one not in written]
    if lacking or not written:
        return Step("words", MISSING, "words_none", {"channels": lacking})
    return Step("words", DONE, "words", {"channels": sorted(written)})


def _people(seen: Seen) -> Step:
    if Channel.CALL not in seen.channels:
        return Step("people", DONE, "people_unneeded")
    if seen.ready.shifts:
        facts: dict[str, object] = {"shifts": seen.ready.shifts, "volunteers": seen.volunteers}
        return Step("people", DONE, "people", facts)
    if seen.volunteers:
        return Step("people", LOOK, "people_no_shifts", {"volunteers": seen.volunteers})
    return Step("people", MISSING, "people_invited" if seen.invited else "people_none")


def _plan(seen: Seen) -> Step:
    if seen.plan is None:
        said = "plan_refused" if seen.ready.plan_problem else "plan_none"
        return Step("plan", MISSING, said, {"why": seen.ready.plan_problem})
    if seen.ready.silent_hours:
        return Step("plan", LOOK, "plan_gaps", {"hours": seen.ready.silent_hours})
    short = {hour.at for hour in seen.plan.report.gaps}
    if short:
        return Step("plan", LOOK, "plan_short", {"hours": len(short)})
    return Step("plan", DONE, "plan")


def _rehearsal(seen: Seen) -> Step:
    last, changed = seen.ready.rehearsal, seen.ready.changed_at
    if seen.rehearsing in ("wanted", "running"):
        return Step("rehearsal", LOOK, "rehearsal_on")
    if last is None:
        return Step("rehearsal", MISSING, "rehearsal_none")
    if not last.kept:
        return Step("rehearsal", LOOK, "rehearsal_broken")
    if changed is not None and changed > last.at:
        return Step("rehearsal", LOOK, "rehearsal_old")
    return Step("rehearsal", DONE, "rehearsal")
