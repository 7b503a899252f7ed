"""What the form of a change to hours offers: states, scopes, moments, and what holds now."""

from collections.abc import Collection
from typing import Any

from app.domain.calling import CUSTOM, FEDERAL, scopes_of, windows_of
from app.domain.channel import Channel
from app.domain.place import Place
from app.domain.rule import RuleKind
from app.domain.rule_words import state_names
from app.domain.schedule import Schedule
from app.domain.silence import silence_of
from app.domain.tables import table
from app.web.hour_words import scope_in_words
from app.web.rule_form import RuleForm

Choices = list[tuple[str, str]]


def choices(schedule: Schedule, mine: Collection[str]) -> dict[str, Any]:
    """The values to choose from; the states in `mine`, where there are voters, come first."""
    silences = table("election_silence")
    return {
        "states": _states(mine),
        "scopes": _scopes(schedule, mine),
        "moments": sorted({row["starts"] for row in silences if row["starts"]}),
        "ends": sorted({row["ends"] for row in silences if row["ends"]}),
    }


def _states(mine: Collection[str]) -> Choices:
    every = [(row["state"], row["name"]) for row in table("state_zones") if row["zones"]]
    return sorted(every, key=lambda one: (one[0] not in mine, one[1]))


def _scopes(schedule: Schedule, mine: Collection[str]) -> Choices:
    names = [(code, scope_in_words(code)) for code in (FEDERAL, CUSTOM)]
    general = [(code, words[:1].upper() + words[1:]) for code, words in names]
    if schedule.country == "US":
        return [*general, *_states(mine)]
    code = scopes_of("", schedule.country)[-1]
    return [*general, (code, scope_in_words(code))]


def begin_from(schedule: Schedule, form: RuleForm) -> None:
    """Fill in what holds now, so that a change begins from there."""
    said = form.said
    if form.kind is RuleKind.POLLS and said["state"] in state_names():
        place = Place(said["state"], ())
        zone = schedule.zones_of(place)[0]
        said["opens"], said["closes"] = (f"{at:%H:%M}" for at in schedule.polls_in(place, zone))
    if form.kind is RuleKind.CALLING_HOURS:
        channel, changes = Channel(said["channels"][0]), schedule.calling_hours
        windows = windows_of(said["scope"], channel, 0, schedule.country, changes)
        if windows and windows[-1][0] < windows[-1][1]:  # of Monday; else it is closed
            said["opens"], said["closes"] = (f"{at:%H:%M}" for at in windows[-1])
    if form.kind is RuleKind.SILENCE:
        now = schedule.silences[-1] if schedule.silences else silence_of(schedule.country)
        said["starts"], said["ends"] = (now.starts, now.ends) if now else ("", "")
