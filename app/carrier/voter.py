"""Simulated voters: what the owner of a phone does, drawn from the seed and the number alone."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CallOutcome = Literal["completed", "machine", "busy", "no-answer"]

WORDS: Mapping[str, tuple[str, ...]] = {
    "stop": (
        *("STOP", "STOP", "Stop", "stop", "STOP.", "UNSUBSCRIBE", "QUIT", "END", "Cancel"),
        *("STOPALL", "revoke", "opt out", "please stop texting me", "take me off your list"),
        *("remove me", "no me escriba más"),
    ),
    "help": ("HELP", "Help", "help", "INFO"),
    "voted": ("I already voted", "already voted!", "I voted early", "Ya voté"),
    "other": (
        *("will try", "who is this?", "ok", "Thanks!", "Where do I vote?", "wrong number"),
        *("what time do the polls close", "yes I will", "👍", "sí, gracias", "¿quién es?"),
        *("¿dónde voto?", "voy mañana"),
    ),
}
"""What voters write, by why they write."""

UNDELIVERED = (30003, 30003, 30005, 30006, 30007, 30008)
"""Errors of phones that texts do not reach; unreachable handsets are the common case."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many voters do what, as shares of one; the defaults make a lively demo.

    `answered` of calls follows the field's average of 21 % (FIELD: when in the day).
    """

    on: bool = True
    stop: float = 0.03
    help: float = 0.01
    voted: float = 0.02
    other: float = 0.04
    undelivered: float = 0.02
    landline: float = 0.01
    answered: float = 0.21
    busy: float = 0.05
    machine: float = 0.30  # of calls that an answering machine takes; a third of what is left
    picks_up: float = 1.0  # of volunteers, when the call is one that they asked for
    voicemail: float = 0.0  # of volunteers, whose voicemail takes that call
    reply_seconds: float = 4.0  # the mean wait before a reply


@dataclass(frozen=True, slots=True)
class Voter:
    """What one phone does with whatever reaches it."""

    landline: bool = False
    error_code: int | None = None  # texts end undelivered with this
    reply: str | None = None
    reply_seconds: float = 0.0
    call: CallOutcome = "no-answer"
    talk_seconds: float = 0.0
    own_call: CallOutcome = "completed"  # … when it is one that this phone's owner asked for


def voter(seed: int, phone: str, shares: Shares) -> Voter:
    """The voter who owns `phone`. The same seed and phone give the same voter in every run."""
    if not shares.on:
        return Voter(own_call=_own_call(0.0, shares))
    draw = random.Random(f"{seed}:{phone}")
    landline = draw.random() < shares.landline
    error_code = draw.choice(UNDELIVERED) if draw.random() < shares.undelivered else None
    kind = _kind(draw.random(), shares)
    spread = draw.random()
    lines = {name: draw.choice(words) for name, words in WORDS.items()}
    return Voter(
        landline=landline,
        error_code=error_code,
        reply=lines[kind] if kind else None,
        reply_seconds=shares.reply_seconds * (0.25 + 1.5 * spread),
        call=_call(draw.random(), shares),
        talk_seconds=20 + 160 * draw.random(),
        own_call=_own_call(draw.random(), shares),
    )


def _kind(point: float, shares: Shares) -> str | None:
    for name in WORDS:
        share: float = getattr(shares, name)
        if point < share:
            return name
        point -= share
    return None


def _call(point: float, shares: Shares) -> CallOutcome:
    return _outcome(
        point,
        (shares.answered, "completed"),
        (shares.busy, "busy"),
        (shares.machine, "machine"),
    )


def _own_call(point: float, shares: Shares) -> CallOutcome:
    return _outcome(point, (shares.picks_up, "completed"), (shares.voicemail, "machine"))


def _outcome(point: float, *shares: tuple[float, CallOutcome]) -> CallOutcome:
    for share, outcome in shares:
        if point < share:
            return outcome
        point -= share
    return "no-answer"
