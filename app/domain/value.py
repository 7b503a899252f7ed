"""What an attempt is worth: the extra votes that it may be expected to bring. A model.

docs/planning.md tells it in plain words; the figures are those of domain.figure.
"""

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.channel import Channel
from app.domain.figure import DEFAULTS
from app.domain.model import Model, Salience, answers_of

__all__ = [
    "Factors",
    "Model",
    "Salience",
    "answer_curve",
    "factors",
    "passes",
    "votes",
    "votes_table",
]


def passes(channel: Channel) -> int:
    """How many passes the model tells apart; what comes after is as the last."""
    return 4 if channel is Channel.CALL else 3


_USUAL_ANSWERS = answers_of(DEFAULTS)


def answer_curve(hour: float, model: Model | None = None) -> float:
    """How likely a call is answered at this local hour (0 to 24), 1 = on average."""
    return (model.answers if model else _USUAL_ANSWERS).height(hour)


class Factors(NamedTuple):
    """What an attempt's worth is the product of."""

    reach: float  # the chance that it reaches the voter
    effect: float  # extra votes for each one reached, the average voter's, on polling day
    gain: float  # this voter's gain against the average
    cut: float  # what high salience leaves
    left: float  # what is left of it on polling day


def factors(
    model: Model,
    channel: Channel,
    pass_: int,
    *,
    propensity: float,
    hour: float,
    days_left: float,
) -> Factors:
    """The parts of `votes`, for a page that shows the sum."""
    effects = model.effect[channel]
    effect = effects[min(pass_, len(effects)) - 1]
    if channel is Channel.CALL:
        contact = model.contact[min(pass_, len(model.contact)) - 1]
        reach = min(contact * model.answers.height(hour), 1.0)
    else:
        reach = model.delivered if channel is Channel.TEXT else 1.0
    left = 0.5 ** (max(days_left, 0.0) / model.half_life_days)
    return Factors(reach, effect, model.gain.height(propensity), model.cut, left)


def votes(
    model: Model,
    channel: Channel,
    pass_: int,
    *,
    propensity: float,
    hour: float,
    days_left: float,
) -> float:
    """Extra votes expected of one attempt.

    `pass_` counts from 1; `propensity` is the chance to vote, 0 to 1; `hour` is the voter's local
    hour; `days_left` is the time until the polls close.
    """
    return prod(
        factors(
            model,
            channel,
            pass_,
            propensity=propensity,
            hour=hour,
            days_left=days_left,
        )
    )


def votes_table(
    model: Model,
    channel: Channel,
    pass_: ArrayLike,
    *,
    propensity: ArrayLike,
    hour: ArrayLike,
    days_left: ArrayLike,
) -> NDArray[np.float64]:
    """`votes` for many attempts at once: the four are broadcast against each other."""
    number = np.asarray(pass_)
    effects = np.asarray(model.effect[channel])
    effect = effects[np.minimum(number, len(effects)) - 1] * model.cut
    if channel is Channel.CALL:
        contact = np.asarray(model.contact)[np.minimum(number, len(model.contact)) - 1]
        reach: Any = np.minimum(contact * model.answers.heights_at(hour), 1.0)
    else:
        reach = (model.delivered if channel is Channel.TEXT else 1.0) + 0 * np.asarray(hour)
    left = 0.5 ** (np.maximum(np.asarray(days_left, dtype=float), 0.0) / model.half_life_days)
    return np.asarray(reach * effect * model.gain.heights_at(propensity) * left, dtype=np.float64)
