"""What a carrier of calls is asked and what it may answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from app.channels.port import Outcome


@dataclass(frozen=True)
class RingOut:
    """A volunteer's phone to be rung; who is called then, the carrier asks when it is picked up."""

    attempt_id: UUID
    to: str  # E.164 of the volunteer
    sender: str  # E.164 that the volunteer sees


@dataclass(frozen=True)
class Placed:
    """A call, or a leg of one, that the carrier says it has placed."""

    sid: str
    status: str
    created_at: datetime
    answered_by: str
    seconds: int | None
    price: Decimal | None  # above zero; None while the carrier has not told it


class VoicePort(Protocol):
    """A carrier of calls. Every question is bounded in time, so that a web thread may ask."""

    def ring(self, call: RingOut) -> Outcome:
        """Has one phone rung. Never raises for what a carrier or a network can do."""
        ...

    def placed_to(self, number: str) -> list[Placed]:
        """The newest calls to a number; raises CarrierUnreachable."""
        ...

    def legs_of(self, sid: str) -> list[Placed]:
        """The legs that a call has dialed; raises CarrierUnreachable."""
        ...

    def fetch(self, sid: str) -> Placed | None:
        """One call; None when the carrier has none of this id. Raises CarrierUnreachable."""
        ...
