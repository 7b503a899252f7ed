"""What a channel is asked to send and what it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class TextOut:
    """A text to hand to the carrier."""

    attempt_id: UUID
    to: str  # E.164
    sender: str  # E.164 or a messaging service's MG… id
    body: str
    valid_seconds: int  # machine seconds after which the carrier must give up
    leave_within: float = 60.0  # machine seconds from now after which it must not leave us any more


@dataclass(frozen=True)
class MailOut:
    """A mail to hand to the relay."""

    attempt_id: UUID
    message_id: str  # the same on every try of a touch, so that receivers drop a double
    to: str
    sender: str
    subject: str
    body: str
    unsubscribe_url: str  # empty: a mail to our own people, which has none
    leave_within: float = 60.0  # machine seconds from now after which it must not leave us any more
    html: str = ""  # the same as a page; empty: text alone
    unsubscribe_word: str = "Unsubscribe"  # before the link, in the language of the mail


@dataclass(frozen=True)
class Accepted:
    """The carrier has it."""

    sid: str
    segments: int | None = None
    price: Decimal | None = None
    status: str = "queued"


@dataclass(frozen=True)
class Refused:
    """The carrier will not take it; `code` is the carrier's."""

    code: int
    message: str


@dataclass(frozen=True)
class NotProcessed:
    """It surely did not go out; safe to try again after `wait_seconds` of machine time."""

    message: str
    code: int | None = None
    wait_seconds: float = 5.0


@dataclass(frozen=True)
class NoAnswer:
    """It may or may not have gone out."""

    message: str


Outcome = Accepted | Refused | NotProcessed | NoAnswer


@dataclass(frozen=True)
class Sent:
    """A message that the carrier says it has."""

    sid: str
    body: str
    status: str
    created_at: datetime
    segments: int | None
    error_code: int | None
    price: Decimal | None  # above zero; None while the carrier has not told it


class TextPort(Protocol):
    """A carrier of texts."""

    async def send(self, text: TextOut) -> Outcome:
        """Hands one text over. Never raises for what a carrier or a network can do."""
        ...

    async def sent_to(self, address: str) -> list[Sent]:
        """The newest messages to a number; raises CarrierUnreachable."""
        ...

    async def fetch(self, sid: str) -> Sent | None:
        """One message; None when the carrier has none of this id. Raises CarrierUnreachable."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...


class MailPort(Protocol):
    """A relay of mail."""

    def send(
        self, mails: Sequence[MailOut], wanted: Callable[[UUID], bool] | None = None
    ) -> list[Outcome]:
        """Hands mails over on one connection; one outcome each, in the same order.

        `wanted` is asked with an attempt's id right before it is handed over; what is not wanted
        any more is NotProcessed. Called with no mails, it may let go of what it keeps open.
        """
        ...

    def close(self) -> None:
        """Closes the connection that is kept."""
        ...


class HookPort(Protocol):
    """Somebody who is told over HTTP."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Posts the body once. Empty when it was taken, else what went wrong in a few words."""
        ...

    async def get(self, url: str) -> str:
        """Asks for the address once. Empty when it answered well, else what went wrong."""
        ...


class CarrierUnreachable(Exception):
    """The carrier could not be asked; ask again later."""
