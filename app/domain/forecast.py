"""When a channel has nobody left to try, reckoned from the plan and the rates expected now."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.channel import Channel
from app.domain.model import Model
from app.domain.report import Dry
from app.domain.rest import FINAL_DAYS, SLACK

HOUR = timedelta(hours=1)
FINAL = timedelta(days=FINAL_DAYS) - SLACK
NOBODY = 1e-6
"""People are reckoned in parts; less than this of one is a slip of rounding."""


class _Batch(NamedTuple):
    """People who come back together."""

    at: datetime
    pass_: int  # the attempt that is their next
    since: int  # attempts that they have had since now
    people: float


def dry(
    channel: Channel,
    people: Sequence[int],
    planned: Mapping[datetime, int],
    model: Model,
    *,
    total_cap_left: int,
    now: datetime,
    closes_at: datetime,
    final_from: datetime | None = None,
) -> Dry:
    """Walks the planned hours from `now` until the polls close.

    `people[j]` are the voters whom the channel can reach and who have had j attempts on it, the
    last those with j or more; `planned` has attempts by the start of the hour;
    `total_cap_left` is how many more attempts one voter may get. Those with the fewest attempts
    are tried first. Each attempt takes one of them away, and after the spacing the share
    `returning` of its pass comes back for the next; the rest were reached, had bad numbers, or
    opted out. From `final_from` on the spacing is a day. It is dry at the first hour that finds
    too few.
    """
    hours = [
        (hour, planned[hour])
        for hour in sorted(planned)
        if planned[hour] > 0 and now < hour + HOUR and hour < closes_at
    ]
    walk = _Walk(channel, people, model, total_cap_left, final_from or closes_at)
    begun: dict[int, datetime] = {}
    dry_at = None
    for hour, attempts in hours:
        for pass_ in walk.take(hour, attempts):
            begun.setdefault(pass_, max(hour, now))
        if walk.missing > NOBODY:
            dry_at = max(hour, now)
            break
    return Dry(
        channel=channel,
        people=sum(people),
        attempts_left=_attempts_left(
            channel, people, model, total_cap_left, (now, final_from or closes_at, closes_at)
        ),
        planned=sum(attempts for _, attempts in hours),
        passes=tuple((pass_, at) for pass_, at in sorted(begun.items()) if pass_ > 1),
        dry_at=dry_at,
    )


class _Walk:
    """The people there are to try, and those who rest until they come back."""

    def __init__(
        self,
        channel: Channel,
        people: Sequence[int],
        model: Model,
        total_cap_left: int,
        final_from: datetime,
    ) -> None:
        self.returning = model.returning[channel]
        self.spacing = timedelta(days=model.spacing_days[channel]) - SLACK
        self.final_from = final_from
        self.cap = total_cap_left
        # The key sorts as they are tried: by pass, and within it whoever may be tried most often.
        able = people if total_cap_left > 0 else ()
        self.stock = {(j + 1, 0): float(number) for j, number in enumerate(able) if number}
        self.resting: deque[_Batch] = deque()  # in order of time: who is tried later is back later
        self.missing = 0.0

    def take(self, at: datetime, attempts: int) -> Iterator[int]:
        """Makes the hour's attempts; yields each pass that they belong to."""
        self._wake(at)
        self.missing = float(attempts)
        for key in sorted(self.stock):
            if self.missing <= NOBODY:
                return
            taken = min(self.stock[key], self.missing)
            self.missing -= taken
            self.stock[key] -= taken
            if self.stock[key] <= 0:
                del self.stock[key]
            self._rest(at, *key, taken)
            yield key[0]

    def _wake(self, at: datetime) -> None:
        while self.resting and self.resting[0].at <= at:
            batch = self.resting.popleft()
            key = (batch.pass_, batch.since)
            self.stock[key] = self.stock.get(key, 0.0) + batch.people

    def _rest(self, at: datetime, pass_: int, since: int, taken: float) -> None:
        left = taken * _share(self.returning, pass_)
        if since + 1 < self.cap and left > 0:
            until = min(at + self.spacing, max(self.final_from, at + min(self.spacing, FINAL)))
            self.resting.append(_Batch(until, pass_ + 1, since + 1, left))


def _share(returning: Sequence[float], pass_: int) -> float:
    return returning[min(pass_, len(returning)) - 1]


def _attempts_left(
    channel: Channel,
    people: Sequence[int],
    model: Model,
    total_cap_left: int,
    span: tuple[datetime, datetime, datetime],
) -> int:
    """All attempts that these people allow, were each tried as soon as it may be; `span` is now,
    the beginning of the final week, and the close of the polls."""
    now, final_from, closes_at = span
    if closes_at <= now:
        return 0
    usual = timedelta(days=model.spacing_days[channel]) - SLACK
    early = max(min(final_from, closes_at) - now, timedelta(0))
    late = closes_at - max(now, min(final_from, closes_at))
    day = timedelta(days=1)  # one round a day at most
    per = max(round((usual + SLACK) / day), 1) * day
    rounds = min(total_cap_left, 1 + int(early / per) + int(late / min(per, day)))
    total = 0.0
    for before, number in enumerate(people):
        left = float(number)
        for pass_ in range(before + 1, before + 1 + rounds):
            total += left
            left *= _share(model.returning[channel], pass_)
    return int(total)
