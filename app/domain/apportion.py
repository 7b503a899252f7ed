"""Whole numbers in proportion: sums stay exact, and what rises does not fall by rounding."""

from collections.abc import Sequence


def apportion(total: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to `shares` that add up to `total` exactly.

    Rounds the running sum, so that equal or rising shares stay level or rise but for one unit,
    and every prefix is within one of its exact share.
    """
    if total < 0 or any(share < 0 for share in shares):
        raise ValueError("a volume cannot be negative")
    whole = sum(shares)
    if whole == 0:
        if total:
            raise ValueError("there is no hour to put the volume in")
        return [0] * len(shares)
    given, parts, reached = 0, [], 0.0
    for share in shares[:-1]:
        reached += share
        upto = min(round(total * reached / whole), total)
        parts.append(max(upto - given, 0))
        given = max(given, upto)
    return [*parts, total - given]


def whole_numbers(total: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to `shares` that add up to `total`, each within one of its exact
    share and in the order of the shares: where they rise, nothing falls.

    `shares` are at least 0, and one of them is more.
    """
    whole = sum(shares)
    exact = [total * share / whole for share in shares]
    found = [int(part) for part in exact]
    # What is left over goes to the largest fractions, of equal ones to the last.
    by_fraction = sorted(range(len(exact)), key=lambda at: (found[at] - exact[at], -at))
    for at in by_fraction[: total - sum(found)]:
        found[at] += 1
    # A day below one of less share by its fraction alone: no ramp falls for that.
    order = sorted(range(len(shares)), key=shares.__getitem__)
    risen = dict(zip(order, sorted(found), strict=True))
    return [risen[at] for at in range(len(shares))]


def under_cap(volumes: Sequence[int], cap: int, usable: Sequence[bool] | None = None) -> list[int]:
    """The volumes under a cap; what it cuts goes to the latest days with room, rest is dropped.

    A day that is not `usable` takes nothing.
    """
    excess = sum(max(volume - cap, 0) for volume in volumes)
    kept = [min(volume, cap) for volume in volumes]
    for day in reversed(range(len(kept))):
        if usable is None or usable[day]:
            moved = min(excess, cap - kept[day])
            kept[day] += moved
            excess -= moved
    return kept


def nearest(exact: float) -> int:
    """The nearest whole number."""
    # Half always up: the even neighbor, as round() takes it, could make a rising ramp uneven.
    return int(exact + 0.5)
