"""Planned against done for each day, as the chart and its table want it."""

import gzip
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly

from app.domain.channel import Channel
from app.store.board import DayCount
from app.web.words import CHANNELS

VERSION = str(plotly.__version__)


SCRIPT = Path(plotly.__path__[0]) / "package_data" / "plotly.min.js"


@lru_cache(maxsize=1)
def script() -> bytes:
    """Plotly's script, compressed: 4.8 MB become 1.4."""
    return gzip.compress(SCRIPT.read_bytes(), compresslevel=4)


@lru_cache(maxsize=1)
def style_ids() -> tuple[str, ...]:
    """The elements under whose ids Plotly writes style sheets into the page, unless they exist.

    Our policy forbids such sheets, so the page has the elements; chart.css has what we need.
    """
    for_maps = re.findall(r'getElementById\("([0-9a-f]{64})"\)', SCRIPT.read_text("utf-8"))
    return ("plotly.js-style-global", *dict.fromkeys(for_maps))


def figure(counts: list[DayCount], today: date) -> dict[str, Any]:
    """The numbers of the chart; the page gives them their colors and places."""
    days = sorted({count.day for count in counts})
    return {
        "days": [f"{when:%b} {when.day}" for when in days],
        "today": f"{today:%b} {today.day}" if today in days else None,
        "channels": [_line(channel, counts, days) for channel in _used(counts)],
    }


def table(counts: list[DayCount]) -> list[tuple[date, dict[Channel, DayCount]]]:
    """The same numbers by day: each day with its channels."""
    days = sorted({count.day for count in counts})
    return [(when, {c.channel: c for c in counts if c.day == when}) for when in days]


def _used(counts: list[DayCount]) -> list[Channel]:
    busy = {count.channel for count in counts if count.planned or count.done}
    return [channel for channel in Channel if channel in busy]


def _line(channel: Channel, counts: list[DayCount], days: list[date]) -> dict[str, Any]:
    by_day = {count.day: count for count in counts if count.channel == channel}
    mark, name = CHANNELS[channel]
    return {
        "channel": channel.value,
        "name": f"{mark} {name}",
        "planned": [by_day[when].planned if when in by_day else 0 for when in days],
        "done": [by_day[when].done if when in by_day else 0 for when in days],
    }
