"""Preview of a blast: whom it reaches, what it costs, when it is through, and why it cannot be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.blast import Stretch, stretches
from app.domain.channel import Channel
from app.domain.condition import BadUniverse
from app.domain.hours import Place
from app.domain.message import Unfilled, UnknownField, fields_of
from app.domain.segment import encoding, segments
from app.domain.spoken import VotesAt
from app.domain.throughput import Load, outlook
from app.services.blast_facts import CLOSED, OVER, UNFILLED, Preview, Reading
from app.services.blast_verdict import judged
from app.services.blast_words import word_problems
from app.services.compose import Words, words_for
from app.services.release import prices
from app.store import blasts as stored
from app.store.blast_people import Likes, alike
from app.store.blasts import Blast
from app.store.frames import Frame, load_frame, place_names
from app.store.plan_hours import planned_hours
from app.store.pool import money_left
from app.store.universe_sql import Asking

HOUR = timedelta(hours=1)


def preview(session: Session, blast: Blast, now: datetime) -> Preview:
    """Counts and reckons in a few set-based queries; a second or two for a million targets."""
    frame = load_frame(session, blast.campaign_id)
    wrong = list(word_problems(blast.channel, blast.words, frame.schedule.country).values())
    try:
        groups = alike(
            session,
            blast,
            Asking(frame.schedule.polling_day, now, frame.schedule.country),
            total_cap=frame.rules.total_cap,
            by_polling_place=_names_polling_place(blast),
        )
    except BadUniverse as refused:
        return Preview(refusals=[*wrong, f"{str(refused)[:1].upper()}{str(refused)[1:]}."])
    when = _when(frame, blast, groups)
    barred = Counter({one.bar: one.number for one in groups if one.bar})
    read: list[_Read] = []
    for one in groups:
        stretch = when.get(one.place)
        if one.bar:
            continue
        if stretch is None or stretch.last_at <= now:
            barred[CLOSED if stretch is None else OVER] += one.number
        else:
            try:
                read.append(_read(frame, blast, one, stretch))
            except Unfilled:
                barred[UNFILLED] += one.number
    return _reckoned(session, frame, blast, now, groups, barred, read, wrong)


def last_of(session: Session, frame: Frame, blast: Blast) -> datetime | None:
    """When it is over for the last of the campaign's places; None if it goes out nowhere."""
    places = place_names(session, frame.id)
    found = stretches(blast.timing, frame.schedule, places, blast.channel)
    return max((one.last_at for one in found), default=None)


def _names_polling_place(blast: Blast) -> bool:
    for words in blast.words.values():
        try:
            if "polling_place" in fields_of(words.get("body", "") + words.get("subject", "")):
                return True
        except UnknownField:  # which is among the refusals
            continue
    return False


def _when(frame: Frame, blast: Blast, groups: Sequence[Likes]) -> dict[str, Stretch]:
    """The stretch of each place of those who get it, by the place's key."""
    places = {Place.of(one.place) for one in groups if not one.bar}
    found = stretches(blast.timing, frame.schedule, places, blast.channel)
    return {place.key: stretch for stretch, there in found.items() for place in there}


@dataclass(frozen=True)
class _Read:
    """The words as voters who are alike get them."""

    language: str  # of the words
    speaks: str
    number: int
    stretch: Stretch
    words: Words
    segments: int


def _read(frame: Frame, blast: Blast, one: Likes, stretch: Stretch) -> _Read:
    language = one.language if one.language in blast.words else "en"
    scripts = {
        name: Words(said.get("subject", ""), said.get("body", ""))
        for name, said in blast.words.items()
    }
    where = VotesAt(one.polling_place, one.precinct)
    try:
        words = words_for(scripts, frame, one.first_name, where, language, Place.of(one.place))
    except Unfilled:
        raise
    except UnknownField:  # which is among the refusals
        words = scripts[language]
    parts = segments(words.body) if blast.channel is Channel.TEXT else 1
    return _Read(language, one.language, one.number, stretch, words, parts)


def _readings(blast: Blast, read: Sequence[_Read]) -> list[Reading]:
    """Each language that somebody gets, with its longest message."""
    found = []
    for language in blast.words:
        same = [one for one in read if one.language == language]
        if same:
            most = max(same, key=lambda one: (one.segments, len(one.words.body)))
            people = sum(one.number for one in same)
            code = encoding(most.words.body)
            found.append(Reading(language, people, most.words, most.segments, code))
    return found


def _reckoned(
    session: Session,
    frame: Frame,
    blast: Blast,
    now: datetime,
    groups: Sequence[Likes],
    barred: Mapping[str, int],
    read: Sequence[_Read],
    wrong: Sequence[str],
) -> Preview:
    people: Counter[Stretch] = Counter()
    amounts: Counter[Stretch] = Counter()
    for one in read:
        people[one.stretch] += one.number
        amounts[one.stretch] += one.number * one.segments
    loads = [Load(stretch, amount) for stretch, amount in amounts.items()]
    senders = stored.senders_of(session, frame.id, blast.channel)
    # A sender that is stopped today may send by then; a warning says that it must be started.
    able = [one for one, stopped in senders if not stopped] or [one for one, _ in senders]
    outlooks = outlook(loads, able, now)
    finishes = max((one.finishes_at for one in outlooks if one.finishes_at), default=None)
    starts = max(min((one.starts_at for one in people), default=now), now)
    priced = prices(session, frame, blast.channel, blast.purpose)
    whole = sum(amounts.values())
    found = Preview(
        voters=sum(one.number for one in groups),
        targets=sum(one.number for one in groups) - barred.get("no target", 0),
        people=sum(people.values()),
        barred=dict(sorted(barred.items(), key=lambda item: (-item[1], item[0]))),
        segments=whole,
        longest=max((one.segments for one in read), default=0),
        cost=(priced.price if priced is not None else Decimal(0)) * whole,
        money_left=money_left(session, frame.id, frame.spendable(starts)),
        readings=_readings(blast, read),
        speakers=_speakers(read),
        stretches=dict(people),
        finishes_at=finishes,
        planned=_planned(session, frame, blast.channel, starts, finishes or starts),
    )
    refusals, warnings = judged(
        found, blast, frame, senders, list(zip(loads, outlooks, strict=True)), now
    )
    return replace(found, refusals=[*wrong, *refusals], warnings=warnings)


def _speakers(read: Sequence[_Read]) -> dict[str, int]:
    speakers: Counter[str] = Counter()
    for one in read:
        speakers[one.speaks] += one.number
    return dict(speakers)


def _planned(
    session: Session, frame: Frame, channel: Channel, begin: datetime, end: datetime
) -> int:
    hours = planned_hours(session, frame.id, channel)
    return sum(number for hour, number in hours.items() if begin - HOUR < hour < end)
