"""The report of a rehearsal in plain lines: promises, the week as a strip, faults, the story."""

from collections.abc import Collection, Iterator

from app.domain.rehearsal import Outcome
from app.web.rehearsal_strip import LOOKS, Look, Week, week
from app.web.rehearsal_words import (
    FAULTS,
    channels,
    duration,
    first_broken,
    judgement,
    replay,
    silent_minutes,
    silent_seconds,
    size,
    spending,
    title,
    verdict_word,
)
from app.web.words import channel_name, day, number


def lines(
    outcome: Outcome, rehearsal_id: int, campaign_id: int, faults: Collection[str]
) -> Iterator[str]:
    """Everything that is printed."""
    yield f"Rehearsal {rehearsal_id} of {outcome.campaign}: {judgement(outcome)}"
    yield (
        f"{size(outcome)}, {outcome.workers} workers, seed {outcome.seed}; "
        f"took {duration(outcome.seconds)}"
    )
    yield ""
    for verdict in outcome.verdicts:
        yield f"{title(verdict.promise):<24} {verdict_word(verdict):<16} {verdict.measured}"
    yield from _story(outcome)
    yield from ("", *_strip(week(outcome)))
    yield from ("", *_channels(outcome))
    yield from ("", *_faults(outcome))
    yield ""
    yield f"Silent minutes: {silent_minutes(silent_seconds(outcome))}"
    yield f"Spent {spending(outcome)}; incidents opened: {outcome.incidents}"
    yield from outcome.notes
    yield f"Again: {replay(campaign_id, outcome.seed, outcome.workers, faults)}"
    yield f"Trace {outcome.trace}"


def _story(outcome: Outcome) -> Iterator[str]:
    verdict = first_broken(outcome)
    if verdict is None:
        return
    yield ""
    yield f"How “{title(verdict.promise)}” was first broken"
    for number_, said in enumerate(verdict.story, 1):
        yield f"  {number_}. {said}"


def _strip(drawn: Week) -> Iterator[str]:
    """A letter an hour for each day and channel, and what the letters mean."""
    yield "The week, an hour a letter"
    ruler = [" "] * (len(drawn.slots) + 1)
    for place, (hour, again) in enumerate(drawn.slots):
        if hour % 3 == 0 and not again:
            ruler[place : place + 2] = f"{hour:02}"
    twice = [f"  ({hour:02} comes twice on one day)" for hour, again in drawn.slots if again]
    yield f"{'':<12} {'':<8} {''.join(ruler)}{''.join(twice)}"
    for row in drawn.days:
        for band in row.bands:
            cells = "".join(LOOKS[cell.look][0] for cell in band.cells)
            yield f"{day(row.day):<12} {channel_name(band.channel):<8} {cells}  {band.words}"
    yield "  ".join(f"{LOOKS[look][0]} {LOOKS[look][1]}" for look in Look if look in drawn.looks)


def _channels(outcome: Outcome) -> Iterator[str]:
    yield f"{'':<8} {'planned':>9} {'done':>9} {'share':>7}"
    for line in channels(outcome):
        yield (
            f"{channel_name(line.channel):<8} {number(line.planned):>9} {number(line.done):>9} "
            f"{line.share:>7}"
        )


def _faults(outcome: Outcome) -> Iterator[str]:
    if not outcome.faults:
        yield "No faults were injected."
        return
    yield f"{'fault':<22} {'times':>6} {'lost':>6} {'doubled':>8} {'outside':>8} {'silence':>9}"
    for one in outcome.faults:
        yield (
            f"{FAULTS[one.fault][0]:<22} {number(one.times):>6} {number(one.lost):>6} "
            f"{number(one.doubled):>8} {number(one.out_of_bounds):>8} "
            f"{duration(one.longest_silence):>9}"
        )
