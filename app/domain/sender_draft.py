"""A sender as a person describes it, and what is wrong with it by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.email import clean_email
from app.domain.sender import ACCOUNT_A_SECOND, MOST_A_DAY, Kind, Rates

MOST_PRICE = Decimal(10)
EXACT = Decimal("0.00001")
"""As exact as money is stored."""


@dataclass(frozen=True)
class SenderDraft:
    """A sender as a person describes it."""

    kind: Kind
    name: str
    address: str  # E.164, a short code, MG… or what stands under From
    rates: Rates
    price: Decimal  # of a segment or mail

    def tidy(self) -> "SenderDraft":
        """Without what the eye does not see, and with money as exact as it is stored."""
        address = " ".join(self.address.split())
        return replace(
            self,
            name=" ".join(self.name.split()) or address,
            address=address,
            price=self.price.quantize(EXACT) if self.price.is_finite() else self.price,
        )

    def written(self) -> dict[str, str]:
        """Each fact by its name, as text; for the log."""
        rates = self.rates
        limits = {
            "per_second": f"{rates.per_second:g}",
            "per_minute": _or_none(rates.per_minute),
            "per_hour": _or_none(rates.per_hour),
            "per_day": _or_none(rates.per_day),
        }
        own = {"kind": self.kind.value, "name": self.name, "address": self.address}
        return {**own, **limits, "price": f"{self.price.normalize():f}"}


def _or_none(limit: int | None) -> str:
    return "" if limit is None else str(limit)


_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_TOLL_FREE = re.compile(r"\+18(00|33|44|55|66|77|88)[2-9]\d{6}")
_SHORT = re.compile(r"[1-9]\d{3,7}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")

_ADDRESSES: Mapping[Kind, tuple[re.Pattern[str], str]] = {
    Kind.LONG_CODE: (_E164, "Write the number like +19195550142."),
    Kind.TOLL_FREE: (_TOLL_FREE, "Write a toll-free number like +18335550142."),
    Kind.SHORT_CODE: (_SHORT, "A short code has 4 to 8 digits."),
    Kind.TEN_DLC: (_NANP, "Write a US number like +19195550142."),
    Kind.SERVICE: (
        _SERVICE,
        "Copy the service’s id from the carrier: MG and 32 letters or digits.",
    ),
}


def check(draft: SenderDraft) -> dict[str, str]:
    """What is wrong with a sender by itself, by field."""
    return _check_address(draft) | _check_rates(draft) | _check_price(draft)


def _check_address(draft: SenderDraft) -> dict[str, str]:
    problems = {}
    if len(draft.name) > 80:
        problems["name"] = "Use at most 80 characters."
    if draft.kind is Kind.RELAY:
        if clean_email(draft.address) is None:
            problems["address"] = "Write an address like Team Rivera <hello@example.org>."
        return problems
    pattern, words = _ADDRESSES[draft.kind]
    if pattern.fullmatch(draft.address) is None:
        problems["address"] = words
    return problems


def _check_rates(draft: SenderDraft) -> dict[str, str]:
    rates, problems = draft.rates, {}
    if not 0 < rates.per_second <= ACCOUNT_A_SECOND:
        problems["per_second"] = f"More than 0 and at most {ACCOUNT_A_SECOND:,.0f} a second."
    for name in ("per_minute", "per_hour", "per_day"):
        limit = getattr(rates, name)
        if limit is not None and not 1 <= limit <= MOST_A_DAY:
            problems[name] = "At least 1; leave it empty for no such limit."
    return problems


def _check_price(draft: SenderDraft) -> dict[str, str]:
    if not draft.price.is_finite() or not 0 <= draft.price <= MOST_PRICE:
        return {"price": f"A price is 0 to {MOST_PRICE}."}
    return {}
