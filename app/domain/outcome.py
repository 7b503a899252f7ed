"""What became of an attempt, as reports count it, and what is said of many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.carrier_error import ErrorEffect
from app.domain.channel import Channel
from app.domain.disposition import CONTACTS
from app.domain.tables import table
from app.domain.touch import AttemptState

UNSAID = "unsaid"
"""A call whose result nobody has recorded."""
ON_WAY = "on_way"
"""A text or email that was handed on and is not settled."""
FILTERED = "filtered"
"""A text that a carrier took for spam."""
UNKNOWN = AttemptState.UNKNOWN.value
DELIVERED = AttemptState.DELIVERED.value
UNDELIVERED = AttemptState.UNDELIVERED.value
FAILED = AttemptState.FAILED.value
MESSAGE_OUTCOMES = (DELIVERED, UNDELIVERED, FAILED, FILTERED, ON_WAY, UNKNOWN)

FILTERED_CODES = tuple(
    sorted(
        int(row["code"])
        for row in table("carrier_errors")
        if row["effect"] == ErrorEffect.FILTERED.value
    )
)


def outcome_of(
    channel: Channel, state: AttemptState, disposition: str, error_code: int | None
) -> str | None:
    """The outcome that an attempt counts as; None where nothing was tried after all.

    Of calls the disposition; of texts and emails one of MESSAGE_OUTCOMES.
    """
    if state is AttemptState.ABSENT:
        return None
    if channel is Channel.CALL:
        return disposition or UNSAID
    refused = state in (AttemptState.UNDELIVERED, AttemptState.FAILED)
    if refused and channel is Channel.TEXT and error_code in FILTERED_CODES:
        return FILTERED
    if state is AttemptState.UNSURE:
        return UNKNOWN
    return state.value if state.value in MESSAGE_OUTCOMES else ON_WAY


@dataclass(frozen=True)
class Share:
    """A part of a whole, in whatever both count; said as a percentage with its base beside it."""

    hits: int
    of: int

    @property
    def ratio(self) -> float | None:
        """From 0 to 1; None where the whole is nothing."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True)
class Each:
    """A cost for each of something."""

    cost: Decimal
    of: int

    @property
    def price(self) -> Decimal | None:
        """In the account's currency; None where there is nothing, or where nothing was spent."""
        return self.cost / self.of if self.of and self.cost else None


@dataclass(frozen=True)
class Counts:
    """How many attempts had which outcome, and what they cost, by channel."""

    numbers: Mapping[tuple[Channel, str], int] = field(default_factory=dict)
    costs: Mapping[Channel, Decimal] = field(default_factory=dict)

    def tried(self, channel: Channel) -> int:
        """Attempts on a channel."""
        return sum(number for (one, _), number in self.numbers.items() if one == channel)

    def came_to(self, channel: Channel, outcome: str) -> int:
        """Attempts on a channel with this outcome."""
        return self.numbers.get((channel, outcome), 0)

    @property
    def attempts(self) -> int:
        """Of all channels."""
        return sum(self.numbers.values())

    @property
    def contacts(self) -> int:
        """Calls in which the person was reached."""
        return sum(self.came_to(Channel.CALL, one.value) for one in CONTACTS)

    @property
    def contact_rate(self) -> Share:
        """Contacts ÷ calls."""
        return Share(self.contacts, self.tried(Channel.CALL))

    def delivered(self, channel: Channel) -> Share:
        """Delivered ÷ all attempts of a channel of texts or emails."""
        return Share(self.came_to(channel, DELIVERED), self.tried(channel))

    @property
    def cost(self) -> Decimal:
        """Of all channels."""
        return sum(self.costs.values(), Decimal(0))

    @property
    def cost_per_contact(self) -> Each:
        """What all calls cost, for each contact."""
        return Each(self.costs.get(Channel.CALL, Decimal(0)), self.contacts)

    def cost_per_delivered(self, channel: Channel) -> Each:
        """What all texts or emails cost, for each that arrived."""
        cost = self.costs.get(channel, Decimal(0))
        return Each(cost, self.came_to(channel, DELIVERED))


def summed(rows: list[tuple[Channel, str, int, Decimal]]) -> Counts:
    """The counts of rows of channel, outcome, number and cost."""
    numbers: dict[tuple[Channel, str], int] = {}
    costs: dict[Channel, Decimal] = {}
    for channel, outcome, number, cost in rows:
        numbers[channel, outcome] = numbers.get((channel, outcome), 0) + number
        costs[channel] = costs.get(channel, Decimal(0)) + cost
    return Counts(numbers, costs)
