"""Counts for the reports, by hours and days, so that a page of a million attempts opens at once."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Money


class _OfCampaign:
    """What belongs to a campaign and goes with it."""

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class _Counted(_OfCampaign):
    """How many attempts of a campaign share these marks, and what they cost.

    `part` says what `key` is: hour | precinct | user | script | sender | universe | answer |
    opt_out.
    """

    part: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    key: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    channel: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    outcome: Mapped[str] = mapped_column(primary_key=True, sort_order=1)
    number: Mapped[int] = mapped_column(sort_order=1)
    cost: Mapped[Money] = mapped_column(server_default="0", sort_order=1)


class ReportDay(_Counted, Base):
    """What was counted of a day on the campaign's own clock."""

    __tablename__ = "report_days"

    day_on: Mapped[date] = mapped_column(primary_key=True)


class ReportHour(_Counted, Base):
    """The same of an hour, while its day may change: a day is the sum of its hours, so that what
    is counted again is an hour or two and not the day."""

    __tablename__ = "report_hours"

    hour_at: Mapped[Instant] = mapped_column(primary_key=True)  # its beginning


class ReportState(_OfCampaign, Base):
    """When a day was last counted, and whether nothing can change in it any more."""

    __tablename__ = "report_states"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    counted_at: Mapped[Instant]  # machine time
    final: Mapped[bool] = mapped_column(server_default="false")


class ReportHourState(_OfCampaign, Base):
    """When an hour was last counted, and how many attempts were found in it."""

    __tablename__ = "report_hour_states"

    hour_at: Mapped[Instant] = mapped_column(primary_key=True)
    counted_at: Mapped[Instant]  # machine time, as the next
    closed_at: Mapped[Instant | None]  # of the first count after its end
    final: Mapped[bool] = mapped_column(server_default="false")
    attempts: Mapped[int] = mapped_column(server_default="0")
