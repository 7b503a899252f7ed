"""Rates learned from what was recorded, each weighed with its default and rounded.

The default counts as so many observations of its own (the weight in data/figures.csv), so that a
few calls move little and many move all. A learned figure is kept with two significant digits, and
stays until it has clearly left them, so that a plan is not made anew for noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor, log10

from app.domain.disposition import CONTACTS, EFFECTS, Disposition
from app.domain.figure import FIGURES
from app.domain.model import ANSWER_HOURS

FEWEST = 30
"""From fewer observations nothing is learned."""
FEWEST_AN_HOUR = 500
"""Dials in an hour of the day before its own answer rate counts."""
LONGEST_GAP_SECONDS = 15 * 60
"""A volunteer who does nothing for longer has taken a break; it is cut out."""
SHORTEST_GAP_SECONDS = 5
"""Records closer together were kept on a phone without signal and came at once."""

STAYS = 0.8
"""A rounded figure is left when the exact one is farther from it than this part of a step; at half
a step it would go to and fro."""

BAD_NUMBERS = frozenset(one for one, effect in EFFECTS.items() if effect.bad_number)
AGAIN = frozenset(
    one
    for one in Disposition
    if one not in CONTACTS and not EFFECTS[one].bad_number and not EFFECTS[one].out
)
"""Results after which the voter has not been reached and is tried again."""

CALL_PASSES = range(1, 5)


@dataclass(frozen=True)
class Tally:
    """What was counted: how many, and of how many."""

    hits: int = 0
    seen: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.hits + other.hits, self.seen + other.seen)


@dataclass(frozen=True)
class Learned:
    """A figure as the campaign's records have it, in the figure's unit."""

    value: float
    seen: int


def rounded(value: float, digits: int = 2) -> float:
    """The value to so many significant digits."""
    if value == 0:
        return 0.0
    return round(value, digits - 1 - floor(log10(abs(value))))


def steady(found: Mapping[str, Learned], before: Mapping[str, float]) -> dict[str, Learned]:
    """What was learned as it is kept: rounded; as before while it is within STAYS of a step."""
    return {
        name: replace(one, value=_within(name, _steady(one.value, before.get(name))))
        for name, one in found.items()
    }


def _steady(value: float, before: float | None) -> float:
    if before is not None and abs(value - before) <= STAYS * _step(value):
        return before
    return rounded(value)


def _step(value: float) -> float:
    """The size of the second significant digit."""
    return 10.0 ** (floor(log10(abs(value))) - 1) if value else 0.0


def weighed(default: float, weight: float, hits: float, seen: float) -> float:
    """A share that was `default` in `weight` earlier observations, with what was seen since."""
    return (default * weight + hits) / (weight + seen)


def learn_all(tallies: Mapping[str, Tally]) -> dict[str, Learned]:
    """Every figure that the tallies teach, by name, exact; `steady` makes them fit to keep.

    The tallies: contact_1 … contact_4 (of dials by pass), answer_08 … (of dials by local hour),
    dials_per_hour (hits are seconds, seen the dials in them), and the others by their own name, as
    shares of what was seen. A name that is missing was never counted.
    """
    found = {
        name: learned
        for name, tally in tallies.items()
        if not name.startswith(("contact_", "answer_", "dials_"))
        and (learned := _share(name, tally)) is not None
    }
    found |= _contacts(tallies) | _answers(tallies)
    pace = tallies.get("dials_per_hour", Tally())
    if pace.seen >= FEWEST:
        found["dials_per_hour"] = Learned(pace_of(pace), pace.seen)
    return found


def pace_of(tally: Tally, usual: float | None = None) -> float:
    """Attempts an hour, from `hits` seconds with `seen` attempts in them, weighed with `usual`."""
    figure = FIGURES["dials_per_hour"]
    usual = figure.value if usual is None else usual
    return (figure.weight + tally.seen) / (figure.weight / usual + tally.hits / 3600)


def _share(name: str, tally: Tally) -> Learned | None:
    figure = FIGURES[name]
    if tally.seen < FEWEST:
        return None
    share = weighed(figure.value / 100, figure.weight, tally.hits, tally.seen)
    return Learned(share * 100, tally.seen)


def _contacts(tallies: Mapping[str, Tally]) -> dict[str, Learned]:
    """A dial's chance by pass, from the pass's own dials where there are enough of them, else the
    default at the level at which all passes together stand."""
    by_pass = {pass_: tallies.get(f"contact_{pass_}", Tally()) for pass_ in CALL_PASSES}
    dials = sum(tally.seen for tally in by_pass.values())
    if dials < FEWEST:
        return {}
    level = _level(by_pass)
    found = {}
    for pass_, tally in by_pass.items():
        name = f"contact_{pass_}"
        usual, weight = FIGURES[name].value / 100, FIGURES[name].weight
        enough = tally.seen >= weight
        share = weighed(usual, weight, tally.hits, tally.seen) if enough else usual * level
        found[name] = Learned(share * 100, tally.seen if enough else dials)
    return found


def _level(by_pass: Mapping[int, Tally]) -> float:
    first = FIGURES["contact_1"]
    expected = sum(
        tally.seen * FIGURES[f"contact_{pass_}"].value / 100 for pass_, tally in by_pass.items()
    )
    reached = sum(tally.hits for tally in by_pass.values())
    prior = first.weight * first.value / 100
    return (reached + prior) / (expected + prior)


def _answers(tallies: Mapping[str, Tally]) -> dict[str, Learned]:
    """How an hour's rate compares with the average, for hours with enough dials."""
    by_hour = {f"answer_{hour:02}": Tally() for hour in ANSWER_HOURS}
    by_hour |= {name: tally for name, tally in tallies.items() if name in by_hour}
    dials = sum(tally.seen for tally in by_hour.values())
    reached = sum(tally.hits for tally in by_hour.values())
    if not reached:
        return {}
    found = {}
    for name, tally in by_hour.items():
        if tally.seen >= FEWEST_AN_HOUR:
            figure, mean = FIGURES[name], reached / dials
            share = weighed(figure.value * mean, figure.weight, tally.hits, tally.seen)
            found[name] = Learned(share / mean, tally.seen)
    return found


def _within(name: str, value: float) -> float:
    figure = FIGURES[name]
    return min(max(value, figure.lowest), figure.highest)
