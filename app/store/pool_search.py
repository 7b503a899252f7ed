"""A search of the pool: at which places, among whom, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.channel import Channel
from app.domain.pulse import SPOKE
from app.store.universe_sql import Where

EVERY_24H = """CASE WHEN t.last_attempt_at > :since THEN (
    SELECT count(*) FROM attempts a WHERE a.voter_id = t.voter_id
      AND a.campaign_id = t.campaign_id AND a.attempted_at > :since AND a.state <> 'absent')
ELSE 0 END"""
"""Attempts on target t since :since, on any channel. For most the last is older, or there is none:
then nothing is looked up."""
_UNTRIED = """t.last_attempt_at IS NOT NULL AND (t.last_attempt_at <= :floor OR NOT EXISTS (
    SELECT FROM attempts a WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
      AND a.channel = :channel AND a.attempted_at > :floor AND a.state <> 'absent'))
"""
"""A rest that no try gave is not to be cut short."""
_UNTRIED_HOUSEHOLD = """t.last_attempt_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM targets m JOIN attempts a USING (campaign_id, voter_id)
    WHERE m.campaign_id = t.campaign_id AND m.household_id = t.household_id
      AND m.last_attempt_at IS NOT NULL AND a.channel = 'call' AND a.state <> 'absent'
      AND (a.attempted_at > :floor OR a.disposition = ANY(:spoke) AND t.next_call_at > :now))
"""
"""One household, one call; and whoever answered keeps the rest that the answer gave them."""


def has_place(needing: Sequence[str], written: Sequence[str], otherwise: str) -> Where:
    """Those whose polling place or precinct is known, or whose words do without: words that are
    `written` in these languages, and `otherwise` for whoever speaks another, `needing` a place in
    some of them. A polling place is known only of whose precinct is."""
    spoken = "CASE WHEN v.language = ANY(:written) THEN v.language ELSE :otherwise END"
    binds = {"written": list(written), "otherwise": otherwise, "needing": list(needing)}
    return Where(f"(v.precinct <> '' OR {spoken} <> ALL(:needing))", binds)


@dataclass(frozen=True)
class Search:
    """One search of the pool: at which places, and among whom.

    Among all, those tried less often by the channel come first; among the people of a phase it
    does not matter how often they were tried before it, but for the 24 hours before, and those
    tried less since come first. Within that, those of higher value.
    """

    places: Sequence[str]
    phase: int | None = None
    only: Where | None = None  # a further condition on targets t and voters v
    never: str = ""  # a purpose of which nobody is to have had a touch
    at_once: bool = False  # also those who rest after their last attempt …
    floor: datetime | None = None  # … but nobody who was tried on the channel after this
    fillable: Where | None = None  # of whom all is known that the words cannot do without
    by_hand: bool = False  # for texts that a person's tap sends: no consent is needed

    def order(self, channel: Channel) -> str:
        """The order, complete."""
        if self.phase is None:
            return f"t.{channel.value}s, t.value DESC, t.voter_id"
        # As the index ix_targets_phase_turn has it: whoever was tried is behind all others in it.
        return "t.calls + t.texts + t.emails - t.phase_base, t.value DESC, t.voter_id"

    def narrower(self, channel: Channel) -> str:
        """The conditions that it adds."""
        # Who is named, and whom a person texts, may be reached though nothing marks them so.
        marked = self.only is None and not self.by_hand
        said = [f"t.can_{channel.value}"] if marked else []
        rested = f"(t.next_{channel.value}_at IS NULL OR t.next_{channel.value}_at <= :now)"
        if not self.at_once:
            said.append(rested)
        elif self.floor is not None:
            untried = _UNTRIED_HOUSEHOLD if channel is Channel.CALL else _UNTRIED
            said.append(f"({rested} OR {untried})")
        if self.phase is not None:
            said.append("t.phase_id = :phase")
        if self.never:
            said.append(
                "NOT EXISTS (SELECT FROM touches q WHERE q.voter_id = t.voter_id "
                "AND q.campaign_id = t.campaign_id AND q.purpose = :never)"
            )
        said += [one.sql for one in (self.only, self.fillable) if one is not None]
        return "".join(f" AND {one}" for one in said)

    @property
    def binds(self) -> dict[str, Any]:
        """What it binds."""
        own = {
            "places": list(self.places),
            "phase": self.phase,
            "never": self.never,
            "floor": self.floor,
            "spoke": sorted(SPOKE),
        }
        others = [one.binds for one in (self.only, self.fillable) if one is not None]
        return {**{name: bound for binds in others for name, bound in binds.items()}, **own}
