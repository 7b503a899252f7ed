"""The model of one campaign: its figures, as the program and the forecast reckon with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.channel import Channel
from app.domain.curve import Curve
from app.domain.figure import DEFAULTS

PAST_ELECTIONS = 6
"""The propensity curve is known by votes out of so many past elections."""
ANSWER_HOURS = range(8, 21)
"""Local hours for which an answer rate is kept; earlier and later ones are as the nearest."""

Figures = Mapping[str, float]


class Salience(StrEnum):
    """How much attention the election gets; stored by value."""

    LOW = "low"  # an obscure race: a primary, a school board, a run-off
    MIDDLE = "middle"
    HIGH = "high"  # a presidential year


def _contact(figures: Figures) -> tuple[float, ...]:
    return tuple(figures[f"contact_{pass_}"] / 100 for pass_ in range(1, 5))


def _returning(figures: Figures) -> Mapping[Channel, tuple[float, ...]]:
    reached = _contact(figures)
    again = tuple(figures[f"again_{min(pass_, 3)}"] / 100 for pass_ in range(2, 5))
    calls = (
        max(1 - reached[0] - figures["bad_number"] / 100, 0.0),
        *(min(left, 1 - contact) for left, contact in zip(again, reached[1:], strict=True)),
    )
    stay = 1 - figures["opt_out"] / 100
    subscribed = 1 - figures["unsubscribed"] / 100
    return {Channel.CALL: calls, Channel.TEXT: (stay,) * 4, Channel.EMAIL: (subscribed,) * 4}


def _spacing(figures: Figures) -> Mapping[Channel, int]:
    return {channel: int(figures[f"spacing_{channel.value}"]) for channel in Channel}


def _effect(figures: Figures) -> Mapping[Channel, tuple[float, ...]]:
    asks, warm = figures["asks_plan"] / 100, figures["warm_share"] / 100
    call = asks * figures["call_plan"] + (1 - asks) * figures["call"]
    text = warm * figures["text_warm"] + (1 - warm) * figures["text_cold"]
    later = (1.0, figures["text_second"] / 100, figures["text_third"] / 100)
    return {
        Channel.CALL: (call / 100,) * 4,
        Channel.TEXT: tuple(text / 100 * part for part in later),
        Channel.EMAIL: tuple(figures["email"] / 100 * part for part in later),
    }


def answers_of(figures: Figures) -> Curve:
    hours = [hour + 0.5 for hour in ANSWER_HOURS]
    return Curve.through(hours, [figures[f"answer_{hour:02}"] for hour in ANSWER_HOURS])


def gain_curve(figures: Figures, salience: Salience) -> Curve:
    """How much more or less than others a voter gains, by their chance to vote (0 to 1).

    The mean over voters with one to six votes of six is 1, whatever the salience: that takes its
    cut elsewhere. High salience moves the gains toward rare voters, low toward habitual ones.
    """
    votes = range(1, PAST_ELECTIONS + 1)
    moved = {
        Salience.LOW: figures["shift_low"],
        Salience.MIDDLE: 0.0,
        Salience.HIGH: -figures["shift_high"],
    }[salience]
    at = [(past + moved) / PAST_ELECTIONS for past in votes]
    curve = Curve.through(at, [figures[f"gain_{past}"] for past in votes])
    mean = sum(curve.height(past / PAST_ELECTIONS) for past in votes) / PAST_ELECTIONS
    if mean == 0:  # the organizer has set all to nothing: then nobody stands out
        return Curve.through(at, [1.0] * PAST_ELECTIONS)
    return Curve.through(at, [height / mean for height in curve.heights])


def _cut(figures: Figures, salience: Salience) -> float:
    return 1 - figures["salience_cut"] / 100 if salience is Salience.HIGH else 1.0


def _plain(name: str) -> "_Reckon":
    return lambda figures, _: figures[name]


def _percent(name: str) -> "_Reckon":
    return lambda figures, _: figures[name] / 100


_Reckon = Callable[[Figures, Salience], Any]
_PARTS: Mapping[str, _Reckon] = {
    "contact": lambda figures, _: _contact(figures),
    "returning": lambda figures, _: _returning(figures),
    "spacing_days": lambda figures, _: _spacing(figures),
    "dials_per_hour": _plain("dials_per_hour"),
    "show_rate": _percent("show_rate"),
    "floor_per_hour": lambda figures, _: int(figures["floor_per_hour"]),
    "salience": lambda _, salience: salience,
    "cut": _cut,
    "effect": lambda figures, _: _effect(figures),
    "delivered": _percent("delivered"),
    "answers": lambda figures, _: answers_of(figures),
    "gain": gain_curve,
    "half_life_days": _plain("half_life"),
    "bad_number": _percent("bad_number"),
    "opt_out": _percent("opt_out"),
    "replies": _percent("replies"),
}
"""How each field of the model follows from the figures and the salience."""


def _usual(name: str) -> Callable[[], Any]:
    return lambda: _PARTS[name](DEFAULTS, Salience.MIDDLE)


@dataclass(frozen=True)
class Model:
    """The figures that the plan reckons with, for one campaign. Shares are 0 to 1.

    Without arguments it has the defaults. Of tuples by pass, the last counts for later passes.
    """

    contact: tuple[float, ...] = field(default_factory=_usual("contact"))  # a dial reaches, by pass
    returning: Mapping[Channel, tuple[float, ...]] = field(default_factory=_usual("returning"))
    # … of those tried in a pass, the share that a next pass may try
    spacing_days: Mapping[Channel, int] = field(default_factory=_usual("spacing_days"))
    dials_per_hour: float = field(default_factory=_usual("dials_per_hour"))
    show_rate: float = field(default_factory=_usual("show_rate"))
    floor_per_hour: int = field(default_factory=_usual("floor_per_hour"))
    salience: Salience = Salience.MIDDLE
    cut: float = field(default_factory=_usual("cut"))  # what high salience leaves of each effect
    effect: Mapping[Channel, tuple[float, ...]] = field(default_factory=_usual("effect"))
    # … votes for each one reached, by pass, before the cut
    delivered: float = field(default_factory=_usual("delivered"))  # texts that arrive
    answers: Curve = field(default_factory=_usual("answers"))  # by local hour, 1 = on average
    gain: Curve = field(default_factory=_usual("gain"))  # by propensity, 1 = on average
    half_life_days: float = field(default_factory=_usual("half_life_days"))
    bad_number: float = field(default_factory=_usual("bad_number"))  # of first dials
    opt_out: float = field(default_factory=_usual("opt_out"))  # of texts
    replies: float = field(default_factory=_usual("replies"))  # of texts

    @staticmethod
    def of(figures: Mapping[str, float], salience: str) -> "Model":
        """The model from figures in the units of domain.figure; what is not given is the default.

        Raises ValueError for a salience other than low, middle and high.
        """
        known, how = {**DEFAULTS, **figures}, Salience(salience)
        return Model(**{name: reckon(known, how) for name, reckon in _PARTS.items()})
