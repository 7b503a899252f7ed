"""Alarms: a share must be surely above its figure, and well below it to end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alarm import FEWEST, LAST, Shares, share_alarms, surely
from app.domain.lookout import Kind
from tests.factories import NOON

KNOWN = [(3, 50, 0.024), (10, 60, 0.102), (20, 60, 0.243), (10, 10, 0.787), (0, 200, 0.0)]


@pytest.mark.parametrize(("count", "of", "least"), KNOWN)
def test_the_lower_end_of_the_interval_is_wilson_s(count: int, of: int, least: float) -> None:
    assert surely(count, of) == pytest.approx(least, abs=0.001)


@given(st.integers(1, LAST), st.data())
def test_it_is_below_the_share_and_rises_with_both(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    assert 0 <= surely(count, of) <= count / of
    assert surely(count, of) <= surely(2 * count, 2 * of) + 1e-12
    if count < of:
        assert surely(count, of) < surely(count + 1, of)


CASES: list[tuple[str, Shares, set[Kind], set[Kind]]] = [
    ("three of fifty is chance", Shares(50, 3, 3, 3), set(), set()),
    ("even all of a few is chance", Shares(FEWEST - 1, 40, 40, 40), set(), set()),
    (
        "many of many are three alarms",
        Shares(200, 20, 60, 20),
        set(),
        {Kind.FILTERED, Kind.FAILED, Kind.OPT_OUTS},
    ),
    ("a list with a tenth of dead numbers is usual", Shares(200, failed=20), set(), set()),
    ("between both figures none begins", Shares(200, opt_outs=11), set(), set()),
    ("and one that is open stays", Shares(200, opt_outs=11), {Kind.OPT_OUTS}, {Kind.OPT_OUTS}),
    ("well below it ends", Shares(200, opt_outs=6), {Kind.OPT_OUTS}, set()),
]


@pytest.mark.parametrize(
    ("what", "shares", "opened", "found"), CASES, ids=[what for what, *_ in CASES]
)
def test_what_is_an_alarm(what: str, shares: Shares, opened: set[Kind], found: set[Kind]) -> None:
    is_open = {(kind, "") for kind in opened}
    assert {one.kind for one in share_alarms(shares, NOON, is_open)} == found
