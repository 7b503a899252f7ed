"""What a carrier, a relay and the DNS are asked about a sender, and what they may answer."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class AccountSeen:
    """An account as the carrier has it."""

    name: str
    status: str  # active | suspended | closed
    kind: str  # Full | Trial


@dataclass(frozen=True)
class SenderSeen:
    """A number, short code or messaging service of the account."""

    address: str
    kind: str  # number | short_code | service
    texts: bool  # it can send them
    numbers: tuple[str, ...] = ()  # of a service: the first of those behind it
    registered: bool | None = None  # of a service: for 10DLC


@dataclass(frozen=True)
class RelaySeen:
    """How far a talk with a mail relay came: connect, tls, hello, sign_in or all."""

    reached: str
    problem: str = ""  # in a few words, with what to do; empty when all went well
    code: int | None = None  # of the relay's refusal
    encrypted: bool = False


class AccountRefused(Exception):
    """The carrier does not know us: its code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class NoNames(Exception):
    """No name server answered."""


class AccountPort(Protocol):
    """The carrier's account."""

    async def account(self) -> AccountSeen:
        """The account; raises AccountRefused, CarrierUnreachable."""
        ...

    async def sender(self, address: str) -> SenderSeen | None:
        """The sender of this address; None when the account has none. Raises as `account`."""
        ...

    async def campaign_of(self, number: str) -> str | None:
        """How the 10DLC campaign of a number stands, as the carrier says it (VERIFIED, PENDING,
        IN_PROGRESS, FAILED); empty when it has none, None when that cannot be found out. Raises as
        `account`."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...


class RelayPort(Protocol):
    """A mail relay that is looked at without a mail."""

    def look(self) -> RelaySeen:
        """Connects, encrypts, says hello, signs in, and leaves. Never raises."""
        ...


class NamePort(Protocol):
    """The domain name system."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, none when there is no such name; raises NoNames."""
        ...
