"""What an attempt is worth: the extra votes that it may be expected to bring. A model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.channel import Channel


@dataclass(frozen=True)
class Model:
    """The figures that the plan reckons with, for one campaign."""

    contact: tuple[float, ...] = (0.275, 0.168, 0.103, 0.096)  # a dial reaches, by pass; last stays
    returning: Mapping[Channel, tuple[float, ...]] = field(
        default_factory=lambda: {
            Channel.CALL: (0.725, 0.725, 0.476, 0.476),
            Channel.TEXT: (0.97, 0.97, 0.97, 0.97),
            Channel.EMAIL: (0.99, 0.99, 0.99, 0.99),
        }
    )  # of those tried in a pass, the share that a next pass may try
    spacing_days: Mapping[Channel, int] = field(
        default_factory=lambda: {Channel.CALL: 1, Channel.TEXT: 2, Channel.EMAIL: 2}
    )  # days between two passes
    dials_per_hour: float = 30
    texts_per_hour: float = 60  # by hand, one volunteer
    show_rate: float = 0.58
    shift_hours: float = 3
    floor_per_hour: int = 12


def passes(channel: Channel) -> int:
    """How many passes the model tells apart; what comes after is as the last."""
    return 4 if channel is Channel.CALL else 3


def answer_curve(hour: float) -> float:
    """How likely a call is answered at this local hour (0 to 24), 1 = on average."""
    return 1.0


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
    reach = {Channel.CALL: model.contact[min(pass_, 4) - 1], Channel.TEXT: 1, Channel.EMAIL: 1}
    effect = {Channel.CALL: 0.038, Channel.TEXT: 0.006 / pass_, Channel.EMAIL: 0.0}
    worth: float = (
        reach[channel] * effect[channel] * (1 - abs(propensity - 0.5)) * 0.5 ** (days_left / 14)
    )
    return worth
