"""The books of the engine: what must hold of its rows at every moment, whatever ran in between."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.touch import MOVES, RANK, AttemptState, TouchState

NEVER: Mapping[str, str] = {
    "money is reserved that nothing holds, or held and not reserved": """
        SELECT c.id, c.reserved, h.held FROM campaigns c CROSS JOIN LATERAL (SELECT
            (SELECT coalesce(sum(held), 0) FROM touches q WHERE q.campaign_id = c.id)
            + (SELECT coalesce(sum(held), 0) FROM attempts a WHERE a.campaign_id = c.id)
            + (SELECT coalesce(sum(held), 0) FROM own_messages o WHERE o.campaign_id = c.id)
            AS held
        ) h WHERE c.reserved <> h.held""",
    "what is spent is not the sum of the prices": """
        SELECT c.id, c.spent, p.price FROM campaigns c CROSS JOIN LATERAL (
            SELECT (SELECT coalesce(sum(price), 0) FROM attempts a WHERE a.campaign_id = c.id)
                + (SELECT coalesce(sum((k.facts ->> 'cost')::numeric), 0) FROM sender_checks k
                   JOIN senders s ON s.id = k.sender_id WHERE s.campaign_id = c.id)
                + (SELECT coalesce(sum((e.details ->> 'cost')::numeric), 0) FROM audit e
                   WHERE e.action = 'own messages paid'
                   AND e.subject = 'campaign:' || c.id) AS price
        ) p WHERE c.spent <> p.price""",
    "money is held for what has ended or is paid": """
        SELECT id::text, held FROM touches WHERE held <> 0 AND state NOT IN ('ready', 'claimed')
        UNION ALL SELECT id::text, held FROM attempts WHERE held <> 0
        AND (price IS NOT NULL OR state = 'absent') OR held < 0
        UNION ALL SELECT key, held FROM own_messages
        WHERE held <> 0 AND ask_at IS NULL OR held < 0""",
    "a target counts other than its attempts": """
        SELECT t.voter_id, t.texts, t.calls, t.emails, n.* FROM targets t CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE channel = 'text') AS tried,
                   count(*) FILTER (WHERE channel = 'call') AS called,
                   count(*) FILTER (WHERE channel = 'email') AS mailed
            FROM attempts a WHERE a.campaign_id = t.campaign_id AND a.voter_id = t.voter_id
              AND a.state <> 'absent') n
        WHERE (t.texts, t.calls, t.emails) <> (n.tried, n.called, n.mailed)""",
    # What was on its way when the wish came, and turned out absent, waits until the bar ends it.
    "something waits for a voter who has voted": """
        SELECT q.id, q.purpose FROM touches q JOIN targets t USING (campaign_id, voter_id)
        WHERE q.state IN ('ready', 'claimed') AND q.tries = 0 AND t.voted_at IS NOT NULL
          AND q.purpose NOT LIKE 'written:%'""",
    # A release and a wish at the same instant may not see each other: the bar ends it as well.
    "something waits for an address that opted out or is dead": """
        SELECT q.id, q.purpose FROM touches q
        WHERE q.state IN ('ready', 'claimed') AND q.tries = 0 AND (
            EXISTS (SELECT FROM opt_outs o WHERE o.address = q.address AND o.channel = q.channel
                    AND o.opted_out_at <> q.released_at)
            OR EXISTS (SELECT FROM dead_addresses d WHERE d.address = q.address
                       AND d.channel = q.channel AND d.found_at <> q.released_at))""",
    # Whoever asks is answered though they have voted.
    "a voter was tried after the ballot was in": """
        SELECT a.id, a.attempted_at, t.voted_at FROM attempts a
        JOIN targets t USING (campaign_id, voter_id)
        JOIN touches q ON q.id = a.touch_id
        WHERE a.channel <> 'call' AND a.attempted_at > t.voted_at AND a.state <> 'absent'
          AND q.purpose NOT LIKE 'written:%'""",
    "an address was tried after it opted out": """
        SELECT a.id FROM attempts a JOIN opt_outs o USING (address)
        WHERE o.channel = a.channel AND a.channel <> 'call'
          AND a.attempted_at > o.opted_out_at AND a.state <> 'absent'""",
    "a voter has two open touches on a channel": """
        SELECT voter_id, channel FROM touches
        WHERE state IN ('ready', 'claimed', 'attempting', 'unknown')
        GROUP BY campaign_id, voter_id, channel HAVING count(*) > 1""",
    "a household has two open calls": """
        SELECT household_id FROM touches WHERE channel = 'call'
          AND state IN ('ready', 'claimed', 'attempting', 'unknown')
        GROUP BY campaign_id, household_id HAVING count(*) > 1""",
    "something waits though a try of it has no outcome yet": """
        SELECT q.id, q.state, a.id FROM touches q JOIN attempts a ON a.touch_id = q.id
        WHERE q.channel <> 'call' AND q.state IN ('ready', 'claimed')
          AND a.state IN ('attempting', 'unknown')""",
    "a claim has no lease": """
        SELECT id FROM touches WHERE state = 'claimed' AND lease_until IS NULL""",
    # What fell over to another channel counts in the plan that it was for, whatever became of it.
    "the plan counts other than what was released of it": """
        SELECT p.campaign_id, p.released, q.n FROM (
            SELECT campaign_id, sum(released) AS released FROM plan_hours GROUP BY 1) p
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM touches q
            WHERE q.campaign_id = p.campaign_id AND (q.purpose = 'fallover' OR q.purpose = 'ramp'
            AND q.state NOT IN ('skipped', 'expired', 'canceled'))) q
        WHERE p.released <> q.n""",
    "two attempts have one message": """
        SELECT sid FROM attempts WHERE sid IS NOT NULL GROUP BY sid HAVING count(*) > 1""",
}
"""What never may be → the rows that would show it."""

_OVERSPENT = """
SELECT id, spent, reserved FROM campaigns
WHERE spent + reserved > CASE WHEN :final THEN budget ELSE budget * (1 - reserve_share) END + :more
"""


def violations(session: Session) -> list[str]:
    """Every sentence of NEVER that is broken, with the first rows that show it."""
    found = []
    for what, query in NEVER.items():
        rows = session.execute(text(query)).fetchmany(3)
        if rows:
            found.append(f"{what}: {[tuple(row) for row in rows]}")
    return found


def overspent(session: Session, *, final: bool, more: Decimal = Decimal(0)) -> list[str]:
    """Campaigns whose money does not last: spent and reserved above the budget, or before the
    final week above the budget without its reserve, by more than `more`."""
    rows = session.execute(text(_OVERSPENT), {"final": final, "more": more})
    return [f"spends its reserve or more than its budget: {tuple(row)}" for row in rows]


def _reach() -> dict[TouchState, frozenset[TouchState]]:
    """From each state, where a touch may have come to after any number of moves."""
    found = {state: {state} for state in MOVES}
    for _ in MOVES:
        for reached in found.values():
            reached |= {after for state in reached for after in MOVES[state]}
    return {state: frozenset(reached) for state, reached in found.items()}


REACH = _reach()


@dataclass(frozen=True)
class Held:
    """A touch with who held it last."""

    state: TouchState
    fence: int
    by: str


@dataclass
class Watch:
    """Sees the rows again and again, and tells of what went backward in between."""

    touches: dict[int, Held] = field(default_factory=dict)
    attempts: dict[UUID, tuple[AttemptState, str | None]] = field(default_factory=dict)

    def look(self, session: Session) -> list[str]:
        """What went backward since the last look."""
        touches = {
            row.id: Held(TouchState(row.state), row.fence, row.claimed_by)
            for row in session.execute(text("SELECT id, state, fence, claimed_by FROM touches"))
        }
        attempts = {
            row.id: (AttemptState(row.state), row.sid)
            for row in session.execute(text("SELECT id, state, sid FROM attempts"))
        }
        wrong = [*_moved_wrong(self.touches, touches), *_fell(self.attempts, attempts)]
        self.touches, self.attempts = touches, attempts
        return wrong


def _moved_wrong(before: Mapping[int, Held], after: Mapping[int, Held]) -> Iterator[str]:
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            yield f"touch {key} is gone"
            continue
        if now.state not in REACH[was.state]:
            yield f"touch {key} went from {was.state} to {now.state}"
        # Whoever takes it from another has a higher fence than that one.
        if now.fence < was.fence + (now.by != was.by):
            yield f"touch {key} went from {was} to {now}"


def _fell(
    before: Mapping[UUID, tuple[AttemptState, str | None]],
    after: Mapping[UUID, tuple[AttemptState, str | None]],
) -> Iterator[str]:
    for key, (state, sid) in before.items():
        now, still = after[key]
        # The message turned out to be another attempt's: all that was known was of that one.
        if RANK[now] < RANK[state] and (sid is None or still is not None):
            yield f"attempt {key} fell from {state} to {now}"
