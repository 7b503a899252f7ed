"""Follow-through: when a voter is reminded of their plan, when a ballot that is out is chased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Place, open_until, opens_next
from app.domain.local import instant
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR
from app.domain.schedule import Schedule
from app.domain.spoken import day_in_words, time_in_words

FOLLOWED = (REMIND_HOUR, REMIND_EVE, CHASE)
"""What follow-through releases, the most urgent first."""
WAYS = (Channel.TEXT, Channel.EMAIL, Channel.CALL)
"""In which order the channels are tried: a text where there is a consent, else an email, else a
call, since callers are the scarcest and do more with a conversation than with a reminder."""

EVENING = (time(17), time(20))
"""On the voter's clock: when people are at home and still up (custom)."""
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
JUST_SAID = timedelta(minutes=30)
"""So long after telling their plan nobody needs a reminder of it (custom)."""
CHASE_EVERY = timedelta(days=3) - timedelta(hours=4)
"""Between two chases of one voter: daily would be a nuisance, and a ballot that was put into the
mail after one takes about three days to be recorded as back (custom). Four hours less, so that the
hour of the day does not creep later each time."""
CHASE_AFTER = timedelta(days=2)
"""So long after its stage changed a ballot is left alone: it is in the mail (custom)."""
CHASE_ALL = timedelta(days=3)
"""So near to polling day every ballot that is out is chased, however lately its stage changed."""

LONGEST_WITH = 200


class How(StrEnum):
    """In which way a voter means to vote; stored by value."""

    POLLS = "polls"
    EARLY = "early"
    MAIL = "mail"


@dataclass(frozen=True)
class Intention:
    """What a voter says of how they will vote; with nothing else said, that they will."""

    votes_at: datetime | None = None
    how: How | None = None
    with_whom: str = ""
    ride: bool = False  # needs one


def problem_with(said: Intention, schedule: Schedule, place: Place, now: datetime) -> str:
    """Why a plan cannot be, in a sentence that says what to do; empty when it can."""
    if len(said.with_whom) > LONGEST_WITH:
        return f"“With whom” is over {LONGEST_WITH} characters; shorten it."
    if said.votes_at is None:
        return ""
    if said.votes_at <= now:
        return "That time to vote has passed; choose a later one, or leave it empty."
    opens, closes = schedule.polls_open_at(place), schedule.polls_close_at(place)
    clock = place.clock(schedule.zone)
    if said.votes_at >= closes:
        return f"The polls close there {_on(closes, clock)}; choose an earlier time."
    if said.how is How.POLLS and said.votes_at < opens:
        return (
            f"The polls open there {_on(opens, clock)}; choose a later time, or say that they "
            "vote early or by mail."
        )
    return ""


def _on(at: datetime, clock: ZoneInfo) -> str:
    there = at.astimezone(clock)
    return f"on {day_in_words(there)} at {time_in_words(there)}"


@dataclass(frozen=True)
class Stretch:
    """Those who mean to vote after `first` and until `last` are to be reminded now."""

    first: datetime
    last: datetime
    due_at: datetime | None  # None: an hour before each one's own time
    until: datetime | None  # when a reminder is over; None: at each one's own time
    unless_told: bool = False  # only those who had no reminder the evening before


def evening_of(schedule: Schedule, place: Place, now: datetime) -> Stretch | None:
    """Those who vote tomorrow, if it is evening on the voter's clock; None at any other time."""
    clock = place.clock(schedule.zone)
    today = now.astimezone(clock).date()
    begin, end = (instant(today, at, clock.key) for at in EVENING)
    if not begin <= now < end:
        return None
    midnights = [instant(today + timedelta(days=n), time.min, clock.key) for n in (1, 2)]
    return Stretch(midnights[0], midnights[1], begin, end)


def is_eve_of_polls(schedule: Schedule, place: Place, now: datetime) -> bool:
    """Whether the polls first open tomorrow on the voter's clock."""
    first = schedule.first_polling_day or schedule.polling_day
    today = now.astimezone(place.clock(schedule.zone)).date()
    return today + timedelta(days=1) == first


def hours_of_reminders(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> list[Stretch]:
    """Those whose reminder an hour before is due now on a channel; none while it is closed.

    First those who vote within the hour. Where the channel is closed in all of somebody's last
    hour, the last open hour before it takes its place; it mostly lies in the evening before, and
    then whoever had the reminder of that evening needs no second.
    """
    end = open_until(schedule, place, channel, now)
    if end is None:
        return []
    soon = [Stretch(now, now + HOUR, None, None)]
    if now < end - HOUR:
        return soon
    again = opens_next(schedule, place, channel, end)
    last = schedule.polls_close_at(place) if again is None else again
    if end + HOUR <= last:
        soon.append(Stretch(end + HOUR - MOMENT, last, now, end, unless_told=True))
    return soon


def out_since(schedule: Schedule, now: datetime) -> date:
    """Until which day a ballot must have come to its stage for it to be chased now."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    return today if schedule.polling_day - today <= CHASE_ALL else today - CHASE_AFTER


def ways_first(ways: Sequence[Channel]) -> list[tuple[Channel, Sequence[Channel]]]:
    """Each way with those that come before it: whom these reach is not its own."""
    ordered = [way for way in WAYS if way in ways]
    return [(way, ordered[:at]) for at, way in enumerate(ordered)]
