"""What the carrier is started with, and the dials that can be turned while it runs."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.carrier.voter import Shares


@dataclass(slots=True)
class Dials:
    """What may change while the carrier runs."""

    latency_ms: float = 0.0
    rate_per_second: float = 0.0  # creates over this get 429; zero for no limit
    delivery_seconds: float = 1.5  # from accepted to delivered
    voters: Shares = field(default_factory=Shares)

    def turn(self, wishes: Mapping[str, Any]) -> None:
        """Changes what is named; raises ValueError with what to mend, having changed nothing."""
        unknown = wishes.keys() - {"latency_ms", "rate_per_second", "delivery_seconds", "voters"}
        if unknown:
            raise ValueError(f"no setting is called {sorted(unknown)[0]!r}")
        voters = turned(self.voters, wishes["voters"]) if "voters" in wishes else self.voters
        numbers = {name: _number(name, wishes[name]) for name in wishes.keys() - {"voters"}}
        for name, number in numbers.items():
            setattr(self, name, number)
        self.voters = voters

    def as_json(self) -> dict[str, Any]:
        """As the control endpoint shows and takes them."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is fixed when the carrier starts."""

    account_sid: str
    auth_token: str
    host: str = "127.0.0.1"
    port: int = 8010
    smtp_port: int = 8025
    smtp_user: str | None = None
    smtp_password: str | None = None
    inbound_url: str | None = None
    ledger: Path | None = None
    seed: int = 1
    callback_retries: int = 3
    callback_backoff: float = 0.5  # seconds before the first retry; doubles with each
    callback_concurrency: int = 16
    sink: bool = False


def turned(shares: Shares, wish: Any) -> Shares:
    """`shares` with the wish applied: "on", "off", or an object of its fields."""
    if wish in ("on", "off"):
        return dataclasses.replace(shares, on=wish == "on")
    names = {item.name for item in dataclasses.fields(Shares)}
    if not isinstance(wish, dict) or not wish.keys() <= names:
        raise ValueError(f"voters: give on, off, or an object of {', '.join(sorted(names))}")
    numbers = {name: _number(f"voters.{name}", wish[name]) for name in wish.keys() - {"on"}}
    for name in numbers.keys() - {"reply_seconds"}:
        if numbers[name] > 1:
            raise ValueError(f"voters.{name} is a share between 0 and 1")
    return dataclasses.replace(shares, on=bool(wish.get("on", shares.on)), **numbers)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} is a number, zero or more")
    return float(value)
