"""What an attempt is worth: its parts, how it moves, and the totals that it must come out at."""

from dataclasses import replace
from itertools import accumulate, pairwise
from operator import mul

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.curve import Curve
from app.domain.figure import DEFAULTS, FIGURES
from app.domain.value import Model, Salience, answer_curve, factors, passes, votes, votes_table

USUAL = Model()
PAST = [votes_of_six / 6 for votes_of_six in range(1, 7)]

propensities = st.floats(0, 1)
hours = st.floats(0, 24)
days = st.floats(0, 60)
channels = st.sampled_from(Channel)
saliences = st.sampled_from(Salience)
figures = st.fixed_dictionaries(
    {name: st.floats(one.lowest, one.highest) for name, one in FIGURES.items()}
)


def worth(
    model: Model = USUAL, channel: Channel = Channel.CALL, pass_: int = 1, **at: float
) -> float:
    usual = {"propensity": 0.5, "hour": 18.5, "days_left": 0.0}
    return votes(model, channel, pass_, **{**usual, **at})


def test_passes_come_out_at_the_totals_that_campaigns_plan_with() -> None:
    sizes = list(accumulate([1.0, *USUAL.returning[Channel.CALL][:3]], mul))
    assert sizes == pytest.approx([1, 0.725, 0.525, 0.25], abs=0.0005)
    assert sum(sizes[:3]) == pytest.approx(2.25, abs=0.0005)
    assert sum(sizes) == pytest.approx(2.5, abs=0.0005)
    reached = [size * contact for size, contact in zip(sizes, USUAL.contact, strict=True)]
    assert reached[0] == pytest.approx(0.275)
    assert sum(reached) == pytest.approx(0.475, abs=0.0005)


def test_contacts_a_dial_fall_by_one_factor_from_pass_to_pass() -> None:
    falls = [after / before for before, after in pairwise(USUAL.contact)]
    assert falls == pytest.approx([0.63] * 3, abs=0.005)


def test_the_defaults_stand_in_the_table_alone() -> None:
    assert Model() == Model.of({}, "middle") == Model.of(DEFAULTS, "middle")


def test_the_worked_case_of_the_docs() -> None:
    parts = factors(USUAL, Channel.CALL, 1, propensity=0.5, hour=18, days_left=7)
    assert tuple(round(part, 4) for part in parts) == (0.3026, 0.041, 1.0992, 1.0, 0.7071)
    assert round(worth(hour=18, days_left=7), 5) == 0.00964
    high = Model.of({}, "high")
    assert round(worth(high, hour=18, days_left=7), 5) == 0.00551


@pytest.mark.parametrize(
    ("hour", "share"), [(8.5, 17.6), (18.5, 23.4), (13.5, 20.5), (3, 17.6), (23, 23.4)]
)
def test_the_evening_is_answered_more_than_the_morning(hour: float, share: float) -> None:
    assert answer_curve(hour) * 21 == pytest.approx(share, abs=0.02)
    assert answer_curve(hour, USUAL) == answer_curve(hour)


@pytest.mark.parametrize(
    ("salience", "best"), [("low", 6), ("middle", 5), ("high", 4)], ids=["low", "middle", "high"]
)
def test_who_gains_most_shifts_with_salience(salience: str, best: int) -> None:
    gain = Model.of({}, salience).gain
    heights = [gain.height(past) for past in PAST]
    assert sum(heights) / 6 == pytest.approx(1)
    assert max(heights) == gain.height(best / 6) == pytest.approx(gain.top)


def test_the_middle_curve_is_the_measured_one() -> None:
    measured = [2.4, 5.9, 7.2, 9.5, 9.9, 4.4]
    mean = sum(measured) / 6
    assert [USUAL.gain.height(past) * mean for past in PAST] == pytest.approx(measured)
    assert USUAL.gain.height(0) == USUAL.gain.height(1 / 6)  # below it nothing is known


def test_where_nobody_stands_out_all_gain_the_same() -> None:
    flat = Model.of({f"gain_{past}": 0.0 for past in range(1, 7)}, "high")
    assert {flat.gain.height(past) for past in PAST} == {1.0}


