"""Polls: when they open and close in a state, read with care from the table of polling hours."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from app.domain.place import Polls
from app.domain.tables import table

_TIME = re.compile(r"\d\d:\d\d")
_BY_ZONE = re.compile(r"(\d\d:\d\d) ([ECMP]T)")
_LETTERS = {-5: "ET", -6: "CT", -7: "MT", -8: "PT"}
"""How the table names clocks, by the hours of their standard time from UTC."""
_WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)


@cache
def polls_of(state: str, zone: str) -> Polls:
    """When the polls of a US state open and close on a clock (IANA); None where the table does not
    say or has no such state. Source: data/us_polling_hours.csv, each row with its own.

    Of a range the latest opening and the earliest closing count, so that nobody is told to come
    before the doors are open or when they are shut. Where hours depend on the zone, it is the
    voter's.
    """
    row = _rows().get(state)
    if row is None:
        return None, None
    return _read(row["open_local"], zone, max), _read(row["close_local"], zone, min)


@cache
def _rows() -> Mapping[str, dict[str, str]]:
    return {row["state"]: row for row in table("us_polling_hours")}


def _read(cell: str, zone: str, careful: Callable[[Iterable[str]], str]) -> time | None:
    """A cell: "07:00", "06:00-10:00", "varies, by 11:00", "19:00 most, up to 20:00", "20:00 ET /
    19:00 CT"; None for words alone, as "county sets"."""
    by_zone = {letters: at for at, letters in _BY_ZONE.findall(cell)}
    named = _TIME.findall(cell)
    if not named:
        return None
    return time.fromisoformat(by_zone.get(_letters(zone)) or careful(named))


def _letters(zone: str) -> str:
    offset = _WINTER.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return _LETTERS.get(offset // timedelta(hours=1), "")
