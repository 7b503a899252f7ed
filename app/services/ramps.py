"""Checks the ramps of a campaign before they are stored."""

from collections.abc import Mapping
from datetime import date

from app.domain.channel import Channel
from app.domain.ramp import RampRule, ramp_problems


def check_ramps(
    ramps: Mapping[Channel, RampRule], first: date, polling_day: date
) -> dict[str, str]:
    """What is wrong with the ramps of a campaign that begins on `first`, by field: call_total."""
    if not ramps:
        return {"ramps": "Choose at least one channel."}
    return {
        f"{channel.value}_{name}": words
        for channel, ramp in ramps.items()
        for name, words in ramp_problems(ramp, first, polling_day).items()
    }
