"""Intervals of time, half open: what two lists share, what one leaves of another."""

from collections.abc import Iterable
from datetime import datetime

Interval = tuple[datetime, datetime]


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """The instants that lie in both lists of intervals; in order, none touching another."""
    met: list[Interval] = []
    firsts, others = joined(left), joined(right)
    one = two = 0
    while one < len(firsts) and two < len(others):
        (a, b), (c, d) = firsts[one], others[two]
        begin, end = max(a, c), min(b, d)
        if begin < end:
            met.append((begin, end))
        if b <= d:
            one += 1
        else:
            two += 1
    return met


def subtract(intervals: Iterable[Interval], hole: Interval) -> list[Interval]:
    """The intervals without the hole."""
    rest = []
    for begin, end in intervals:
        if end <= hole[0] or hole[1] <= begin:
            rest.append((begin, end))
            continue
        rest.append((begin, min(end, hole[0])))
        rest.append((max(begin, hole[1]), end))
    return [(begin, end) for begin, end in rest if begin < end]


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in order, as few intervals as can be."""
    found: list[Interval] = []
    for begin, end in sorted(intervals):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found
