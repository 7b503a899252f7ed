"""The health of a sender, 0 to 1, from what came of its last attempts: down fast, up slowly."""

from dataclasses import dataclass

WINDOW_SECONDS = 180.0
"""Attempts of the last three minutes count."""
SLOW_SECONDS = 60.0
"""A text that takes longer to be delivered is late; most take a few seconds."""
DOUBTS = 4
"""So many good attempts are supposed besides, so that one failure among few says little."""
LATE_WEIGHS = 0.4
"""A late text did arrive, or its callback was lost; a failed one is worse."""
UP_A_MINUTE = 0.1
DOWN_TO = 0.5
"""By this factor at most a measurement lowers health; the next follows in seconds."""
LEAST = 0.02
WELL, AILING = 0.9, 0.5


@dataclass(frozen=True)
class Signs:
    """What came of a sender's attempts in the window."""

    seen: int = 0
    faults: int = 0  # errors that are the sender's fault
    silent: int = 0  # no answer from the carrier
    late: int = 0  # delivered late, or accepted for long and not even sent


def fitness(signs: Signs) -> float:
    """What the signs alone say, 0 to 1; with a third of the attempts bad there is little left."""
    bad = signs.faults + signs.silent + LATE_WEIGHS * signs.late
    share = min(bad / (signs.seen + DOUBTS), 1.0)
    return max(1.0 - share, 0.0) ** 3


def health_after(health: float, signs: Signs, seconds: float) -> float:
    """The health after a measurement, `seconds` of machine time after the last one.

    Worse news counts at once, by half at most; better news raises health by a tenth a minute.
    Without attempts it rises too: who is not asked cannot prove itself.
    """
    fit = fitness(signs)
    if fit < health:
        return max(fit, health * DOWN_TO, LEAST)
    return max(min(fit, health + UP_A_MINUTE * max(seconds, 0.0) / 60), LEAST)


def share_of(health: float, best: float) -> float:
    """A sender's share of its rate beside the healthiest of its campaign and channel.

    What all of them suffer, as when the carrier is down, slows none of them: sending less by one
    helps only where another sends more.
    """
    return min(health / best, 1.0) if best > 0 else 1.0


def in_words(health: float) -> str:
    """well, ailing or sick."""
    if health >= WELL:
        return "well"
    return "ailing" if health >= AILING else "sick"
