"""What the ramp editor draws: the campaign's days, which part of each is open, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.days import campaign_days, usable
from app.domain.hours import Place
from app.domain.ramp import FINAL_DAYS, RampRule, ramp_problems, total_of, volumes, warnings
from app.domain.report import Report
from app.store.campaigns import Campaign
from app.store.frames import load_frame, places_of
from app.web.kept import KEEP_SHORTLY, Kept
from app.web.ramp_form import day_name
from app.web.war_tally import tally
from app.web.words import channel_name, day, month, weekday


@dataclass(frozen=True)
class Frame:
    """The days of a campaign on its own clock."""

    days: tuple[date, ...]
    today: date
    polling_day: date
    usable: Mapping[Channel, Sequence[float]]  # the open part of each day
    done: Mapping[tuple[Channel, date], int]

    @property
    def ahead(self) -> tuple[date, ...]:
        """Today and the days to come, which alone can change."""
        return tuple(one for one in self.days if one >= self.today)

    def curve(self, channel: Channel, rule: RampRule) -> list[int]:
        """The ramp's attempts of each day; raises ValueError."""
        return volumes(rule, self.days, self.usable[channel])

    def whole(self, channel: Channel, rule: RampRule) -> RampRule:
        """The ramp with the total that follows from it; raises ValueError."""
        return replace(rule, total=total_of(rule, self.days, self.usable[channel]))

    def problems(self, rule: RampRule) -> dict[str, str]:
        """What is wrong with a ramp here, by field."""
        return ramp_problems(rule, self.days[0], self.polling_day)

    def warnings(self, channel: Channel, rule: RampRule) -> list[str]:
        """What should be known of a ramp that is accepted; raises ValueError."""
        return warnings(rule, self.days, self.usable[channel])


@dataclass(frozen=True)
class Row:
    """One day of the table beside a curve."""

    day: date
    name: str  # in the form
    value: str
    done: int
    past: bool
    closed: bool
    problem: str = ""


def frame_of(session: Session, campaign: Campaign, clock: Clock, kept: Kept) -> Frame:
    """The frame of a campaign; what is slow to count is counted anew after a while."""
    now, wall = clock.now(), clock.wall()

    def ask() -> tuple[tuple[date, ...], dict[Channel, list[float]]]:
        schedule = load_frame(session, campaign.id).schedule
        places = kept.count(("places", campaign.id), wall, lambda: places_of(session, campaign.id))
        places = places or {Place("", (campaign.zone,)): 1}
        days = campaign_days(schedule, places)
        return tuple(days), {one: usable(schedule, places, one, days) for one in Channel}

    days, parts = kept.count(("ramp days", campaign.id), wall, ask, KEEP_SHORTLY)
    counts = tally(session, campaign, now, wall, kept).days.values()
    return Frame(
        days,
        now.astimezone(ZoneInfo(campaign.zone)).date(),
        campaign.polling_day,
        parts,
        {(count.channel, count.day): count.done for count in counts},
    )


def rows(
    frame: Frame,
    channel: Channel,
    curve: Sequence[int],
    typed: Mapping[str, str],
    wrong: Mapping[date, str],
) -> list[Row]:
    """The table of days; what was typed stays, right or wrong."""
    found = []
    for one, volume, part in zip(frame.days, curve, frame.usable[channel], strict=True):
        name = day_name(channel, one)
        found.append(
            Row(
                one,
                name,
                typed.get(name, str(volume)),
                frame.done.get((channel, one), 0),
                one < frame.today,
                part == 0,
                wrong.get(one, ""),
            )
        )
    return found


def chart(frame: Frame, curves: Mapping[Channel, Sequence[int]]) -> dict[str, Any]:
    """The same for the script that draws the curves."""
    return {
        "days": [
            {
                "day": one.isoformat(),
                "name": day(one),
                "weekday": weekday(one)[:2],
                "number": one.day,
                "month": month(one),
                "past": one < frame.today,
                "today": one == frame.today,
                "final": at >= len(frame.days) - FINAL_DAYS,
                "polling": one == frame.polling_day,
            }
            for at, one in enumerate(frame.days)
        ],
        "channels": {
            channel.value: {
                "name": channel_name(channel),
                "closed": [part == 0 for part in frame.usable[channel]],
                "done": [frame.done.get((channel, one), 0) for one in frame.days],
                "volumes": list(curve),
            }
            for channel, curve in curves.items()
        },
    }


@dataclass(frozen=True)
class Sum:
    """A channel, or all of them, from today on."""

    channel: Channel | None
    wanted: int
    planned: int
    cost: float
    votes: float


def sums(report: Report, zone: str) -> list[Sum]:
    """Each channel and then all together, from the day on which the report was made."""
    first = _day_of(report.made_at, zone)
    lines = [line for line in report.days if line.day >= first]
    found = []
    for channel in [*Channel, None]:
        mine = [line for line in lines if channel in (line.channel, None)]
        if mine:
            found.append(
                Sum(
                    channel,
                    sum(line.wanted for line in mine),
                    sum(line.planned for line in mine),
                    sum(line.cost for line in mine),
                    sum(line.votes for line in mine),
                )
            )
    return found


def _day_of(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
