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
from app.web.retold import retold
from app.web.tongue import marked, ngettext
from app.web.tongue import translated as _
from app.web.words import language as language_name
from app.web.words import number

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
    unit = _("voters tried") if phase.kind is PhaseKind.ROUND else _("ballots")
    return Shown(phase, retold(KIND_WORDS[phase.kind]), state, people_in_words(phase.filter), unit)


def counted(session: Session, campaign: Campaign, phase: Phase, now: datetime) -> Counted:
    """The numbers of a phase as they are now."""
    if phase.starts_at <= now:
        return _so_far(phase, progress(session, phase))
    asking = Asking(campaign.polling_day, now, campaign.country)
    try:
        found = count_members(session, campaign.id, phase.kind, phase.filter, asking)
    except BadUniverse as refused:
        words = retold(refused)
        return Counted(_("nobody yet"), problem=f"{words[:1].upper()}{words[1:]}.")
    return Counted(_("%(count)s people as of now", count=number(found)))


def _so_far(phase: Phase, found: Progress) -> Counted:
    people = _("%(count)s people", count=number(found.people))
    round_ = phase.kind is PhaseKind.ROUND
    done = found.tried if round_ else found.ballots
    unit = _("voters tried") if round_ else _("ballots")
    words = _("%(count)s %(unit)s", count=number(done), unit=unit)
    percent = None
    if phase.goal:
        percent = min(done * 100 // phase.goal, 100)
        words = _(
            "%(count)s of %(goal)s %(unit)s (%(percent)s %%)",
            count=number(done),
            goal=number(phase.goal),
            unit=unit,
            percent=done * 100 // phase.goal,
        )
    facts = {"attempts": number(found.attempts), "ballots": number(found.ballots)}
    if round_:
        attempts = _("%(attempts)s attempts, %(ballots)s ballots recorded", **facts)
    else:
        attempts = _("%(attempts)s attempts", attempts=facts["attempts"])
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
        marked("Reminders the evening before"),
        marked(
            "Whoever told when they will vote is reminded between 5 and 8 pm of the evening "
            "before, on their own clock; whoever only pledged, on the evening before polling day."
        ),
    ),
    (
        REMIND_HOUR,
        marked("Reminders an hour before"),
        marked(
            "Once more an hour before the time that they told, or as near to it as the hours allow."
        ),
    ),
    (
        CHASE,
        marked("Ballot chase"),
        marked(
            "Whoever’s mail ballot is requested or sent and not back hears of it, every three days "
            "at most. A ballot that came to its stage within the last two days is left alone, "
            "until three days before polling day."
        ),
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
            _(title),
            _(does),
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
    return Wording(language, language_name(language), body, segments(filled), encoding(filled))


def segments_words(count: int) -> str:
    """2 segments."""
    return ngettext("%(count)s segment", "%(count)s segments", count, count=number(count))


def hour_on(at: datetime) -> datetime:
    """The next full hour, for an empty form."""
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
