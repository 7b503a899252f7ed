"""A call through the carrier: its two legs, in order of meaning, and what they say of the voter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from uuid import UUID, uuid5

from app.domain.disposition import Disposition

D = Disposition

RING_YOU = 20
"""Seconds that the volunteer's phone rings: most voicemail waits longer."""
RING_VOTER = 25
"""Seconds that the voter's phone rings: five or six times, the custom of phone banks."""
LONGEST_CALL = timedelta(minutes=30)
"""After so long the carrier ends a call, so that what it can cost is known when it begins."""
WRITE_UP = timedelta(minutes=10)
"""Machine time after a call in which its volunteer may still say what came of it."""
TALKED = 30
"""From so many seconds with a person on, a call is taken for a conversation."""

DIALING = "dialing"
"""Our own word for a leg to the voter that the carrier was told to make and has not spoken of."""

TOLD = "As the carrier told; the volunteer recorded nothing."
NOT_RECORDED = "Somebody answered; the volunteer did not record what came of it."
NOT_REACHED = "The carrier did not reach the number; the volunteer recorded nothing."
NOT_KNOWN = "It is not known what came of this call: neither carrier nor volunteer said."
UNSAID = frozenset({TOLD, NOT_RECORDED, NOT_REACHED, NOT_KNOWN})
"""Notes of calls that ended without their volunteer's word, which still counts when it comes."""

RANK: Mapping[str, int] = {
    "": 0,
    "queued": 1,
    DIALING: 1,
    "initiated": 2,
    "ringing": 3,
    "in-progress": 4,
    "completed": 5,
    "busy": 5,
    "no-answer": 5,
    "failed": 5,
    "canceled": 5,
}
"""A leg's states in order of meaning. Twilio's own, at docs/voice/api/call-resource."""

_OVER = 5


def outranks(news: str, known: str) -> bool:
    """Whether `news` says more of a leg than what is `known`, so that it is to be kept."""
    return RANK.get(news, -1) > RANK[known]


def is_over(status: str) -> bool:
    """Whether a leg has ended, however it did."""
    return RANK.get(status) == _OVER


def is_machine(answered_by: str) -> bool:
    """Whether a machine picked up: machine_start, machine_end_beep, … or fax."""
    return answered_by.startswith("machine") or answered_by == "fax"


@dataclass(frozen=True)
class Legs:
    """What is known of a call: the leg to the volunteer, and the leg to the voter."""

    status: str = ""
    voter_status: str = ""
    answered_by: str = ""
    seconds: int | None = None  # that the voter's leg lasted


class Stage(StrEnum):
    """Where a call stands, as its volunteer needs to know it."""

    ASKED = "asked"  # the carrier has not said anything yet
    RINGS_YOU = "rings you"
    RINGS_VOTER = "rings voter"
    CONNECTED = "connected"
    ENDED = "ended"  # the voter's phone was rung, and the call is over
    NOT_RUNG = "not rung"  # it is over, and the voter's phone never rang


LIVE = frozenset({Stage.ASKED, Stage.RINGS_YOU, Stage.RINGS_VOTER, Stage.CONNECTED})


def stage_of(legs: Legs, *, rung: bool) -> Stage:
    """The stage of a call; `rung` is False once it is certain that the voter is not rung."""
    if not rung:
        return Stage.NOT_RUNG
    if is_over(legs.voter_status) or is_over(legs.status):
        return Stage.ENDED
    if legs.voter_status == "in-progress":
        return Stage.CONNECTED
    if legs.voter_status:
        return Stage.RINGS_VOTER
    return Stage.RINGS_YOU if legs.status else Stage.ASKED


def suggestion(legs: Legs) -> Disposition | None:
    """The result to offer to the volunteer, who may choose another; None where only they know."""
    if legs.voter_status == "busy":
        return D.BUSY
    if legs.voter_status in ("no-answer", "canceled"):
        return D.NOT_HOME
    if legs.voter_status == "failed":
        return D.DISCONNECTED
    if is_machine(legs.answered_by):
        return D.ANSWERING_MACHINE
    talked = legs.voter_status == "completed" and (legs.seconds or 0) >= TALKED
    return D.CANVASSED if talked else None


def settled_as(legs: Legs) -> Disposition | None:
    """The result of a call of which its volunteer never said anything; None if nobody can know.

    A number is not buried on the carrier's word: a leg also fails for reasons of its own, such as
    a caller ID that it does not take, and then it would fail for everybody.
    """
    found = suggestion(legs)
    return found if found in (D.BUSY, D.NOT_HOME, D.ANSWERING_MACHINE) else None


def next_key(key: UUID) -> UUID:
    """The id of the next try, after the try `key` has not rung the voter."""
    return uuid5(key, "again")


def most_it_costs(price: Decimal) -> Decimal:
    """What a call of the longest length costs at `price` a minute."""
    return price * (int(LONGEST_CALL.total_seconds()) // 60 + 1)


def likely_cost(price: Decimal, seconds: int | None) -> Decimal:
    """What a call that lasted so long costs; a minute more, since the volunteer's leg is longer."""
    return price * (ceil((seconds or 0) / 60) + 1)


def caller_id_fault(caller_id: str, per_second: float, price: Decimal) -> dict[str, str]:
    """What is wrong with a campaign's settings for calls through the carrier, by field."""
    problems = {}
    if caller_id and not (caller_id.startswith("+") and caller_id[1:].isdigit()):
        problems["caller_id"] = "Write a phone number that your Twilio account may show."
    if not 0 < per_second <= MOST_PER_SECOND:
        problems["per_second"] = f"More than 0 and at most {MOST_PER_SECOND:g} a second."
    if not price.is_finite() or not 0 <= price <= MOST_PRICE:
        problems["price"] = f"A price is 0 to {MOST_PRICE}."
    return problems


MOST_PER_SECOND = 30.0
"""Calls a second: thirty times what Twilio lets an account place at first."""
MOST_PRICE = Decimal(10)
