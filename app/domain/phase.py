"""Phases: stretches of a campaign with people who are tried first and a goal of their own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.condition import Answered, Condition, Contacted, Every, Group, Sample
from app.domain.disposition import Disposition
from app.domain.hours import Place, Schedule

LONGEST_NAME = 80
FIRST_ROUND = timedelta(hours=2)
"""After the opening: who goes before work has then been struck off, so that nobody is asked in
vain (custom)."""
MIDDAY, AFTERNOON = time(12), time(16)
"""On the campaign's clock: the lunch hour, and the first of the critical hours, 16 to 19."""
LAST_ROUND = timedelta(hours=2)
"""Before the first close: the last time at which everybody can still get there."""
SHORTEST_ROUND = timedelta(hours=1)


class PhaseKind(StrEnum):
    """What a phase is; stored by value."""

    EARLY_VOTE = "early_vote"  # early voting in person
    BALLOT_CHASE = "ballot_chase"  # mail ballots on their way
    ROUND = "round"  # a knock-up round of polling day


KIND_WORDS: Mapping[PhaseKind, str] = {
    PhaseKind.EARLY_VOTE: "Early voting",
    PhaseKind.BALLOT_CHASE: "Ballot chase",
    PhaseKind.ROUND: "Round",
}

STILL_OUT = ("requested", "sent")
"""Stages of a mail ballot that a ballot chase follows: asked for, and not back yet."""

PLEDGED, REACHED = "Pledged to vote", "Reached before"
"""People whom a phase may take without set-up; a saved universe of that name stands instead."""
BUILT_IN = (PLEDGED, REACHED)
NOBODY = Sample(0.0, 1)
"""A condition that no voter meets."""

REACHED_BY = (Disposition.CANVASSED, Disposition.CALL_BACK)
"""Results of a conversation after which somebody may be asked again."""

_VOTING = re.compile(r"\b(vot(e|es|ing|er|ar|o)|ballot|polls?)\b", re.IGNORECASE)
_OF_THE_PAST = re.compile(r"\b(did|have you|last)\b", re.IGNORECASE)
_YES = re.compile(r"(yes|y|yeah|yep|definitely|certain(ly)?|sure|s[ií]|(i )?will vote)\b", re.I)
_NO = re.compile(r"\b(no|not|never)\b|n['’]t\b", re.IGNORECASE)


def pledges(questions: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Of the survey questions on file, each with its answers, those that ask whether somebody will
    vote, with the answers that say yes."""
    found = {
        question: tuple(sorted(filter(_is_yes, answers)))
        for question, answers in questions.items()
        if _VOTING.search(question) and not _OF_THE_PAST.search(question)
    }
    return {question: answers for question, answers in sorted(found.items()) if answers}


def _is_yes(answer: str) -> bool:
    return bool(_YES.match(answer.strip())) and not _NO.search(answer)


def built_in(name: str, questions: Mapping[str, Iterable[str]]) -> Condition:
    """The condition of a name of BUILT_IN; nobody has pledged while no question asks for it."""
    if name == REACHED:
        return Contacted(Channel.CALL, tuple(result.value for result in REACHED_BY))
    asked = tuple(Answered(question, yes) for question, yes in pledges(questions).items())
    return Group(Every.ANY, asked) if asked else NOBODY


@dataclass(frozen=True)
class Stretch:
    """A name and a stretch of time."""

    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class PhaseDraft:
    """A phase as an organizer asks for it."""

    kind: PhaseKind
    name: str
    starts_at: datetime
    ends_at: datetime
    goal: int = 0  # ballots, for a round voters tried; 0: none set
    channels: tuple[Channel, ...] = ()  # none: all
    whom: Mapping[str, Any] = field(default_factory=dict)  # a universe; {}: all targets


def last_close(schedule: Schedule, places: Sequence[Place]) -> datetime:
    """When the last polls close; without any place those of the campaign's own clock."""
    return max(schedule.polls_close_at(place) for place in _some(schedule, places))


def problems_of(
    draft: PhaseDraft, schedule: Schedule, places: Sequence[Place], now: datetime
) -> dict[str, str]:
    """What is wrong with a draft, by field, with what to do; empty when it can stand."""
    problems: dict[str, str] = {}
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        problems["name"] = f"Give the phase a name of 1 to {LONGEST_NAME} characters."
    if draft.goal < 0:
        problems["goal"] = "A goal cannot be below 0; write 0 for none."
    close = last_close(schedule, places)
    if draft.starts_at >= close:
        problems["starts_at"] = f"The last polls close {_said(close, schedule)}; start before that."
    elif draft.ends_at <= draft.starts_at:
        problems["ends_at"] = "It ends before it starts; choose a later end."
    elif draft.ends_at > close:
        problems["ends_at"] = f"The last polls close {_said(close, schedule)}; end it by then."
    elif draft.ends_at <= now:
        problems["ends_at"] = "That has passed; choose an end to come."
    return problems


def suggest_rounds(schedule: Schedule, places: Sequence[Place]) -> list[Stretch]:
    """Rounds for polling day: two hours after the polls open, midday, 16:00, and the last two
    hours until they have closed everywhere; one that would last less than an hour falls away."""
    some = _some(schedule, places)
    zone = ZoneInfo(schedule.zone)
    opens = min(schedule.polls_open_at(place) for place in some)
    first = min(schedule.polls_close_at(place) for place in some)
    end = last_close(schedule, places)
    midday, afternoon = (
        datetime.combine(schedule.polling_day, at, zone).astimezone(UTC)
        for at in (MIDDAY, AFTERNOON)
    )
    final = max(first - LAST_ROUND, opens)
    starts = {
        "Last hours": final,
        "Afternoon round": afternoon,
        "Midday round": midday,
        "Morning round": opens + FIRST_ROUND,
    }
    rounds: list[Stretch] = []
    for name, start in starts.items():
        if start >= opens and end - start >= SHORTEST_ROUND:
            rounds.append(Stretch(name, start, end))
            end = start
    return rounds[::-1]


def _some(schedule: Schedule, places: Sequence[Place]) -> Sequence[Place]:
    return places or [Place("", (schedule.zone,))]


def _said(at: datetime, schedule: Schedule) -> str:
    there = at.astimezone(ZoneInfo(schedule.zone))
    return f"at {there:%H:%M} on {there:%b} {there.day} ({schedule.zone.replace('_', ' ')})"
