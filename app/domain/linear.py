"""A linear program put together row by row and handed to HiGHS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers: TypeAlias = NDArray[np.float64]


class Unsolved(Exception):
    """The solver gave no optimum: what it said instead."""


class _Quiet(highspy.Highs):
    """The solver without a word on standard output, where the command line writes JSON."""

    def enableCallbacks(self) -> None:  # noqa: N802
        # Enabling them prints the solver's banner, before any option can be set; none is used.
        self.setOptionValue("output_flag", False)


@dataclass(frozen=True)
class Solved:
    """An optimum: values of the columns, duals of the rows, reduced costs of the columns."""

    values: Numbers
    duals: Numbers
    reduced: Numbers
    seconds: float  # that the solver took


class Linear:
    """Minimize cost · x over rows lower ≤ A x ≤ upper and bounds on x."""

    def __init__(self) -> None:
        self._cost: list[Numbers] = []
        self._lower: list[Numbers] = []
        self._upper: list[Numbers] = []
        self.width = 0
        self._starts: list[int] = [0]
        self._index: list[Sequence[int] | NDArray[np.int64]] = []
        self._value: list[Numbers] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []

    def columns(self, cost: Numbers, lower: ArrayLike, upper: ArrayLike) -> int:
        """Adds as many columns as there are costs; returns the index of the first."""
        first, count = self.width, len(cost)
        self._cost.append(np.asarray(cost, dtype=float))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=float), count))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=float), count))
        self.width += count
        return first

    def column(self, cost: float, lower: float, upper: float) -> int:
        """Adds one column; returns its index."""
        return self.columns(np.array([cost]), lower, upper)

    def row(
        self,
        columns: Sequence[int] | NDArray[np.int64],
        factors: float | Sequence[float] | Numbers,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> int:
        """Adds a row over distinct columns; returns its index."""
        count = len(columns)
        self._index.append(columns)
        alike = isinstance(factors, float)
        self._value.append(np.full(count, factors) if alike else np.asarray(factors, dtype=float))
        self._starts.append(self._starts[-1] + count)
        self._row_lower.append(lower)
        self._row_upper.append(upper)
        return len(self._row_lower) - 1

    def cost(self, values: Numbers) -> float:
        """What a solution costs."""
        return float(np.concatenate(self._cost) @ values) if self._cost else 0.0

    def solve(self, *, seconds: float) -> "Solved":
        """The optimum.

        One thread and no chance, so that the same program has the same answer. Raises Unsolved
        when there is no optimum within `seconds`.
        """
        solver: Any = _Quiet()  # type: ignore[no-untyped-call]
        for name, value in (
            ("threads", 1),
            ("random_seed", 0),
            ("time_limit", seconds),
            ("solver", "simplex"),  # at these sizes two to three times as fast as inner points
        ):
            solver.setOptionValue(name, value)
        solver.passModel(self._model())
        solver.run()
        status = solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(solver.modelStatusToString(status))
        found = solver.getSolution()
        values, duals, reduced = (
            np.array(part, dtype=float)
            for part in (found.col_value, found.row_dual, found.col_dual)
        )
        return Solved(values, duals, reduced, float(solver.getRunTime()))

    def _model(self) -> Any:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.width, len(self._row_lower)
        model.col_cost_ = np.concatenate(self._cost) if self._cost else np.zeros(0)
        model.col_lower_ = np.concatenate(self._lower) if self._lower else np.zeros(0)
        model.col_upper_ = np.concatenate(self._upper) if self._upper else np.zeros(0)
        model.row_lower_ = np.array(self._row_lower)
        model.row_upper_ = np.array(self._row_upper)
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.num_col_, matrix.num_row_ = model.num_col_, model.num_row_
        matrix.start_ = np.array(self._starts, dtype=np.int32)
        matrix.index_ = (
            np.concatenate([np.asarray(i, dtype=np.int32) for i in self._index])
            if self._index
            else np.zeros(0, dtype=np.int32)
        )
        matrix.value_ = np.concatenate(self._value) if self._value else np.zeros(0)
        return model
