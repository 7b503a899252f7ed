"""Ballots: who has voted, and how far each mail ballot has come."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.store.base import Base, Big, Instant
from app.store.sql import sql


class Ballot(Base):
    """One voter's ballot for one polling day, recorded once."""

    __tablename__ = "ballots"

    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    polling_day: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str]  # file | desk | call | text; mail: a mail ballot that came back
    recorded_by: Mapped[Big | None]
    recorded_at: Mapped[Instant]

    __table_args__ = (Index("ix_ballots_day", "polling_day", "recorded_at"),)


class MailBallot(Base):
    """How far one voter's mail ballot has come; `ballots` alone says who has voted."""

    __tablename__ = "mail_ballots"

    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    polling_day: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[str]  # requested | sent | returned | rejected | cured | voted
    stage_on: Mapped[date]
    requested_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    returned_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(server_default="")  # why it was rejected, or the one before
    recorded_at: Mapped[Instant]

    __table_args__ = (Index("ix_mail_ballots_stage", "polling_day", "stage"),)


def campaigns_of(session: Session, polling_day: date) -> list[int]:
    """The campaigns toward this polling day."""
    query = sql("SELECT id FROM campaigns WHERE polling_day = :day ORDER BY id")
    return list(session.execute(query, {"day": polling_day}).scalars())


def kept_of(session: Session, voters: Sequence[int]) -> list[int]:
    """Who these voters are, each once, by id: of a double the one who was kept."""
    query = sql(
        "SELECT DISTINCT coalesce(merged_into, id) AS kept FROM voters WHERE id = ANY(:voters) "
        "ORDER BY kept"
    )
    return list(session.scalars(query, {"voters": list(voters)}))


def lock_targets(session: Session, campaigns: Sequence[int], voters: Sequence[int] | None) -> None:
    """Locks the targets of these voters; without any, those of `striking` and `unstruck`.

    Targets before touches, by id: the order in which everybody locks them.
    """
    listed = "IN (SELECT voter_id FROM striking UNION ALL SELECT voter_id FROM unstruck)"
    whom = listed if voters is None else "= ANY(:voters)"
    session.execute(
        sql(
            # Counted, so that a million locked rows do not travel.
            "SELECT count(*) FROM (SELECT FROM targets "
            f"WHERE voter_id {whom} AND campaign_id = ANY(:campaigns) "
            "ORDER BY campaign_id, voter_id FOR UPDATE) AS locked"
        ),
        {"campaigns": list(campaigns), "voters": voters},
    )


_RECORD = """
WITH recorded AS (
    INSERT INTO ballots (voter_id, polling_day, source, recorded_by, recorded_at)
    SELECT voter_id, :day, source, :by, :at FROM {rows} ORDER BY voter_id
    ON CONFLICT (voter_id, polling_day) DO UPDATE
    SET source = excluded.source, recorded_by = excluded.recorded_by
    WHERE ballots.source = 'mail' AND excluded.source <> 'mail'
    RETURNING xmax = 0 AS new
), struck AS (
    UPDATE targets SET voted_at = :at WHERE voter_id {whom}
    AND campaign_id = ANY(:campaigns) AND voted_at IS NULL
)
SELECT count(*) FILTER (WHERE new) FROM recorded
"""


def record(
    session: Session,
    polling_day: date,
    voters: Sequence[int] | None,
    campaigns: Sequence[int],
    *,
    source: str,
    by: int | None,
    at: datetime,
) -> int:
    """Records the ballots of these voters, each named once, or of those in `striking`, and marks
    their targets; how many are new.

    What a person says outranks what a list of mail ballots said: such a ballot is not taken back.
    """
    if voters is None:
        rows, whom = "striking", "IN (SELECT voter_id FROM striking)"
    else:
        rows = (
            "(SELECT unnest(CAST(:voters AS bigint[])) AS voter_id, CAST(:source AS text) AS source"
            ") AS named"
        )
        whom = "= ANY(:voters)"
    binds = {"day": polling_day, "voters": voters, "campaigns": list(campaigns)}
    done = session.execute(
        sql(_RECORD.format(rows=rows, whom=whom)),
        {**binds, "source": source, "by": by, "at": at},
    )
    return int(done.scalar_one())


def take_back(session: Session, polling_day: date, campaigns: Sequence[int]) -> None:
    """Takes back the ballots of those in `unstruck`; they are targets again."""
    binds = {"day": polling_day, "campaigns": list(campaigns)}
    session.execute(
        sql(
            "DELETE FROM ballots USING unstruck "
            "WHERE ballots.voter_id = unstruck.voter_id AND polling_day = :day"
        ),
        binds,
    )
    session.execute(
        sql(
            "UPDATE targets SET voted_at = NULL FROM unstruck "
            "WHERE targets.voter_id = unstruck.voter_id AND campaign_id = ANY(:campaigns)"
        ),
        binds,
    )
