"""A day of a campaign as it is counted: on the campaign's own clock, with its instants."""

from dataclasses import dataclass
from datetime import date, datetime

WHOLE = date(1, 1, 1)
"""The day under which the sum of all days stands, so that a page need not add them up."""


@dataclass(frozen=True)
class Day:
    """A day of a campaign on its own clock, and its instants."""

    campaign_id: int
    day: date
    begin: datetime
    end: datetime
    zone: str

    @property
    def binds(self) -> dict[str, object]:
        """What statements about it are told."""
        return {
            "campaign": self.campaign_id,
            "day": self.day,
            "begin": self.begin,
            "end": self.end,
        }
