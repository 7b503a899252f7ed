"""What an organizer may change of a running campaign, and what is wrong with it by itself."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from app.domain.channel import Channel

MOST_MONEY = Decimal(999_999_999)
MOST_PRICE = Decimal(10)
FASTEST = 10_000.0  # segments or mails a second; five times what Twilio lets an account send
MOST_ATTEMPTS = 200
EXACT = Decimal("0.00001")
"""As exact as money is stored."""


@dataclass(frozen=True)
class SenderSettings:
    """The rate and the price of one sender."""

    id: int
    channel: Channel
    name: str
    per_second: float  # segments or mails
    price: Decimal  # of a segment or mail


@dataclass(frozen=True)
class CampaignSettings:
    """What an organizer may change of a running campaign."""

    budget: Decimal
    reserve_share: Decimal  # of the budget, 0 to below 1
    voter_daily_cap: int
    voter_total_cap: int
    polls_by_state: bool
    polls_open: time  # on the voter's clock
    polls_close: time
    first_polling_day: date | None  # where the polls are open on several days
    starts_at: datetime
    senders: tuple[SenderSettings, ...] = ()

    def written(self) -> dict[str, str]:
        """Each setting by its name, as text; equal texts are equal settings."""
        own = {
            "budget": plain(self.budget),
            "reserve_share": plain(self.reserve_share),
            "voter_daily_cap": str(self.voter_daily_cap),
            "voter_total_cap": str(self.voter_total_cap),
            "polls_by_state": "yes" if self.polls_by_state else "no",
            "polls_open": f"{self.polls_open:%H:%M}",
            "polls_close": f"{self.polls_close:%H:%M}",
            "first_polling_day": str(self.first_polling_day or ""),
            "starts_at": self.starts_at.astimezone(UTC).isoformat(),
        }
        for sender in self.senders:
            own[f"sender-{sender.id}-per_second"] = f"{sender.per_second:g}"
            own[f"sender-{sender.id}-price"] = plain(sender.price)
        return own

    def exact(self) -> "CampaignSettings":
        """With money as exact as it is stored."""
        return replace(
            self,
            budget=self.budget.quantize(EXACT),
            reserve_share=self.reserve_share.quantize(EXACT),
            senders=tuple(replace(one, price=one.price.quantize(EXACT)) for one in self.senders),
        )

    def differs(self, old: "CampaignSettings") -> tuple[str, ...]:
        """The names of the settings that are not as they were."""
        before = old.written()
        return tuple(
            name for name, text in self.written().items() if before.get(name, text) != text
        )

    @property
    def token(self) -> str:
        """What a form was loaded with; it comes back with the form."""
        return json.dumps(self.written())


def plain(value: Decimal) -> str:
    """0.40000 → 0.4, 20000.00000 → 20000."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check(new: CampaignSettings) -> dict[str, str]:
    """What is wrong with the settings by themselves, by field."""
    problems = _check_money(new) | _check_caps(new)
    if new.polls_close <= new.polls_open:
        problems["polls_close"] = "The polls must close after they open."
    for sender in new.senders:
        problems |= _check_sender(sender)
    return problems


def _check_money(new: CampaignSettings) -> dict[str, str]:
    problems = {}
    if not new.budget.is_finite() or not 0 <= new.budget <= MOST_MONEY:
        problems["budget"] = f"The budget is 0 to {MOST_MONEY:,}."
    if not new.reserve_share.is_finite() or not 0 <= new.reserve_share < 1:
        problems["reserve_share"] = (
            "Reserve from 0 % up to less than 100 % for the final week: with all of it held back, "
            "nothing goes out before."
        )
    return problems


def _check_caps(new: CampaignSettings) -> dict[str, str]:
    problems = {}
    if not 1 <= new.voter_daily_cap <= MOST_ATTEMPTS:
        problems["voter_daily_cap"] = (
            "Allow at least one attempt a voter a day; to stop for a while, pause the campaign."
            if new.voter_daily_cap < 1
            else f"At most {MOST_ATTEMPTS}."
        )
    if new.voter_total_cap < new.voter_daily_cap:
        problems["voter_total_cap"] = "The limit for the campaign is below the limit for a day."
    elif new.voter_total_cap > MOST_ATTEMPTS:
        problems["voter_total_cap"] = f"At most {MOST_ATTEMPTS}."
    return problems


def _check_sender(sender: SenderSettings) -> dict[str, str]:
    problems = {}
    if not 0 < sender.per_second <= FASTEST:
        problems[f"sender-{sender.id}-per_second"] = (
            f"More than 0 and at most {FASTEST:,.0f} a second."
        )
    if not sender.price.is_finite() or not 0 <= sender.price <= MOST_PRICE:
        problems[f"sender-{sender.id}-price"] = f"A price is 0 to {MOST_PRICE}."
    return problems
