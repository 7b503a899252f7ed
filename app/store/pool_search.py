"""A search of the pool: at which places, among whom, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.store.universe_sql import Where

_ATTEMPTS_24H = """(
    SELECT count(*) FROM attempts a WHERE a.voter_id = t.voter_id
    AND a.campaign_id = t.campaign_id AND a.attempted_at > :since AND a.state <> 'absent')
"""
_RESTED = "(t.last_attempt_at IS NULL OR t.last_attempt_at <= :since)"


@dataclass(frozen=True)
class Search:
    """One search of the pool: at which places, and among whom.

    Among all, those tried less often by the channel come first; among the people of a phase it
    does not matter how often they were tried before, but those tried less in the last 24 hours
    come first: a search for those `rested` (no attempt in that time), then one for the others.
    Within that, those of higher value.
    """

    places: Sequence[str]
    phase: int | None = None
    rested: bool = True
    only: Where | None = None  # a further condition on targets t and voters v
    never: str = ""  # a purpose of which nobody is to have had a touch
    at_once: bool = False  # also those who rest after their last attempt

    @property
    def order(self) -> str:
        """The order for a channel's name in {channel}."""
        if self.phase is None:
            return "t.{channel}s, t.value DESC, t.voter_id"
        # By value alone the partial index ix_targets_phase has the order.
        often = "" if self.rested else f"{_ATTEMPTS_24H}, "
        return f"{often}t.value DESC, t.voter_id"

    @property
    def narrower(self) -> str:
        """The conditions that it adds."""
        said = []
        if not self.at_once:
            said.append("(t.next_{channel}_at IS NULL OR t.next_{channel}_at <= :now)")
        if self.phase is not None:
            said += ["t.phase_id = :phase", _RESTED if self.rested else f"NOT {_RESTED}"]
        if self.never:
            said.append(
                "NOT EXISTS (SELECT FROM touches q WHERE q.voter_id = t.voter_id "
                "AND q.campaign_id = t.campaign_id AND q.purpose = :never)"
            )
        if self.only is not None:
            said.append(self.only.sql)
        return "".join(f" AND {one}" for one in said)

    @property
    def binds(self) -> dict[str, Any]:
        """What it binds."""
        own = {"places": list(self.places), "phase": self.phase, "never": self.never}
        return {**(self.only.binds if self.only is not None else {}), **own}
