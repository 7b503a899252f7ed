"""A curve through points: straight between them, flat before the first and after the last."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Curve:
    """Points in rising order of `at`, each with its height."""

    at: tuple[float, ...]
    heights: tuple[float, ...]

    def height(self, x: float) -> float:
        """The height at one place."""
        at, heights = self.at, self.heights
        right = bisect_right(at, x)
        if right == 0:
            return heights[0]
        if right == len(at):
            return heights[-1]
        left = right - 1
        part = (x - at[left]) / (at[right] - at[left])
        return heights[left] + part * (heights[right] - heights[left])

    def heights_at(self, xs: ArrayLike) -> NDArray[np.float64]:
        """The heights at many places at once, in the shape of `xs`."""
        return np.interp(np.asarray(xs, dtype=np.float64), self.at, self.heights)

    @property
    def top(self) -> float:
        """The greatest height."""
        return max(self.heights)

    @staticmethod
    def through(at: Sequence[float], heights: Sequence[float]) -> "Curve":
        """The curve through these points; raises ValueError unless `at` rises."""
        if not at or len(at) != len(heights) or any(a >= b for a, b in pairwise(at)):
            raise ValueError("a curve needs points in rising order, each with its height")
        return Curve(tuple(at), tuple(heights))
