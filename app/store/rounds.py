"""Rounds of polling day in numbers: their people, who voted, who was tried and who was reached."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.disposition import CONTACTS
from app.store.phases import Phase
from app.store.sql import sql


@dataclass(frozen=True)
class Round:
    """What came of a round so far, in people."""

    people: int
    voted: int
    tried: int
    reached: int  # talked to, or a text that arrived
    left: int  # neither voted nor tried


_COUNT = """
WITH people AS MATERIALIZED (
    SELECT voter_id, voted_at IS NOT NULL AS voted FROM targets
    WHERE campaign_id = :campaign AND phase_id = :phase
), tries AS (
    SELECT a.voter_id,
           bool_or(a.disposition = ANY(:contacts) OR a.channel = 'text' AND a.state = 'delivered')
               AS reached
    FROM attempts a JOIN people USING (voter_id)
    WHERE a.campaign_id = :campaign AND a.attempted_at >= :begin AND a.attempted_at < :end
      AND a.state <> 'absent' AND (:all_channels OR a.channel = ANY(:channels))
    GROUP BY a.voter_id
)
SELECT count(*), count(*) FILTER (WHERE voted), count(t.voter_id),
       count(*) FILTER (WHERE t.reached), count(*) FILTER (WHERE NOT voted AND t.voter_id IS NULL)
FROM people LEFT JOIN tries t USING (voter_id)
"""


def count_round(session: Session, phase: Phase) -> Round:
    """The numbers of a round whose people are marked. It goes through all of them: keep them."""
    row = session.execute(
        sql(_COUNT),
        {
            "campaign": phase.campaign_id,
            "phase": phase.id,
            "begin": phase.starts_at,
            "end": phase.ends_at,
            "contacts": sorted(one.value for one in CONTACTS),
            "all_channels": not phase.channels,
            "channels": list(phase.channels),
        },
    ).one()
    people, voted, tried, reached, left = row
    return Round(max(people, phase.people), voted, tried, reached, left)
