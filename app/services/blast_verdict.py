"""Verdict on a blast: why it cannot be scheduled, and what to know before it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.language import names
from app.domain.sender import Standing
from app.domain.spoken import day_in_words, time_in_words
from app.domain.throughput import Load, Outlook, Verdict, verdict
from app.services.blast_facts import CLOSED, OVER, Preview
from app.store.blasts import Blast
from app.store.frames import Frame

Judged = tuple[list[str], list[str]]
"""Refusals and warnings, a sentence each."""


def judged(
    found: Preview,
    blast: Blast,
    frame: Frame,
    senders: Sequence[tuple[Standing, str]],
    carried: Sequence[tuple[Load, Outlook]],
    now: datetime,
) -> Judged:
    """What is against the blast as it was reckoned, and what is worth knowing."""
    refusals = [*_of_people(found, blast, frame, now), *_of_senders(blast, senders)]
    warnings: list[str] = []
    verdicts = {verdict(load, one) for load, one in carried} if senders else set()
    if Verdict.REFUSED in verdicts:
        refusals.append(_too_many(found, carried))
    elif Verdict.WARNED in verdicts:
        warnings.append(_late(found, frame))
    warnings += [*_of_time(found, now), *_of_money(found), *_of_words(found, blast)]
    if senders and all(stopped for _, stopped in senders):
        warnings.append(
            f"Every {blast.channel.value} sender is stopped; start one before the blast begins."
        )
    paused = frame.rules.pause(blast.channel, now)
    starts_at = min((one.starts_at for one in found.stretches), default=None)
    if not refusals and paused is not None and starts_at is not None and starts_at < paused:
        warnings.append(
            f"{_paused(blast, frame, now)} until {_said(paused, frame)}; until then nothing of "
            "the blast goes out."
        )
    return refusals, warnings


def _paused(blast: Blast, frame: Frame, now: datetime) -> str:
    """What it is that is paused, with its verb."""
    whole = frame.rules.paused_until
    if whole is not None and now < whole:
        return "The campaign is paused"
    return f"{blast.channel.value.capitalize()}s are paused"


def _of_people(found: Preview, blast: Blast, frame: Frame, now: datetime) -> Iterator[str]:
    paused = frame.rules.pause(blast.channel, now)
    if not found.people:
        if found.barred.get(CLOSED):
            yield (
                "At that time the channel is closed for everybody it is for; choose a time within "
                "the hours."
            )
        elif found.barred.get(OVER):
            yield "Its time has passed; choose one to come."
        else:
            yield "Nobody would get it; choose other people."
    elif paused is not None and all(one.last_at <= paused for one in found.stretches):
        yield (
            f"{_paused(blast, frame, now)} until {_said(paused, frame)}, when this blast would be "
            "over; choose a later time, or end the pause."
        )


def _of_senders(blast: Blast, senders: Sequence[tuple[Standing, str]]) -> Iterator[str]:
    if not senders:
        yield f"This campaign has no {blast.channel.value} sender; add one first."


def _too_many(found: Preview, carried: Sequence[tuple[Load, Outlook]]) -> str:
    unsent = sum(one.unsent for _, one in carried)
    people = max(round(unsent / (found.average or 1)), 1)
    return (
        f"At the senders’ rates {people:,} of {found.people:,} voters would not get it before it "
        "must be done or the hours end. Give it more time, choose fewer people, shorten the words, "
        "or raise the senders’ rates."
    )


def _late(found: Preview, frame: Frame) -> str:
    at = f" at about {_said(found.finishes_at, frame)}" if found.finishes_at else ""
    return f"The senders need longer than it is spread over: the last goes out{at}."


def _of_time(found: Preview, now: datetime) -> Iterator[str]:
    if not found.people:
        return
    for why, words in ((CLOSED, "the channel is closed there then"), (OVER, "it is over there")):
        if number := found.barred.get(why):
            yield f"{_voters(number)} not get it: {words}."
    begun = sum(people for one, people in found.stretches.items() if one.starts_at <= now)
    if begun:
        yield (
            f"Its start has passed already for {begun:,} of {found.people:,}; what is due by now "
            "goes out at once."
        )


def _voters(number: int) -> str:
    return "1 voter does" if number == 1 else f"{number:,} voters do"


def _of_money(found: Preview) -> Iterator[str]:
    if found.people and found.cost > found.money_left:
        paid = int(max(found.money_left, Decimal(0)) / found.cost * found.people)
        yield (
            f"Money may be spent for about {paid:,} of {found.people:,} voters by then; the others "
            "do not get it unless the budget is raised."
        )


def _of_words(found: Preview, blast: Blast) -> Iterator[str]:
    for language, number in found.speakers.items():
        name = names().get(language)
        if name and language not in blast.words:
            read = "voter reads" if number == 1 else "voters read"
            yield f"{number:,} {read} {name}; without words in it they get the English ones."


def _said(at: datetime, frame: Frame) -> str:
    there = at.astimezone(ZoneInfo(frame.schedule.zone))
    return f"{time_in_words(there)} on {day_in_words(there)}"