@pytest.mark.parametrize(
    ("channel", "changes", "ratio"),
    [
        (Channel.CALL, {"asks_plan": 0.0}, 3.8 / 4.1),
        (Channel.TEXT, {"warm_share": 100.0}, 5.0),
        (Channel.TEXT, {"delivered": 47.5}, 0.5),
        (Channel.CALL, {"contact_1": 55.0}, 2.0),
        (Channel.CALL, {"salience_cut": 90.0}, 1.0),
    ],
    ids=["no plan asked", "warm texts", "texts lost", "twice the contacts", "cut of another race"],
)
def test_each_figure_moves_what_it_is_about(
    channel: Channel, changes: dict[str, float], ratio: float
) -> None:
    other = Model.of(changes, "middle")
    assert worth(other, channel) / worth(channel=channel) == pytest.approx(ratio)


def test_high_salience_takes_a_third_to_three_quarters() -> None:
    high = replace(Model.of({}, "high"), gain=USUAL.gain)
    assert 1 - 0.76 < worth(high) / worth() < 1 - 0.33


def test_more_than_two_reminder_texts_hardly_add() -> None:
    first, second, third, ninth = (worth(channel=Channel.TEXT, pass_=n) for n in (1, 2, 3, 9))
    assert first > second > third == ninth
    assert third <= first / 5


@given(st.integers(1, 9), propensities, hours, days, saliences)
def test_a_later_call_is_never_worth_more_and_a_late_one_never_less(
    pass_: int, propensity: float, hour: float, days_left: float, salience: Salience
) -> None:
    model = Model.of({}, salience)
    at = {"propensity": propensity, "hour": hour, "days_left": days_left}
    assert worth(model, pass_=pass_ + 1, **at) <= worth(model, pass_=pass_, **at)
    assert worth(model, pass_=pass_, **{**at, "days_left": days_left / 2}) >= worth(
        model, pass_=pass_, **at
    )


@given(figures, channels, st.integers(1, 6), propensities, hours, days, saliences)
def test_whatever_the_figures_a_vote_is_the_most_and_nothing_the_least(
    values: dict[str, float],
    channel: Channel,
    pass_: int,
    propensity: float,
    hour: float,
    days_left: float,
    salience: Salience,
) -> None:
    model = Model.of(values, salience)
    one = votes(model, channel, pass_, propensity=propensity, hour=hour, days_left=days_left)
    assert 0 <= one <= 2  # 20 points for the average, and the one who gains most has six times it
    for shares in model.returning.values():
        assert all(0 <= share <= 1 for share in shares)
    assert all(
        contact + left <= 1 + 1e-9
        for contact, left in zip(model.contact, model.returning[Channel.CALL], strict=True)
    )
    table = votes_table(
        model, channel, pass_, propensity=propensity, hour=hour, days_left=days_left
    )
    assert float(table) == pytest.approx(one)


@pytest.mark.parametrize("channel", Channel, ids=lambda channel: channel.value)
def test_the_table_of_values_has_every_pass_person_hour_and_day(channel: Channel) -> None:
    number = np.arange(1, passes(channel) + 2)[:, None, None, None]
    people, times, left = [0.1, 0.9], [9.0, 19.0, 23.0], [0.0, 20.0]
    table = votes_table(
        USUAL,
        channel,
        number,
        propensity=np.array(people)[:, None, None],
        hour=np.array(times)[:, None],
        days_left=left,
    )
    assert table.shape == (passes(channel) + 1, 2, 3, 2)
    for place in np.ndindex(table.shape):
        pass_, person, time, day = place
        assert table[place] == pytest.approx(
            votes(
                USUAL,
                channel,
                pass_ + 1,
                propensity=people[person],
                hour=times[time],
                days_left=left[day],
            )
        )


def test_an_unknown_salience_is_refused() -> None:
    with pytest.raises(ValueError, match="enormous"):
        Model.of({}, "enormous")


@pytest.mark.parametrize("at", [(), (1.0, 1.0), (2.0, 1.0)], ids=["none", "twice", "falling"])
def test_a_curve_needs_rising_points(at: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rising"):
        Curve.through(at, at)
