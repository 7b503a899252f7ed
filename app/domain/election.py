"""Past elections: what kind one was, by its name or else by its day."""

import re
from datetime import date, timedelta

ELECTION_KINDS = ("general", "primary", "municipal", "special", "other")

_TUESDAY = 1

_NAMED = (
    ("special", re.compile(r"special|vacancy|recall")),
    ("primary", re.compile(r"primar|caucus|\bppp\b|\bpri\b")),
    ("municipal", re.compile(r"municipal|\blocal\b|\bcity\b|school")),
    ("other", re.compile(r"run ?off")),
    ("general", re.compile(r"general|\bgen\b")),
)
"""Tried in turn: a special general election is a special one."""


def kind_of_election(day: date) -> str:
    """The kind that its day alone tells: on the first Tuesday after the first Monday of November
    general in even years and municipal in odd ones; any other day is `other`."""
    if day != general_day(day.year):
        return "other"
    return "municipal" if day.year % 2 else "general"


def named_kind(name: str) -> str:
    """The kind that an election's name tells, or empty."""
    words = " ".join(re.split(r"[\W_]+", name.lower()))
    return next((kind for kind, mark in _NAMED if mark.search(words)), "")


def general_day(year: int) -> date:
    """The Tuesday after the first Monday of November (2 U.S.C. § 7)."""
    second = date(year, 11, 2)
    return second + timedelta(days=(_TUESDAY - second.weekday()) % 7)
