"""What the carrier's error codes mean for the touch, the address and the sender."""

from enum import StrEnum

from app.domain.tables import table


class ErrorEffect(StrEnum):
    """What an error code brings about."""

    DEAD = "dead"  # the number is bad
    LANDLINE = "landline"  # no texts to this number; calls may work
    OPT_OUT = "opt_out"  # the recipient has opted out at the carrier
    SLOW_DOWN = "slow_down"  # not processed: again later, more slowly
    RETRY = "retry"
    RETRY_ONCE = "retry_once"
    FILTERED = "filtered"  # not the number's fault
    STOP_SENDER = "stop_sender"  # nothing will pass until an organizer acts
    FAIL = "fail"  # this touch is over, nothing else


_EFFECTS = {int(row["code"]): ErrorEffect(row["effect"]) for row in table("carrier_errors")}


def effect_of(code: int | None) -> ErrorEffect:
    """The effect of a code (data/carrier_errors.csv); an unknown one ends the touch only."""
    return _EFFECTS.get(code or 0, ErrorEffect.FAIL)
