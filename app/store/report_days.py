"""Counts for the reports, by hours and days, so that a page of a million attempts opens at once."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Money


class ReportDay(Base):
    """How many attempts of a campaign's day (on its own clock) share these marks.

    `part` says what `key` is: hour | precinct | user | script | sender | universe | answer.
    """

    __tablename__ = "report_days"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    day_on: Mapped[date] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    cost: Mapped[Money] = mapped_column(server_default="0")


class ReportState(Base):
    """When a day was last counted, and whether nothing can change in it any more."""

    __tablename__ = "report_states"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    day_on: Mapped[date] = mapped_column(primary_key=True)
    counted_at: Mapped[Instant]  # machine time
    final: Mapped[bool] = mapped_column(server_default="false")


class ReportHour(Base):
    """The same of an hour, while its day may change: a day is the sum of its hours, so that what
    is counted again is an hour or two and not the day."""

    __tablename__ = "report_hours"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    hour_at: Mapped[Instant] = mapped_column(primary_key=True)  # its beginning
    part: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    cost: Mapped[Money] = mapped_column(server_default="0")


class ReportHourState(Base):
    """When an hour was last counted, and how many attempts were found in it."""

    __tablename__ = "report_hour_states"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    hour_at: Mapped[Instant] = mapped_column(primary_key=True)
    counted_at: Mapped[Instant]  # machine time, as the next
    closed_at: Mapped[Instant | None]  # of the first count after its end
    final: Mapped[bool] = mapped_column(server_default="false")
    attempts: Mapped[int] = mapped_column(server_default="0")
