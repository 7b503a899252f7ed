"""Changes to the rules of hours: what an organizer may override. See rule_json for their form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from app.domain.channel import Channel


class RuleKind(StrEnum):
    """What a change concerns; stored by value."""

    CALLING_HOURS = "calling_hours"  # replaces the table's rows of a scope
    POLLS = "polls"  # when the polls of a state open and close
    SILENCE = "silence"  # election silence of the campaign's country
    BLACKOUT = "blackout"  # a stretch in which nothing goes out
    OWN_HOURS = "own_hours"  # the campaign's own hours, narrower than the law


@dataclass(frozen=True)
class CallingHours:
    """Hours of a scope (a state's code, "federal", "custom") on some weekdays; no hours: closed."""

    scope: str
    channels: tuple[Channel, ...]
    weekdays: tuple[int, ...]  # 0 = Monday
    opens: time | None
    closes: time | None
    max_per_24h: int | None = None


@dataclass(frozen=True)
class PollHours:
    """When the polls of a state open and close, on the voter's clock."""

    state: str
    opens: time
    closes: time


@dataclass(frozen=True)
class Silence:
    """A period of election silence, in the words of the table: "00:00 on the eve"; empty: none."""

    starts: str
    ends: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class Blackout:
    """A stretch in which these channels are closed everywhere."""

    begins_at: datetime
    ends_at: datetime
    channels: tuple[Channel, ...]
    reason: str = ""


@dataclass(frozen=True)
class OwnHours:
    """The campaign's own hours on some weekdays, on the voter's clock; they can only narrow."""

    channels: tuple[Channel, ...]
    weekdays: tuple[int, ...]  # 0 = Monday
    opens: time
    closes: time


Change = CallingHours | PollHours | Silence | Blackout | OwnHours

KIND_OF: Mapping[type[Change], RuleKind] = {
    CallingHours: RuleKind.CALLING_HOURS,
    PollHours: RuleKind.POLLS,
    Silence: RuleKind.SILENCE,
    Blackout: RuleKind.BLACKOUT,
    OwnHours: RuleKind.OWN_HOURS,
}
