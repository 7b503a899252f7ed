"""What the preview of a blast says: people, words, segments, money, time, and objections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.domain.blast import Stretch
from app.services.compose import Words

CLOSED = "closed"
"""Why those do not get it where the channel is closed all that time."""
OVER = "over"
"""Why those do not get it where its time has passed."""
UNFILLED = "unfilled"
"""Why those do not get it of whom something is not known that the words cannot do without."""


@dataclass(frozen=True)
class Reading:
    """The words in one language, as the voter gets them for whom they are longest."""

    language: str
    people: int
    words: Words
    segments: int
    encoding: str


@dataclass(frozen=True)
class Preview:
    """What a blast would do if it were scheduled now."""

    voters: int = 0  # in the universe
    targets: int = 0  # of them, of the campaign
    people: int = 0  # of them, who get it
    barred: Mapping[str, int] = field(default_factory=dict)  # why → how many, most first
    segments: int = 0  # of all messages together; for mails their number
    longest: int = 0  # segments of one message
    cost: Decimal = Decimal(0)
    money_left: Decimal = Decimal(0)  # what may be spent when it starts
    readings: Sequence[Reading] = ()
    speakers: Mapping[str, int] = field(default_factory=dict)  # of those who get it, by language
    stretches: Mapping[Stretch, int] = field(default_factory=dict)  # when → how many people
    finishes_at: datetime | None = None
    planned: int = 0  # attempts of the plan, on the channel, in the same hours
    refusals: Sequence[str] = ()  # why it cannot be scheduled, with what to do
    warnings: Sequence[str] = ()

    @property
    def average(self) -> float:
        """Segments of a message on average."""
        return self.segments / self.people if self.people else 0.0
