"""The bar: the first rule that forbids an attempt, asked at release and again at sending."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_until, opens_next

NEEDS_CONSENT = frozenset({Channel.TEXT})
"""An autodialed text to a mobile needs prior consent: 47 CFR 64.1200(a)(1)."""
NEEDS_CONSENT_IN = {"GB": frozenset({Channel.TEXT, Channel.EMAIL})}
"""Countries with a rule of their own. GB: electronic mail, Privacy Regulations 2003, reg. 22."""


ANSWER_WITHIN = timedelta(hours=1)
"""Whoever wrote so lately is up: an answer may go though the hours are over."""


def needs_consent(channel: Channel, country: str, *, by_hand: bool = False) -> bool:
    """Whether an address needs a consent on file. In the US a text that a person sends by hand
    does not; where electronic mail as such needs one, it makes no difference who sends."""
    automated = frozenset[Channel]() if by_hand else NEEDS_CONSENT
    return channel in NEEDS_CONSENT_IN.get(country, automated)


@dataclass(frozen=True)
class Reachable:
    """What the bar needs to know of one target on one channel."""

    place: Place
    address: str | None  # phone or email
    voted: bool = False
    holdout: bool = False
    out: str = ""  # deceased, moved away, refused
    channel_off: str = ""  # why this channel is over for them
    opted_out: bool = False
    dead: bool = False
    consented: bool = False
    attempts_24h: int = 0  # on any channel
    channel_24h: int = 0  # on this channel
    attempts: int = 0  # in the campaign
    next_at: datetime | None = None


@dataclass(frozen=True)
class Rules:
    """A campaign's limits."""

    schedule: Schedule
    daily_cap: int  # attempts a voter in 24 hours, all channels
    total_cap: int  # attempts a voter in the campaign
    paused_until: datetime | None = None  # the whole campaign
    paused_channels: Mapping[Channel, datetime] = field(default_factory=dict, hash=False)

    def pause(self, channel: Channel, now: datetime) -> datetime | None:
        """Until when a pause of the campaign or of this channel holds; None: neither is paused."""
        ends = (self.paused_until, self.paused_channels.get(channel))
        return max((at for at in ends if at is not None and now < at), default=None)


@dataclass(frozen=True)
class Bar:
    """Why an attempt may not go now; `until` is None when it may never go."""

    reason: str
    until: datetime | None = None

    @property
    def permanent(self) -> bool:
        """Whether waiting does not help."""
        return self.until is None


def bar(
    target: Reachable, channel: Channel, now: datetime, rules: Rules, *, by_hand: bool = False
) -> Bar | None:
    """The first rule that forbids this attempt now, or None if it may go; `by_hand` if a person's
    tap sends it.

    Law and the voter's wish come first, then caps, then what only delays.
    """
    consent = needs_consent(channel, rules.schedule.country, by_hand=by_hand)
    for forbidden, reason in (
        (target.voted, "has voted"),
        (target.holdout, "hold-out"),
        (bool(target.out), target.out),
        (not target.address, "no address"),
        (target.opted_out, "opted out"),
        (target.dead, "dead address"),
        (bool(target.channel_off), target.channel_off),
        (consent and not target.consented, "no consent on file"),
        (target.attempts >= rules.total_cap, "campaign cap reached"),
    ):
        if forbidden:
            return Bar(reason)
    return _delay(target, channel, now, rules)


def _delay(target: Reachable, channel: Channel, now: datetime, rules: Rules) -> Bar | None:
    opens = opens_next(rules.schedule, target.place, channel, now)
    if opens is None:
        return Bar("the polls have closed")
    if open_until(rules.schedule, target.place, channel, now) is None:
        return Bar("quiet hours", opens)
    paused = rules.pause(channel, now)
    if paused is not None:
        return Bar("paused", paused)
    cap = rules.schedule.daily_cap(target.place, channel)
    if target.attempts_24h >= rules.daily_cap or (cap is not None and target.channel_24h >= cap):
        return Bar("daily cap reached", now + timedelta(hours=1))
    if target.next_at is not None and now < target.next_at:
        return Bar("too soon after the last attempt", target.next_at)
    return None


@dataclass(frozen=True)
class Asked:
    """What the bar needs to know of somebody who wrote to us and is answered."""

    place: Place
    at: datetime | None  # when they last wrote
    opted_out: bool = False
    dead: bool = False

    @property
    def until(self) -> datetime | None:
        """Until when an answer may go whatever the hour."""
        return self.at + ANSWER_WITHIN if self.at is not None else None


def bar_to_answer(asked: Asked, now: datetime, schedule: Schedule) -> Bar | None:
    """The first rule that forbids an answer by text now. Their wishes hold; caps, rests, ballots,
    consents and hold-outs do not, since they asked. Nor do quiet hours for an hour."""
    if asked.opted_out:
        return Bar("opted out")
    if asked.dead:
        return Bar("dead address")
    if asked.until is not None and now < asked.until:
        return None
    if open_until(schedule, asked.place, Channel.TEXT, now) is not None:
        return None
    opens = opens_next(schedule, asked.place, Channel.TEXT, now)
    return Bar("quiet hours", opens) if opens is not None else Bar("the polls have closed")


def answer_until(asked: Asked, now: datetime, schedule: Schedule) -> datetime:
    """Until when an answer that may go now may still be delivered."""
    opened = open_until(schedule, asked.place, Channel.TEXT, now) or now
    return max(opened, asked.until or now)
