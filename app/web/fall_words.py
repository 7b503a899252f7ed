"""Where a channel falls in the final week, in words: which days, and why."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from app.domain.channel import Channel
from app.domain.report import Cause, DayLine
from app.web.plan_words import CAUSES
from app.web.tongue import translated as _
from app.web.words import day

A_RUN = 3
"""So many days in a row are told by the first and the last."""


def falls(lines: Iterable[DayLine]) -> list[tuple[Channel, str]]:
    """For each channel and cause: fewer than the day before on Mon, Nov 2: too few are booked."""
    found: dict[tuple[Channel, Cause], list[date]] = {}
    for line in lines:
        if line.falls:
            found.setdefault((line.channel, line.falls), []).append(line.day)
    return [
        (
            channel,
            _("fewer than the day before %(days)s: %(why)s", days=_days(days), why=CAUSES[cause]),
        )
        for (channel, cause), days in found.items()
    ]


def _days(days: Sequence[date]) -> str:
    """on Mon, Nov 2; on Sat, Oct 31 and Mon, Nov 2; from Fri, Oct 30 to Tue, Nov 3."""
    in_a_row = days[-1] - days[0] == timedelta(days=len(days) - 1)
    if len(days) >= A_RUN and in_a_row:
        return _("each day from %(first)s to %(last)s", first=day(days[0]), last=day(days[-1]))
    said = [day(one) for one in days]
    if not said[1:]:
        return _("on %(day)s", day=said[0])
    return _("on %(days)s and %(last)s", days=", ".join(said[:-1]), last=said[-1])
