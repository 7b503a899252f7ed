"""Phases of a campaign: early voting, ballot chase, and the rounds of polling day."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.phase import PhaseKind
from app.store.base import Base, Big, Instant, Json, Serial, Strings, by_value
from app.store.pool_search import EVERY_24H
from app.store.sql import sql


class Phase(Base):
    """A stretch of a campaign with its own goal and its own people, who are tried first in it."""

    __tablename__ = "phases"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[PhaseKind] = mapped_column(by_value(PhaseKind))
    name: Mapped[str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    goal: Mapped[int] = mapped_column(server_default="0")  # ballots (early, chase), voters (round)
    channels: Mapped[Strings] = mapped_column(server_default="{}")  # empty: all
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    marked_at: Mapped[Instant | None]  # when its people were marked; empty: not yet begun
    people: Mapped[int] = mapped_column(server_default="0")  # how many were marked

    __table_args__ = (Index("ix_phases_campaign_time", "campaign_id", "starts_at"),)


def phases_of(session: Session, campaign_id: int) -> Sequence[Phase]:
    """All phases of a campaign in the order of time."""
    return session.scalars(
        select(Phase)
        .where(Phase.campaign_id == campaign_id)
        .order_by(Phase.starts_at, Phase.id)
        .execution_options(populate_existing=True)
    ).all()


_DUE = """
SELECT p.id FROM phases p JOIN campaigns c ON c.id = p.campaign_id
WHERE c.state <> 'closed' AND p.starts_at <= :now AND p.ends_at > :now
  -- Marked, and no phase that had some of its people has ended since.
  AND (p.marked_at IS NULL OR EXISTS (
       SELECT FROM phases later WHERE later.campaign_id = p.campaign_id
         AND (later.starts_at, later.id) > (p.starts_at, p.id)
         AND later.ends_at > p.marked_at AND later.ends_at <= :now))
ORDER BY p.starts_at DESC, p.id DESC
"""


def due_for_marks(session: Session, now: datetime) -> list[int]:
    """Phases that are on and have people to be marked, the one that started last first."""
    return list(session.scalars(sql(_DUE), {"now": now}))


_MARKED = """
WITH RECURSIVE step AS (
    (SELECT campaign_id, phase_id FROM targets WHERE phase_id IS NOT NULL
     ORDER BY campaign_id, phase_id LIMIT 1)
    UNION ALL
    SELECT next.* FROM step CROSS JOIN LATERAL (
        SELECT t.campaign_id, t.phase_id FROM targets t WHERE t.phase_id IS NOT NULL
          AND (t.campaign_id, t.phase_id) > (step.campaign_id, step.phase_id)
        ORDER BY t.campaign_id, t.phase_id LIMIT 1
    ) next
)
SELECT s.campaign_id, s.phase_id FROM step s LEFT JOIN phases p ON p.id = s.phase_id
WHERE p.id IS NULL OR p.ends_at <= :now OR p.starts_at > :now
"""
"""From each marked phase to the next along the index: one probe each, whatever their people."""


def over(session: Session, now: datetime) -> list[tuple[int, int]]:
    """(campaign, phase) of the marks on targets that no phase that is on stands for."""
    return [(row[0], row[1]) for row in session.execute(sql(_MARKED), {"now": now})]


_MARK = """
WITH due AS (
    -- By id: the order in which everybody who waits for targets locks them.
    SELECT t.voter_id FROM targets t
    WHERE t.campaign_id = :campaign AND t.voter_id = ANY(:voters)
      AND t.voted_at IS NULL AND t.out = '' AND t.phase_id IS DISTINCT FROM :phase
      AND EXISTS (SELECT FROM phases p WHERE p.id = :phase AND p.ends_at > :now)
      AND NOT EXISTS (SELECT FROM phases o JOIN phases p ON p.id = :phase
                      WHERE o.id = t.phase_id AND o.starts_at <= :now AND o.ends_at > :now
                        AND (o.starts_at, o.id) > (p.starts_at, p.id))
    ORDER BY t.voter_id FOR UPDATE OF t
)
UPDATE targets t SET phase_id = :phase,
       phase_base = t.calls + t.texts + t.emails - ({every}) FROM due
WHERE t.campaign_id = :campaign AND t.voter_id = due.voter_id
"""


def mark(session: Session, phase: Phase, voters: Sequence[int], now: datetime) -> int:
    """Marks these voters' targets as the phase's, but for those who have voted, are out, or belong
    to a phase that is on and started later; how many are new. Again it changes nothing.

    Whose turn it is in the phase goes by their tries since, and in the 24 hours before.
    """
    binds = {"campaign": phase.campaign_id, "phase": phase.id, "voters": list(voters), "now": now}
    since = {"since": now - timedelta(hours=24)}
    done = session.execute(sql(_MARK.format(every=EVERY_24H)), {**binds, **since})
    return int(getattr(done, "rowcount", 0))


def note_marked(session: Session, phase_id: int, people: int, now: datetime) -> None:
    """All that a phase takes are marked as of `now`; a later round of marks never lowers `people`,
    since it no longer finds those who have voted."""
    session.execute(
        sql(
            "UPDATE phases SET marked_at = greatest(marked_at, :now), "
            "people = greatest(people, :people) WHERE id = :phase"
        ),
        {"phase": phase_id, "people": people, "now": now},
    )


_CLEAR = """
WITH due AS (
    SELECT voter_id FROM targets WHERE campaign_id = :campaign AND phase_id = :phase
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE targets t SET phase_id = NULL FROM due
WHERE t.campaign_id = :campaign AND t.voter_id = due.voter_id
"""


def clear(session: Session, campaign_id: int, phase_id: int, limit: int) -> int:
    """Takes the mark off up to `limit` targets, passing over those that others hold; how many."""
    binds = {"campaign": campaign_id, "phase": phase_id, "limit": limit}
    return int(getattr(session.execute(sql(_CLEAR), binds), "rowcount", 0))
