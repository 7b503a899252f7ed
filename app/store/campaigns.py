"""Campaigns: polling day, ramps, the plan by the hour, senders, scripts."""

from datetime import date, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.store.base import Base, Big, Instant, Json, Money, Serial, by_value


class Campaign(Base):
    """One campaign toward one polling day. Money is in the currency of the account."""

    __tablename__ = "campaigns"

    id: Mapped[Serial]
    name: Mapped[str] = mapped_column(unique=True)
    organization: Mapped[str] = mapped_column(server_default="")  # who pays: "Paid for by …"
    candidate: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="US")
    zone: Mapped[str]  # IANA; the campaign's own clock, for days and for the screens
    polling_day: Mapped[date]
    polls_open: Mapped[time]  # on the voter's clock
    polls_close: Mapped[time]  # on the voter's clock
    polls_by_state: Mapped[bool] = mapped_column(server_default="false")  # the table's hours first
    first_polling_day: Mapped[date | None]  # where the polls are open on several days
    salience: Mapped[str] = mapped_column(server_default="middle")  # low | middle | high
    starts_at: Mapped[Instant]
    universe: Mapped[Json] = mapped_column(server_default="{}")
    voter_daily_cap: Mapped[int] = mapped_column(
        server_default="2"
    )  # attempts in 24 h, all channels
    voter_total_cap: Mapped[int] = mapped_column(server_default="12")
    budget: Mapped[Money]
    reserve_share: Mapped[Money]  # of the budget, locked until the final week
    reserved: Mapped[Money] = mapped_column(server_default="0")  # released, price not yet known
    spent: Mapped[Money] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="running")
    # draft (being set up: nothing goes out) | running | paused | closed
    paused_until: Mapped[Instant | None]
    paused_channels: Mapped[Json] = mapped_column(server_default="{}")  # {"text": ISO instant, …}
    setup: Mapped[Json] = mapped_column(server_default="{}")  # what the set-up was told by hand
    copied_from: Mapped[Big | None]
    reach_marked_at: Mapped[Instant | None]  # machine time; see store.reach_marks
    reach_marked_to: Mapped[Big] = mapped_column(server_default="0")  # … the last voter so far
    created_at: Mapped[Instant]


class Ramp(Base):
    """How a channel's attempts a day rise toward polling day."""

    __tablename__ = "ramps"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[Channel] = mapped_column(by_value(Channel), primary_key=True)
    shape: Mapped[Shape] = mapped_column(by_value(Shape))
    starts_on: Mapped[date]
    total: Mapped[int]  # attempts over the whole ramp
    rise: Mapped[float] = mapped_column(server_default="4")  # linear: last day ÷ first day
    doubling_days: Mapped[float] = mapped_column(server_default="3")  # exponential
    daily_cap: Mapped[int | None]  # attempts a day, at most
    peak: Mapped[int | None]  # attempts on the last day; then the total follows from it
    middle: Mapped[float] = mapped_column(server_default="0.6")  # S-curve: where half is reached
    steps: Mapped[int] = mapped_column(server_default="3")  # steps: how many levels
    drawn: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")  # [[day, attempts], …]


class PlanHour(Base):
    """Attempts planned for one channel in one hour, and how many the pacer has released of them."""

    __tablename__ = "plan_hours"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[Channel] = mapped_column(by_value(Channel), primary_key=True)
    hour_at: Mapped[Instant] = mapped_column(primary_key=True)
    planned: Mapped[int]
    wanted: Mapped[int] = mapped_column(server_default="0")  # by the ramp, whatever the capacity
    released: Mapped[int] = mapped_column(server_default="0")


class Sender(Base):
    """A number, messaging service or mail relay with its own rate and price."""

    __tablename__ = "senders"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    name: Mapped[str]
    address: Mapped[str]  # E.164, MG… or the From address of mail
    per_second: Mapped[float] = mapped_column(server_default="3")  # segments or mails a second
    price: Mapped[Money] = mapped_column(server_default="0")  # estimate a segment or mail
    stopped: Mapped[str] = mapped_column(server_default="")  # why it may not send; empty = it may
    next_free_at: Mapped[Instant | None]  # when the rate next lets a batch through, machine time
    kind: Mapped[str] = mapped_column(server_default="")  # app.domain.sender.Kind
    per_minute: Mapped[int | None]  # segments or mails, at most; empty = as the second allows
    per_hour: Mapped[int | None]
    per_day: Mapped[int | None]
    day_on: Mapped[date | None]  # the day, in UTC machine time, that day_used counts
    day_used: Mapped[int] = mapped_column(server_default="0")
    health: Mapped[float] = mapped_column(server_default="1")  # 0 to 1; its share of its rate
    measured_at: Mapped[Instant | None]  # machine time
    slow_until: Mapped[Instant | None]  # machine time until which it rests after a "slow down"
    slow_downs: Mapped[int] = mapped_column(server_default="0")  # in a row; the rest doubles
    paused_until: Mapped[Instant | None]  # campaign time until which an organizer paused it

    __table_args__ = (UniqueConstraint("campaign_id", "channel", "address"),)


class SenderCheck(Base):
    """One look at whether a sender can do its work, asked for by an organizer."""

    __tablename__ = "sender_checks"

    id: Mapped[Serial]
    sender_id: Mapped[Big] = mapped_column(ForeignKey("senders.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # account | number | test | relay | dns
    passed: Mapped[bool | None]  # empty: it could not be found out
    said: Mapped[str] = mapped_column(server_default="")
    facts: Mapped[Json] = mapped_column(server_default="{}")
    checked_by: Mapped[Big | None]
    checked_at: Mapped[Instant]  # machine time


class Script(Base):
    """What is said or written on a channel, by language and version; the newest counts."""

    __tablename__ = "scripts"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    language: Mapped[str] = mapped_column(server_default="en")
    purpose: Mapped[str] = mapped_column(server_default="ramp")  # ramp | in_line
    version: Mapped[int] = mapped_column(server_default="1")
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    survey: Mapped[Json] = mapped_column(server_default="[]")  # questions; see domain.survey
    note: Mapped[str] = mapped_column(server_default="")  # what is new in this version
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant | None]

    __table_args__ = (UniqueConstraint("campaign_id", "channel", "purpose", "language", "version"),)
