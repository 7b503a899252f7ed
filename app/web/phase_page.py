"""What the page of phases shows: each phase with its state, its people and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse
from app.domain.hours import Place, Schedule
from app.domain.message import UnknownField, fill
from app.domain.phase import KIND_WORDS, PhaseKind, Stretch, suggest_rounds
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR
from app.domain.rush import IN_LINE_FROM, IN_LINE_UNTIL, closes_of
from app.domain.segment import encoding, segments
from app.services.in_line_words import why_none, words_of
from app.store import in_line
from app.store.campaigns import Campaign
from app.store.frames import place_names
from app.store.phase_people import Progress, count_members, progress
from app.store.phases import Phase, phases_of
from app.store.universe_sql import Asking
from app.web.campaigns import LONG_WORDS
from app.web.phase_form import people_in_words
from app.web.words import number

LANGUAGES = {"en": "English", "es": "Spanish"}
MOST_CLOSES = 4


@dataclass(frozen=True)
class Shown:
    """One phase as the page has it."""

    phase: Phase
    kind: str
    state: str  # to come | on | over
    people: str  # whom it takes
    unit: str  # what its goal counts


@dataclass(frozen=True)
class Counted:
    """The numbers of a phase, in words, and how much of the goal is reached (0 to 100)."""

    people: str = ""
    done: str = ""
    attempts: str = ""
    percent: int | None = None
    problem: str = ""  # why it cannot be counted


@dataclass(frozen=True)
class Wording:
    """The text at the close in one language."""

    language: str
    name: str
    body: str
    segments: int
    encoding: str


def shown(session: Session, campaign_id: int, now: datetime) -> list[Shown]:
    """The phases in the order of time."""
    return [_shown(phase, now) for phase in phases_of(session, campaign_id)]


def _shown(phase: Phase, now: datetime) -> Shown:
    state = "over" if phase.ends_at <= now else "on" if phase.starts_at <= now else "to come"
    unit = "voters tried" if phase.kind is PhaseKind.ROUND else "ballots"
    return Shown(phase, KIND_WORDS[phase.kind], state, people_in_words(phase.filter), unit)


def counted(session: Session, campaign: Campaign, phase: Phase, now: datetime) -> Counted:
    """The numbers of a phase as they are now."""
    if phase.starts_at <= now:
        return _so_far(phase, progress(session, phase))
    asking = Asking(campaign.polling_day, now, campaign.country)
    try:
        found = count_members(session, campaign.id, phase.kind, phase.filter, asking)
    except BadUniverse as refused:
        return Counted("nobody yet", problem=f"{str(refused)[:1].upper()}{str(refused)[1:]}.")
    return Counted(f"{number(found)} people as of now")


def _so_far(phase: Phase, found: Progress) -> Counted:
    people = f"{number(found.people)} people"
    round_ = phase.kind is PhaseKind.ROUND
    done, unit = (found.tried, "voters tried") if round_ else (found.ballots, "ballots")
    words = f"{number(done)} {unit}"
    percent = None
    if phase.goal:
        percent = min(done * 100 // phase.goal, 100)
        words = f"{number(done)} of {number(phase.goal)} {unit} ({done * 100 // phase.goal} %)"
    ballots = f", {number(found.ballots)} ballots recorded" if round_ else ""
    attempts = f"{number(found.attempts)} attempts{ballots}"
    return Counted(people, words, attempts, percent)


def rounds(
    session: Session, campaign: Campaign, schedule: Schedule, now: datetime
) -> list[Stretch]:
    """The rounds that would be suggested now."""
    suggested = suggest_rounds(schedule, place_names(session, campaign.id))
    return [one for one in suggested if one.ends_at > now]


FOLLOWED = (
    (
        REMIND_EVE,
        "Reminders the evening before",
        "Whoever told when they will vote is reminded between 5 and 8 pm of the evening before, "
        "on their own clock; whoever only pledged, on the evening before polling day.",
    ),
    (
        REMIND_HOUR,
        "Reminders an hour before",
        "Once more an hour before the time that they told, or as near to it as the hours allow.",
    ),
    (
        CHASE,
        "Ballot chase",
        "Whoever’s mail ballot is requested or sent and not back hears of it, every three days at "
        "most. A ballot that came to its stage within the last two days is left alone, until three "
        "days before polling day.",
    ),
)
"""What follows a voter through: purpose, heading, what it does."""


@dataclass(frozen=True)
class Followed:
    """One of these as the page has it."""

    purpose: str
    title: str
    does: str
    off: bool
    wordings: Sequence[Wording]


def followed(session: Session, campaign: Campaign) -> list[Followed]:
    """The reminders and the ballot chase: whether they are on, and what their texts say."""
    return [
        Followed(
            purpose,
            title,
            does,
            in_line.is_off(session, campaign.id, purpose),
            [
                wording(campaign, language, body)
                for language, body in words_of(session, campaign.id, purpose).items()
            ],
        )
        for purpose, title, does in FOLLOWED
    ]


@dataclass(frozen=True)
class AtTheClose:
    """The texts at the close as the page has them."""

    why_none: str
    off: bool
    wordings: Sequence[Wording]
    windows: Sequence[tuple[datetime, datetime]]  # when they go out, the first few
    more: int  # windows that are left out


def at_the_close(session: Session, campaign: Campaign, schedule: Schedule) -> AtTheClose:
    """Whether they go out, when, and what they say."""
    places = place_names(session, campaign.id) or [Place("", (schedule.zone,))]
    closes = sorted(set(closes_of(schedule, places).values()))
    windows = [(close - IN_LINE_FROM, close - IN_LINE_UNTIL) for close in closes]
    said = words_of(session, campaign.id)
    return AtTheClose(
        why_none(session, campaign.id),
        in_line.is_off(session, campaign.id),
        [wording(campaign, language, body) for language, body in said.items()],
        windows[:MOST_CLOSES],
        max(len(windows) - MOST_CLOSES, 0),
    )


def wording(campaign: Campaign, language: str, body: str) -> Wording:
    """A text with its segments, counted as a voter with long names would get it."""
    own = {"candidate": campaign.candidate, "organization": campaign.organization}
    facts = {**LONG_WORDS, **{name: words for name, words in own.items() if words}}
    try:
        filled = fill(body, facts)
    except UnknownField:
        filled = body
    name = LANGUAGES.get(language, language)
    return Wording(language, name, body, segments(filled), encoding(filled))


def hour_on(at: datetime) -> datetime:
    """The next full hour, for an empty form."""
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
