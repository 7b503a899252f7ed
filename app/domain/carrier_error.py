"""What the carrier's error codes mean for the touch, the address and the sender."""

from enum import StrEnum

from app.domain.channel import Channel
from app.domain.tables import table


class ErrorEffect(StrEnum):
    """What an error code brings about."""

    DEAD = "dead"  # the number is bad
    LANDLINE = "landline"  # no texts to this number; calls may work
    OPT_OUT = "opt_out"  # the recipient has opted out at the carrier
    SLOW_DOWN = "slow_down"  # the sender rests; the touch goes out later or by another
    RETRY = "retry"  # again later
    RETRY_ONCE = "retry_once"  # again later, one single time
    OTHER_SENDER = "other_sender"  # not by this sender; another may reach it
    FILTERED = "filtered"  # not the number's fault
    STOP_SENDER = "stop_sender"  # nothing will pass until an organizer acts
    FAIL = "fail"  # this touch is over, nothing else


_EFFECTS = {int(row["code"]): ErrorEffect(row["effect"]) for row in table("carrier_errors")}

OTHER_SENDER_CODES = tuple(
    sorted(code for code, effect in _EFFECTS.items() if effect is ErrorEffect.OTHER_SENDER)
)
RETRY_ONCE_CODES = tuple(
    sorted(code for code, effect in _EFFECTS.items() if effect is ErrorEffect.RETRY_ONCE)
)

NEVER_SENT = 30036
"""The carrier took the text in too late to send it, and did not."""

_MAIL_SENDERS_FAULT = (421, 451, 452, 454, 530, 534, 535, 554)
"""The relay itself is in trouble or will not serve us (RFC 5321 4.2.3, RFC 4954 6)."""

SENDERS_FAULT = (
    *sorted(
        int(row["code"])
        for row in table("carrier_errors")
        # A slow-down has its own cure, the rest.
        if row["fault"] == "sender" and row["effect"] != ErrorEffect.SLOW_DOWN
    ),
    *_MAIL_SENDERS_FAULT,
)
"""Codes that speak against the sender's health; texts have five digits, mails three."""


def effect_of(code: int | None, channel: Channel = Channel.TEXT) -> ErrorEffect:
    """The effect of a code (data/carrier_errors.csv); an unknown one ends the touch only."""
    if channel is Channel.EMAIL:
        return _mail_effect(code or 0)
    return _EFFECTS.get(code or 0, ErrorEffect.FAIL)


def _mail_effect(code: int) -> ErrorEffect:
    # 530 to 535: the relay does not know us. 550, 551, 553: no such mailbox (RFC 5321 4.2.3).
    if code in (530, 534, 535):
        return ErrorEffect.STOP_SENDER
    # 421: closing down. 452: no room. 454: it cannot check who we are now. 450 and 451 are of one
    # mailbox.
    if code in (421, 452, 454):
        return ErrorEffect.SLOW_DOWN
    return ErrorEffect.DEAD if code in (550, 551, 553) else ErrorEffect.FAIL
