"""The coverage strip in words: an hour of a channel, and its whole day."""

from collections.abc import Iterable
from itertools import groupby

from app.domain.report import Cover, HourCover
from app.web import war_words
from app.web.plan_words import CAUSES, COVERS, hours, noun, stretches
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import number


def hour_told(hour: HourCover) -> str:
    """As a table has it under its channel: 412 of 500: too few are booked."""
    if hour.cover not in (Cover.PLANNED, Cover.GAP):
        return COVERS[hour.cover][1]
    planned = number(hour.planned)
    if hour.wanted > hour.planned:
        planned = _("%(planned)s of %(wanted)s", planned=planned, wanted=number(hour.wanted))
    if hour.cover is Cover.GAP:
        planned = _("! gap, %(planned)s", planned=planned)
    return f"{planned}{_why(hour, ': ')}{_blasts(hour)}"


def hour_words(hour: HourCover) -> str:
    """412 of 500 calls planned; gap, no calls of 500 wanted, nobody is booked; closed by law."""
    why = _why(hour, ", ")
    facts = {
        "channel": noun(hour.channel),
        "planned": number(hour.planned),
        "wanted": number(hour.wanted),
    }
    if hour.cover is Cover.PLANNED:
        short = hour.wanted > hour.planned
        said = (
            _("%(planned)s of %(wanted)s %(channel)s planned", **facts)
            if short
            else _("%(planned)s %(channel)s planned", **facts)
        )
        share = f"{hour.open_share:.0%}"
        part = _(", open for %(share)s of voters", share=share) if hour.open_share < 0.995 else ""
        return f"{said}{why}{part}{_blasts(hour)}"
    if hour.cover is Cover.GAP and hour.planned:
        return _("gap, %(planned)s %(channel)s of %(wanted)s wanted", **facts) + why
    if hour.cover is Cover.GAP:
        return _("gap, no %(channel)s of %(wanted)s wanted", **facts) + why
    if hour.cover is Cover.PAST and hour.planned:
        return _("past, %(planned)s %(channel)s were planned", **facts) + _blasts(hour)
    return COVERS[hour.cover][1]


def _blasts(hour: HourCover) -> str:
    """; 120 more by blasts."""
    return f"; {war_words.by_blasts(hour.blasts)}" if hour.blasts else ""


def _why(hour: HourCover, joint: str) -> str:
    return f"{joint}{CAUSES[hour.cause]}" if hour.cause else ""


def band_words(hours: Iterable[HourCover | None], zone: str) -> str:
    """A channel's day in words: 4,120 planned in 11 hours; gap 5–8 pm, nobody is booked."""
    found = [hour for hour in hours if hour is not None]
    planned = [hour.planned for hour in found if hour.cover is Cover.PLANNED]
    said = [_planned_words(sum(planned), len(planned))] if planned else []
    if blasts := sum(hour.blasts for hour in found if hour.cover is Cover.PLANNED):
        said.append(war_words.by_blasts(blasts))
    gaps = [hour for hour in found if hour.cover is Cover.GAP]
    for cause, group in groupby(gaps, key=lambda hour: hour.cause):
        at = _("gap %(at)s", at=_at(group, zone))
        said.append(f"{at}, {CAUSES[cause]}" if cause else at)
    covers = {hour.cover for hour in found}
    barred = (Cover.BLACKOUT, Cover.SILENCE, Cover.PAUSED)
    said += [COVERS[cover][1] for cover in barred if cover in covers]
    rest = (Cover.NOT_BEGUN, Cover.PAST, Cover.OWN_HOURS)
    quiet = next((COVERS[cover][1] for cover in rest if cover in covers), _("closed"))
    return "; ".join(said) or quiet


def _planned_words(planned: int, hours: int) -> str:
    return ngettext(
        "%(planned)s planned in %(count)s hour",
        "%(planned)s planned in %(count)s hours",
        hours,
        planned=number(planned),
        count=number(hours),
    )


def _at(group: Iterable[HourCover], zone: str) -> str:
    found = stretches((hour.at for hour in group), zone)
    return ", ".join(hours(begins, ends, zone) for begins, ends in found)
