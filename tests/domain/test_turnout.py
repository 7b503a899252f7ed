"""The turnout score: by hand, by rule, and at the edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.turnout import (
    MOST_ELECTIONS,
    SUREST,
    Counted,
    Election,
    Past,
    Record,
    age_band,
    could_vote,
    counted,
    record,
    score,
    scores,
)

TODAY = date(2026, 11, 1)
GENERALS = [Election(date(2024 - 2 * back, 11, 5), "general") for back in range(20)]

fractions = st.floats(0.001, 0.999)
elections = st.lists(
    st.builds(
        Counted,
        st.dates(date(2000, 1, 1), date(2026, 10, 31)),
        st.floats(0.01, 1.0),
    ),
    unique_by=lambda election: election.day,
    max_size=MOST_ELECTIONS,
)
pasts = st.builds(
    Past,
    votes=st.just(frozenset[str]()),
    registered_on=st.none() | st.dates(date(1960, 1, 1), date(2026, 10, 31)),
    birth_year=st.none() | st.integers(1900, 2010),
)


def with_votes(voter: Past, days: set[date]) -> Past:
    return Past(frozenset(map(str, days)), voter.registered_on, voter.birth_year)


def test_the_worked_example_of_the_page_comes_out_as_written() -> None:
    """docs/turnout.md: Ada, Ben, Cleo and Dan, two generals, worked out by hand."""
    past = [Election(date(2020, 11, 3), "general"), Election(date(2024, 11, 5), "general")]
    both, one, none = ("2020-11-03", "2024-11-05"), ("2024-11-05",), ()
    neighbors = [
        Past(both, date(2010, 1, 1), 1976),
        Past(one, date(2010, 1, 1), 1977),
        Past(none, date(2010, 1, 1), 1978),
        Past(none, date(2026, 3, 1), 1979),
    ]
    found = scores(neighbors, past, TODAY)
    assert found == pytest.approx([0.7363, 0.5456, 0.2758, 0.5112], abs=1e-4)


def test_with_no_election_known_nobody_has_a_score() -> None:
    ahead = [Election(TODAY, "general"), Election(TODAY + timedelta(days=9), "general")]
    assert scores([Past(), Past()], [], TODAY) == [None, None]
    assert scores([Past()], ahead, TODAY) == [None]


def test_one_election_is_enough() -> None:
    voted, stayed, new = scores(
        [Past(("2024-11-05",)), Past(), Past(registered_on=TODAY)],
        [Election(date(2024, 11, 5), "general")],
        TODAY,
    )
    assert stayed is not None
    assert new is not None
    assert voted is not None
    assert stayed < new < voted


def test_ten_elections_count_at_most_and_those_of_the_greatest_weight() -> None:
    small = [Election(date(2025, month, 1), "other") for month in range(1, 13)]
    found = counted([*small, *GENERALS], TODAY)
    assert len(found) == MOST_ELECTIONS
    assert sum(election.day.month == 11 and election.weight > 0.2 for election in found) >= 9
    assert list(found) == sorted(found)


def test_a_general_of_eight_years_before_the_newest_counts_half() -> None:
    old, new = counted(
        [Election(date(2016, 11, 5), "general"), Election(date(2024, 11, 5), "general")], TODAY
    )
    assert new.weight == 1
    assert old.weight == pytest.approx(0.5, abs=1e-3)


def test_weights_stay_while_nothing_happens() -> None:
    assert counted(GENERALS, TODAY) == counted(GENERALS, TODAY + timedelta(days=200))


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [
        (None, 0),
        (2010, 1),
        (2002, 1),
        (2001, 2),
        (1992, 2),
        (1991, 3),
        (1961, 6),
        (1952, 6),
        (1951, 7),
        (1900, 7),
    ],
)
def test_age_bands(birth_year: int | None, band: int) -> None:
    assert age_band(birth_year, TODAY) == band


@pytest.mark.parametrize(
    ("registered_on", "birth_year", "could"),
    [
        (None, None, True),
        (date(2020, 11, 3), 1980, True),
        (date(2020, 11, 4), 1980, False),
        (date(2019, 1, 1), 2002, True),
        (date(2019, 1, 1), 2003, False),
        (None, 2003, False),
    ],
)
def test_who_could_vote(registered_on: date | None, birth_year: int | None, could: bool) -> None:
    voter = Past((), registered_on, birth_year)
    assert could_vote(voter, date(2020, 11, 3)) is could


def test_an_election_held_elsewhere_counts_against_nobody() -> None:
    past = [Election(date(2024, 11, 5), "general"), Election(date(2025, 9, 9), "special")]
    here = [Past(("2024-11-05",), county="Ash") for _ in range(50)]
    there = [Past(("2024-11-05", "2025-09-09"), county="Elm") for _ in range(50)]
    alone = scores(here, past[:1], TODAY)
    beside = scores([*here, *there], past, TODAY)[:50]
    assert beside[0] is not None
    assert alone[0] is not None
    assert beside[0] >= alone[0] - 0.01
    counted_against = scores(
        [*here[:-1], Past(("2024-11-05", "2025-09-09"), county="Ash")], past, TODAY
    )
    assert counted_against[0] is not None
    assert counted_against[0] < beside[0] - 0.05


def test_who_voted_could_vote_whatever_day_of_registration_the_file_gives() -> None:
    moved = Past(("2020-11-03",), registered_on=date(2025, 1, 1))
    assert record(moved, [Counted(date(2020, 11, 3), 1.0)], ()) == Record(1.0, 1.0)


@given(pasts, elections, fractions)
def test_a_new_registrant_has_the_rate_of_precinct_and_age(
    voter: Past, past: list[Counted], rate: float
) -> None:
    new = Past((), date(2026, 10, 31) + timedelta(days=1), voter.birth_year)
    own = record(new, past, {election.day for election in past})
    assert score(own, rate) == pytest.approx(rate)


@given(pasts, elections, fractions, st.data())
def test_one_more_vote_never_lowers_a_score(
    voter: Past, past: list[Counted], rate: float, data: st.DataObject
) -> None:
    days = [election.day for election in past]
    voted = data.draw(st.sets(st.sampled_from(days))) if days else set()
    held = data.draw(st.sets(st.sampled_from(days))) if days else set()
    before = score(record(with_votes(voter, voted), past, held), rate)
    for day in days:
        after = score(record(with_votes(voter, voted | {day}), past, held), rate)
        assert after >= before - 1e-12


@given(pasts, elections, fractions)
def test_scores_lie_strictly_between_none_and_all(
    voter: Past, past: list[Counted], rate: float
) -> None:
    days = {election.day for election in past}
    for votes in (set[date](), days):
        found = score(record(with_votes(voter, votes), past, days), rate)
        assert 1 - SUREST <= found <= SUREST


@given(st.lists(pasts, min_size=1, max_size=20), st.integers(1, 20))
def test_a_source_where_all_always_vote_comes_near_one_and_never_there(
    people: list[Past], number: int
) -> None:
    past = GENERALS[:number]
    always = [with_votes(voter, {day for day, _ in past}) for voter in people]
    found = scores(always, past, TODAY)
    assert all(each is not None and 0.5 < each < 1 for each in found)


def test_neighbors_and_ages_draw_a_new_registrant() -> None:
    past = GENERALS[:3]
    all_days = tuple(str(day) for day, _ in past)
    eager = [Past(all_days, birth_year=1950, precinct="A") for _ in range(100)]
    idle = [Past((), birth_year=1950, precinct="B") for _ in range(100)]
    new = [Past((), TODAY, 1950, precinct=precinct) for precinct in ("A", "B", "C")]
    *_, a, b, c = scores([*eager, *idle, *new], past, TODAY)
    assert a is not None
    assert b is not None
    assert c is not None
    assert b < 0.35 < c < 0.6 < a
