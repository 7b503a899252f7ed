"""A place: where a voter is, as far as hours depend on it."""

from dataclasses import dataclass
from datetime import time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from app.domain.tables import table

Polls = tuple[time | None, time | None]
"""When the polls of a precinct open and close, on the voter's clock; None: as elsewhere."""


@dataclass(frozen=True)
class Place:
    """Where a voter is: the state, the possible time zones, and the precinct's hours if known."""

    state: str
    zones: tuple[str, ...]  # several: only hours open in all of them are open; none: unknown
    polls: Polls = (None, None)

    @property
    def key(self) -> str:
        """The form in which targets store it: NC:America/New_York@0630-2000, mostly without @."""
        where = f"{self.state}:{'|'.join(self.zones)}"
        return (
            where if self.polls == (None, None) else f"{where}@{'-'.join(map(_four, self.polls))}"
        )

    def __lt__(self, other: "Place") -> bool:
        return self.key < other.key

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(key: str) -> "Place":
        """The place of a stored key."""
        where, _, polls = key.partition("@")
        state, _, zones = where.partition(":")
        opens, _, closes = polls.partition("-")
        known = tuple(zone for zone in zones.split("|") if zone)
        return Place(state, known, (_time(opens), _time(closes)))

    def clock(self, otherwise: str) -> ZoneInfo:
        """The clock to show for this place; `otherwise` (IANA) when its zone is unknown."""
        return ZoneInfo(self.zones[0] if self.zones else otherwise)


def _four(at: time | None) -> str:
    return "" if at is None else f"{at:%H%M}"


def _time(four: str) -> time | None:
    return time(int(four[:2]), int(four[2:])) if four else None


@cache
def zones_of_state(state: str) -> tuple[str, ...]:
    """All time zones of a state; empty for military mail and for no state. Source:
    data/state_zones.csv."""
    known = {row["state"]: row["zones"] for row in table("state_zones")}.get(state)
    return tuple(known.split("|")) if known else ()
