"""Shifts: a volunteer's booked blocks of time."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Serial, Strings, by_value


class Shift(Base):
    """One volunteer's block of time for one campaign."""

    __tablename__ = "shifts"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # what is done in it
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    languages: Mapped[Strings] = mapped_column(server_default="{}")  # empty: the volunteer's own
    created_at: Mapped[Instant]
    came_at: Mapped[Instant | None]  # campaign time of the first sign of them in it
    missed_at: Mapped[Instant | None]  # when it was noticed that nobody came

    __table_args__ = (
        UniqueConstraint("user_id", "starts_at"),
        Index("ix_shifts_campaign_time", "campaign_id", "starts_at"),
    )


class FreedShift(Base):
    """The place of a shift that its volunteer canceled shortly before it began: others are asked.
    The shift itself is gone."""

    __tablename__ = "freed_shifts"

    shift_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    languages: Mapped[Strings] = mapped_column(server_default="{}")  # as in shifts
    freed_at: Mapped[Instant]

    __table_args__ = (Index("ix_freed_shifts_campaign_time", "campaign_id", "starts_at"),)


_BOOKED = """
CREATE TEMP TABLE booked ON COMMIT DROP AS
SELECT row_number, arriving.email, users.id AS user_id, channel, arriving.languages,
       (day + starts) AT TIME ZONE :zone AS starts_at, (day + ends) AT TIME ZONE :zone AS ends_at
FROM arriving LEFT JOIN users ON lower(users.email) = arriving.email
"""

_WITHOUT_ACCOUNT = "DELETE FROM booked WHERE user_id IS NULL RETURNING row_number, email"

_NO_TIME = "DELETE FROM booked WHERE ends_at <= starts_at RETURNING row_number, email"

_SAME = """
DELETE FROM booked AS later USING booked AS kept
WHERE later.user_id = kept.user_id AND later.starts_at = kept.starts_at
  AND later.row_number > kept.row_number
  AND (later.ends_at, later.channel, later.languages)
    = (kept.ends_at, kept.channel, kept.languages)
"""

_OVERLAPS = "{0}.starts_at < {1}.ends_at AND {1}.starts_at < {0}.ends_at"

_WITH_STORED = f"""
DELETE FROM booked USING shifts
WHERE booked.user_id = shifts.user_id AND {_OVERLAPS.format("booked", "shifts")}
  AND NOT EXISTS (SELECT FROM booked AS again WHERE again.user_id = shifts.user_id
                  AND again.starts_at = shifts.starts_at)
RETURNING booked.row_number, booked.email,
    to_char(shifts.starts_at AT TIME ZONE :zone, 'YYYY-MM-DD HH24:MI'),
    to_char(shifts.ends_at AT TIME ZONE :zone, 'HH24:MI')
"""

_WITH_EARLIER = f"""
DELETE FROM booked AS later USING booked AS kept
WHERE later.user_id = kept.user_id AND later.row_number > kept.row_number
  AND {_OVERLAPS.format("later", "kept")}
  AND NOT EXISTS (SELECT FROM booked AS first WHERE first.user_id = kept.user_id
                  AND first.row_number < kept.row_number AND {_OVERLAPS.format("first", "kept")})
RETURNING later.row_number, later.email, kept.row_number
"""


def book(connection: Connection, zone: str) -> None:
    """Make `booked` of `arriving`: each shift with its account, in instants of `zone`'s clock."""
    connection.execute(text(_BOOKED), {"zone": zone})


def drop_impossible(connection: Connection, zone: str) -> Iterator[tuple[int, str, str]]:
    """Take shifts out of `booked` that cannot be; yields row number, reason and email.

    A row that says again what an earlier one said goes without a word. Two shifts of one person
    that overlap: the one that was there first stays, be it in the file or on file.
    """
    for number, email in connection.execute(text(_WITHOUT_ACCOUNT)):
        yield number, "nobody has an account with this email: load the volunteers first", email
    for number, email in connection.execute(text(_NO_TIME)):
        yield number, "the clocks change on that day and skip this hour", email
    connection.execute(text(_SAME))
    for number, email, starts, ends in connection.execute(text(_WITH_STORED), {"zone": zone}):
        yield number, f"overlaps the shift of {starts} to {ends} that is booked already", email
    while rows := connection.execute(text(_WITH_EARLIER)).all():
        for number, email, kept in rows:
            yield number, f"overlaps the shift in row {kept}", email


_UPSERT = """
WITH stored AS (
    INSERT INTO shifts AS s (campaign_id, user_id, channel, starts_at, ends_at, languages,
                             created_at)
    SELECT :campaign, user_id, channel, starts_at, ends_at, languages, :at
    FROM booked ORDER BY user_id, starts_at
    ON CONFLICT (user_id, starts_at) DO UPDATE SET
        campaign_id = excluded.campaign_id, channel = excluded.channel,
        ends_at = excluded.ends_at, languages = excluded.languages
    WHERE (s.campaign_id, s.channel, s.ends_at, s.languages) IS DISTINCT FROM
          (excluded.campaign_id, excluded.channel, excluded.ends_at, excluded.languages)
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM stored
"""


def upsert(connection: Connection, campaign: int, at: datetime) -> tuple[int, int]:
    """Bring `booked` into shifts; how many are new and how many changed."""
    new, changed = connection.execute(text(_UPSERT), {"campaign": campaign, "at": at}).one()
    return new, changed
