"""Filters for properties: any that can be written down, of words that the test's voters use."""

from datetime import date

from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.condition import (
    Answered,
    Between,
    Condition,
    Contacted,
    Every,
    Field,
    Group,
    Is,
    Known,
    Reach,
    Sample,
    Starts,
    Turnout,
    Voted,
    VotedIn,
    Within,
)
from app.domain.condition_value import FINEST

PARTIES = ("DEM", "REP", "UNA", "")
CITIES = ("RALEIGH", "Durham", "St. Paul's", "100%", "")
LAST_NAMES = ("O'Brien", "Núñez", "Smith_Jones", "obree")
DAYS = ("2018-11-06", "2020-03-03", "2020-11-03", "2022-11-08", "2024-11-05")
KINDS = ("", "general", "primary")
QUESTIONS, ANSWERS = ("Support", "Plan"), ("Yes", "No")
RESULTS = ("not_home", "canvassed", "delivered")
WARDS = ("7", "12", "x", "")


def _several(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)


def _ends(low: int, high: int) -> st.SearchStrategy[tuple[int | None, int | None]]:
    some = st.none() | st.integers(low, high)
    return st.tuples(some, some).filter(_is_range)


def _is_range(ends: tuple[int | None, int | None]) -> bool:
    low, high = ends
    return (low, high) != (None, None) and (low is None or high is None or low <= high)


def _shares(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda share: round(share, FINEST))


_days = st.dates(date(1990, 1, 1), date(2026, 10, 29))

leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Is, st.just(Field("party")), _several(PARTIES)),
    st.builds(Is, st.just(Field("city")), _several(CITIES)),
    st.builds(Is, st.just(Field("phone_kind")), _several(("mobile", "landline", "unknown"))),
    st.builds(Is, st.just(Field("Ward", extra=True)), _several(WARDS)),
    st.builds(Starts, st.just(Field("city")), _several(("ra", "ST. P", "1", "100%", "_"))),
    st.builds(Starts, st.just(Field("name")), _several(("OB", "nun", "Smith_", "'"))),
    _ends(16, 120).map(lambda ends: Between(Field("age"), *ends)),
    _ends(1, 4).map(lambda ends: Between(Field("household_size"), *ends)),
    _ends(-5, 20).map(lambda ends: Between(Field("Ward", extra=True), *ends)),
    st.builds(Between, st.just(Field("registered_on")), _days, st.none()),
    st.builds(Within, st.just(Field("registered_on")), st.integers(1, 9000)),
    st.builds(
        Known,
        st.sampled_from((Field("email"), Field("age"), Field("party"), Field("Ward", True))),
        st.booleans(),
    ),
    _ends(0, 5).map(lambda ends: Voted(ends[0], ends[1])),
    st.builds(
        lambda ends, more, kind: Voted(ends[0], ends[1], max(ends[0] or 0, 1) + more, kind),
        *(_ends(0, 4), st.integers(0, 3), st.sampled_from(KINDS)),
    ),
    st.builds(VotedIn, st.sampled_from((*DAYS, "2020", "2022", "1999")), st.sampled_from(KINDS)),
    st.builds(Turnout, _shares(0, 0.5), st.none() | _shares(0.5, 1)),
    st.builds(
        Reach,
        st.lists(st.sampled_from(list(Channel)), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    st.builds(Answered, st.sampled_from(QUESTIONS), st.just(()) | _several(ANSWERS)),
    st.builds(
        Contacted,
        st.none() | st.sampled_from(list(Channel)),
        st.just(()) | _several(RESULTS),
        st.none() | st.integers(1, 9),
        st.integers(1, 3),
    ),
    st.builds(Contacted, st.none() | st.just(Channel.CALL), st.just(()), none=st.just(True)),
    st.builds(Sample, _shares(0.01, 1), st.integers(0, 9)),
)

conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.builds(
        Group, st.sampled_from(Every), st.lists(inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=6,
)
"""Nested at most three or four deep."""
