"""A shift of a list: whose, on which day, from when until when, for calls or texts."""

from collections.abc import Collection
from datetime import time

from app.domain.channel import Channel
from app.domain.cleaned import Clean, Cleaned
from app.domain.day import clean_day
from app.domain.layout import Columns
from app.domain.listed import (
    Unusable,
    Value,
    array,
    channels_meant,
    languages_in,
    row_cleaner,
    short,
)
from app.domain.name import clean_text
from app.domain.time_of_day import clean_time, in_words, says_half
from app.domain.volunteer import email_value

ROW = ("email", "channel", "day", "starts", "ends", "languages")

EARLY = time(6)
"""Before this hour a start without am or pm is taken for a slip: "5" means five in the evening."""


def shift_cleaner(columns: Columns, languages: Collection[str]) -> Clean:
    """Cleans rows of shifts into ROW, on the campaign's own clock."""

    def finish(values: dict[str, str]) -> Cleaned:
        starts, ends = time.fromisoformat(values["starts"]), time.fromisoformat(values["ends"])
        if ends <= starts:
            raise Unusable(
                f"ends at {in_words(ends)}, starts at {in_words(starts)}: write am or pm; a shift "
                "over midnight is two rows"
            )
        codes, strange = languages_in(values["languages"], languages)
        lost = "; ".join(f"language {word!r} is not known; kept without it" for word in strange)
        return Cleaned((*(values[field] for field in ROW[:-1]), array(codes)), lost)

    return row_cleaner(
        columns,
        {
            "email": email_value,
            "channel": _channel,
            "day": _day(columns),
            "starts": _hour("from"),
            "ends": _hour("until"),
            "languages": short("the languages"),
        },
        finish,
    )


def _channel(raw: str) -> str:
    meant = channels_meant(raw) if raw.strip() else (Channel.CALL.value,)
    if not meant or meant[0] == Channel.EMAIL:
        raise Unusable(f"{clean_text(raw)[:40]!r} is neither calls nor texts")
    return meant[0]


def _day(columns: Columns) -> Value:
    formats = (*columns.layout.days, "%Y-%m-%d")

    def day(raw: str) -> str:
        found = clean_day(raw, formats)
        if found is None:
            raise Unusable(f"{clean_text(raw)[:40]!r} is no day: write it as 2026-11-03")
        return found.isoformat()

    return day


def _hour(title: str) -> Value:
    def hour(raw: str) -> str:
        at = clean_time(raw)
        if at is None:
            raise Unusable(f"{title} {clean_text(raw)[:40]!r} is no time: write 6:30 pm or 18:30")
        if at < EARLY and not says_half(raw):
            raise Unusable(f"{title} {clean_text(raw)!r}: write am or pm")
        return at.isoformat()

    return hour
