"""What booked blasts will send in each hour to come, and how much of the senders that takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.blast import Stretch

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Booked:
    """People who are still to get a blast, on one clock, and the segments of a message."""

    stretch: Stretch
    people: int
    parts: int = 1


@dataclass(frozen=True)
class HourLoad:
    """What blasts send in one hour."""

    messages: float = 0.0
    parts: float = 0.0  # segments of texts; the same number of mails

    def plus(self, messages: float, parts: int) -> "HourLoad":
        """With so many messages of so many parts more."""
        return HourLoad(self.messages + messages, self.parts + messages * parts)


def by_hour(booked: Sequence[Booked], an_hour: float, now: datetime) -> list[dict[datetime, float]]:
    """Messages of each in each hour (UTC) from `now` on, within what the senders carry in an hour,
    in parts; what must be done first goes first, and what is not sent when its time is over never
    is.

    What is missing is due evenly over the open hours that are left of its stretch, or at once.
    """
    sent: list[dict[datetime, float]] = [{} for _ in booked]
    last = max((one.stretch.last_at for one in booked), default=now)
    order = sorted(range(len(booked)), key=lambda number: booked[number].stretch.last_at)
    due = [0.0] * len(booked)
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < last:
        begin, end = max(hour, now), hour + HOUR
        room = an_hour * ((end - begin) / HOUR)
        for number in order:
            one = booked[number]
            due[number] += one.people * _share(one.stretch, begin, end, now)
            open_ = one.stretch.open_for(begin, end) / HOUR
            some = min(due[number], min(an_hour * open_, room) / one.parts)
            if some > 0:
                sent[number][hour] = some
                due[number] -= some
                room -= some * one.parts
        hour = end
    return sent


def _share(stretch: Stretch, begin: datetime, end: datetime, now: datetime) -> float:
    """How much of what is missing now falls due from `begin` to `end`."""
    before = stretch.share_due(now)
    if before >= 1:
        return 1.0 if begin <= now < end else 0.0
    return (stretch.share_due(end) - stretch.share_due(begin)) / (1 - before)
