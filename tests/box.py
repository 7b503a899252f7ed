"""A carrier and a relay that deliver at once, into a box: for tests that are about neither."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    MailOut,
    MailPort,
    Outcome,
    TextOut,
    TextPort,
)
from app.wiring import Parts


class Box:
    """A carrier and a relay that deliver at once, into a box."""

    def __init__(self) -> None:
        self.texts: list[TextOut] = []
        self.mails: list[MailOut] = []

    def codes(self) -> list[str]:
        """The codes that came by text, oldest first."""
        return [re.findall(r"\d{6}", one.body)[0] for one in self.texts]

    def as_texts(self) -> TextPort:
        """The text port."""
        return Texts(self)

    def as_mails(self) -> MailPort:
        """The mail port."""
        return Mails(self)


class Texts:
    """The text port into a box."""

    def __init__(self, box: Box) -> None:
        self.box = box

    async def send(self, text: TextOut) -> Outcome:
        self.box.texts.append(text)
        return Accepted(f"SM{len(self.box.texts)}")

    async def sent_to(self, address: str) -> list[Any]:
        raise CarrierUnreachable("nobody asks")

    async def fetch(self, sid: str) -> None:
        raise CarrierUnreachable("nobody asks")

    async def close(self) -> None:
        """Has nothing open."""


class Mails:
    """The mail port into a box."""

    def __init__(self, box: Box) -> None:
        self.box = box

    def send(
        self, mails: Sequence[MailOut], wanted: Callable[[UUID], bool] | None = None
    ) -> list[Outcome]:
        self.box.mails += mails
        return [Accepted("")] * len(mails)

    def close(self) -> None:
        """Has nothing open."""


@dataclass(frozen=True)
class BoxedParts(Parts):
    """The parts of a process whose messages land in a box."""

    box: Box = field(default_factory=Box)

    def texts(self) -> TextPort:
        """Into the box."""
        return self.box.as_texts()

    def mails(self) -> MailPort:
        """Into the box."""
        return self.box.as_mails()
