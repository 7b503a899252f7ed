"""The figures that the model of a campaign rests on: name, unit, range and source of each.

The table is data/figures.csv. A campaign's own records teach some of them, see domain.rate, and
an organizer may set any; what is learned goes before the default, what is set before both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from app.domain.tables import table


@dataclass(frozen=True)
class Figure:
    """One figure. Values are in the unit that is shown: 27.5 for 27.5 %."""

    name: str
    topic: str  # heading under which it is shown
    label: str
    value: float  # the default
    unit: str
    lowest: float
    highest: float
    weight: int  # the default counts as so many observations when the campaign's own come in
    whole: bool  # whole numbers only
    source: str  # "custom": common practice without a source
    note: str

    def unit_of(self, value: float) -> str:
        """The unit behind this value: 2 days, 1 day."""
        return "day" if self.unit == "days" and value == 1 else self.unit


class BadFigure(ValueError):
    """A value that a figure cannot have; the message says what it can."""


def _figure(row: Mapping[str, str]) -> Figure:
    return Figure(
        name=row["name"],
        topic=row["topic"],
        label=row["label"],
        value=float(row["value"]),
        unit=row["unit"],
        lowest=float(row["lowest"]),
        highest=float(row["highest"]),
        weight=int(row["weight"]),
        whole=row["whole"] == "yes",
        source=row["source"],
        note=row["note"],
    )


FIGURES: Mapping[str, Figure] = {row["name"]: _figure(row) for row in table("figures")}
DEFAULTS: Mapping[str, float] = {name: figure.value for name, figure in FIGURES.items()}


def in_force(learned: Mapping[str, float], changed: Mapping[str, float]) -> dict[str, float]:
    """Every figure's value: the default, over it what was learned, over it what was set.

    Names that no figure has (any more) are left out; a value beyond the range is brought to its
    end, for a table may have become narrower since it was stored.
    """
    return {
        name: min(
            max(changed.get(name, learned.get(name, figure.value)), figure.lowest), figure.highest
        )
        for name, figure in FIGURES.items()
    }


def read_value(figure: Figure, typed: str) -> float:
    """The value that somebody typed, with or without its unit's sign; raises BadFigure."""
    plain = typed.replace("\u00a0", " ").strip().rstrip("%").strip().removeprefix("×").strip()
    try:
        value = float(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise BadFigure(f"Write a number, such as {in_words(figure.value)}.")
    if not figure.lowest <= value <= figure.highest:
        raise BadFigure(
            f"Write a number from {in_words(figure.lowest)} to {in_words(figure.highest)}."
        )
    if figure.whole and not value.is_integer():
        raise BadFigure("Write a whole number.")
    return value


def in_words(value: float) -> str:
    """27.5, 3, 0.866: without zeros at the end."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")
