"""A sender's limits hold in every window, room that was not used comes back, addresses are checked.

The clerk of these tests takes room as workers do: whenever they like, as much as they like.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.sender import (
    BURST_AN_HOUR,
    PRESETS,
    PROBE_A_MINUTE,
    Kind,
    Rates,
    Standing,
    ten_dlc,
)
from app.domain.sender_draft import SenderDraft, check

START = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)  # half an hour before a new day in UTC
Sent = list[tuple[datetime, int]]

limits = st.builds(
    Rates,
    st.sampled_from([0.2, 1.0, 3.0, 7.5, 100.0]),
    st.none() | st.integers(1, 300),
    st.none() | st.integers(1, 3_000),
    st.none() | st.integers(1, 5_000),
)
shares = st.floats(0.0, 1.0)
visits = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.3, 0.5, 1.0, 7.0, 59.0, 61.0, 1200.0]),  # seconds later
        st.integers(1, 400),  # wanted
        st.floats(0.0, 1.0),  # of what was taken, what went out
    ),
    min_size=1,
    max_size=80,
)


def run(standing: Standing, turns: list[tuple[float, int, float]]) -> tuple[Standing, Sent]:
    """What went out when, and how the sender stands after it."""
    at, sent = START, []
    for later, wanted, kept in turns:
        at += timedelta(seconds=later)
        taken = min(standing.room(at), wanted)
        if taken:
            used = round(taken * kept)
            standing = standing.take(taken, at).settle(taken, used, at)
            sent.append((at, used))
    return standing, sent


def most_within(sent: Sent, seconds: float) -> int:
    """The most that went out in any window of this length, its end not included."""
    length = timedelta(seconds=seconds)
    return max(
        (sum(count for at, count in sent if begin <= at < begin + length) for begin, _ in sent),
        default=0,
    )


@given(limits, shares, visits)
def test_no_window_holds_more_than_the_limits_allow(
    rates: Rates, share: float, turns: list[tuple[float, int, float]]
) -> None:
    _, sent = run(Standing(rates, share), turns)
    if rates.per_minute is not None:
        assert most_within(sent, 60) <= rates.per_minute
    if rates.per_hour is not None:
        assert most_within(sent, 3600) <= rates.per_hour
    # A second's worth may go out at once; carriers take that into their queue.
    for seconds in (1, 10):
        assert most_within(sent, seconds) <= rates.per_second * (seconds + 1) + 1e-6 or (
            rates.per_second * (seconds + 1) < 1 and most_within(sent, seconds) <= 1
        )
    if rates.per_day is not None:
        for day in {at.date() for at, _ in sent}:
            assert sum(count for at, count in sent if at.date() == day) <= rates.per_day


@pytest.mark.parametrize("a_minute", [1, 7, 60, 61, 300])
def test_who_takes_whatever_there_is_all_the_time_keeps_the_minute(a_minute: int) -> None:
    greedy = [(0.05, 1_000, 1.0)] * 2_800
    _, sent = run(Standing(Rates(100, per_minute=a_minute)), greedy)
    assert most_within(sent, 60) == a_minute


@given(limits, st.integers(1, 400))
def test_room_that_was_not_used_comes_back(rates: Rates, wanted: int) -> None:
    fresh = Standing(rates, next_free_at=START, day_on=START.date(), day_used=0)
    taken = min(fresh.room(START), wanted)
    back = fresh.take(taken, START).settle(taken, 0, START)
    assert back.room(START) == fresh.room(START)
    assert back.day_used == 0


@given(limits)
@settings(max_examples=50)
def test_a_sender_that_always_has_work_keeps_up_its_pace(rates: Rates) -> None:
    rates = replace(rates, per_day=None)
    _, sent = run(Standing(rates), [(0.5, 1_000_000, 1.0)] * 240)
    whole = sum(count for _, count in sent)
    assert whole >= int(rates.pace * 119) - 1


def test_whoever_comes_once_a_minute_may_take_a_minute_ahead_and_no_more() -> None:
    turns = [(60.0, 1_000, 1.0), (6.0, 1_000, 1.0), (54.0, 1_000, 1.0), (60.0, 1_000, 1.0)]
    _, sent = run(Standing(Rates(3), ahead=60.0), turns)
    assert [count for _, count in sent] == [180, 18, 162, 180]


def test_a_long_text_takes_its_room_from_the_next_ones() -> None:
    standing = Standing(Rates(3)).take(1, START).settle(1, 6, START)
    assert standing.room(START + timedelta(seconds=0.9)) == 0
    assert standing.room(START + timedelta(seconds=1.5)) == 1


def test_the_days_limit_begins_anew_with_the_carriers_day() -> None:
    standing = Standing(Rates(100, per_day=50)).take(50, START)
    assert standing.room(START + timedelta(minutes=29)) == 0
    assert standing.room(START + timedelta(minutes=31)) == 50


def test_room_of_yesterday_is_not_given_back_to_today() -> None:
    standing = Standing(Rates(100, per_day=50)).take(50, START)
    later = START + timedelta(minutes=31)
    assert standing.take(10, later).settle(50, 0, START).day_used == 10


def test_nothing_goes_out_while_a_sender_rests() -> None:
    standing = Standing(Rates(100), slow_until=START)
    assert standing.room(START - timedelta(seconds=0.1)) == 0
    assert standing.room(START) == 100


@given(shares, st.sampled_from([0.2, 1.0, 3.0, 100.0]))
def test_a_sick_sender_gets_less_but_never_less_than_its_probe(share: float, rate: float) -> None:
    pace = Rates(rate).pace_of(share)
    assert pace <= rate
    assert pace >= min(rate, PROBE_A_MINUTE / 60)
    assert pace == pytest.approx(max(rate * share, min(rate, PROBE_A_MINUTE / 60)))


@given(st.floats(0.05, 1), st.sampled_from([0.5, 2.0, 30.0]))
@settings(max_examples=40)
def test_of_few_messages_a_sick_sender_gets_less_but_some(share: float, seconds: float) -> None:
    well, sick = (Standing(Rates(10), one, next_free_at=START) for one in (1.0, share))
    at, turns, its = START, 600, 0
    for _ in range(turns):
        at += timedelta(seconds=seconds)
        if sick.credit(at) > well.credit(at):
            sick, its = sick.take(1, at), its + 1
        else:
            well = well.take(1, at)
    fair = turns * share / (1 + share)
    assert fair * 0.5 - 1 <= its <= min(fair * 1.6 + 1, turns * 0.5)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_rate_and_its_source(kind: Kind) -> None:
    preset = PRESETS[kind]
    assert preset.rates.pace > 0
    assert preset.source
    assert kind.channel is (Channel.EMAIL if kind is Kind.RELAY else Channel.TEXT)


A_SECOND = {
    Kind.LONG_CODE: 1,
    Kind.TOLL_FREE: 3,
    Kind.SHORT_CODE: 100,
    Kind.TEN_DLC: 3.75,  # of the lowest score
    Kind.SERVICE: 3,
    Kind.RELAY: 10,
}
"""What carriers say, in segments or mails a second; docs/operations.md has the sources."""


NUMBERS = (Kind.LONG_CODE, Kind.TOLL_FREE, Kind.TEN_DLC, Kind.SERVICE)
"""Those that are not made for bursts; 10DLC also by its trust score."""


@pytest.mark.parametrize("kind", Kind)
def test_a_sender_begins_with_what_its_carrier_takes(kind: Kind) -> None:
    assert PRESETS[kind].rates.per_second == A_SECOND[kind]


@pytest.mark.parametrize("kind", [*NUMBERS, 0, 30, 60, 90], ids=str)
def test_no_ordinary_number_sends_a_burst_that_carriers_take_for_spam(kind: Kind | int) -> None:
    rates = ten_dlc(kind) if isinstance(kind, int) else PRESETS[kind].rates
    at, sent = Standing(rates), 0
    for second in range(3600):
        wall = START - timedelta(hours=20) + timedelta(seconds=second)
        sent += (room := at.room(wall))
        at = at.take(room, wall) if room else at
    assert sent <= BURST_AN_HOUR == 10_000


@pytest.mark.parametrize(
    ("score", "a_second", "a_day"),
    [
        (100, 225, 200_000),
        (75, 225, 200_000),
        (74, 120, 40_000),
        (49, 12, 10_000),
        (0, 3.75, 2_000),
    ],
)
def test_a_trust_score_brings_its_rate_and_the_cap_of_the_brand(
    score: int, a_second: float, a_day: int
) -> None:
    assert ten_dlc(score) == Rates(a_second, per_hour=BURST_AN_HOUR, per_day=a_day)


GOOD = [
    (Kind.LONG_CODE, "+19195550142"),
    (Kind.LONG_CODE, "+447700900123"),
    (Kind.TOLL_FREE, "+18335550142"),
    (Kind.SHORT_CODE, "70742"),
    (Kind.TEN_DLC, "+19195550142"),
    (Kind.SERVICE, "MG" + "0a" * 16),
    (Kind.RELAY, "Team Rivera <hello@example.org>"),
]


def draft(
    kind: Kind, address: str, rates: Rates | None = None, price: str = "0.0079"
) -> SenderDraft:
    return SenderDraft(kind, "Texts", address, rates or PRESETS[kind].rates, Decimal(price))


@pytest.mark.parametrize(("kind", "address"), GOOD, ids=[kind for kind, _ in GOOD])
def test_an_address_of_its_kind_is_taken(kind: Kind, address: str) -> None:
    assert check(draft(kind, address)) == {}


BAD = [
    (draft(Kind.LONG_CODE, "919-555-0142"), "address", "+19195550142"),
    (draft(Kind.TOLL_FREE, "+19195550142"), "address", "toll-free"),
    (draft(Kind.SHORT_CODE, "+19195550142"), "address", "4 to 8 digits"),
    (draft(Kind.TEN_DLC, "+447700900123"), "address", "US number"),
    (draft(Kind.SERVICE, "MG12"), "address", "32 letters or digits"),
    (draft(Kind.RELAY, "Team Rivera"), "address", "hello@example.org"),
    (draft(Kind.LONG_CODE, "+19195550142", Rates(0)), "per_second", "More than 0"),
    (draft(Kind.LONG_CODE, "+19195550142", Rates(2_001)), "per_second", "2,000 a second"),
    (draft(Kind.LONG_CODE, "+19195550142", Rates(1, per_day=0)), "per_day", "leave it empty"),
    (draft(Kind.LONG_CODE, "+19195550142", price="-1"), "price", "0 to 10"),
    (draft(Kind.LONG_CODE, "+19195550142", price="NaN"), "price", "0 to 10"),
]


@pytest.mark.parametrize(
    ("bad", "field", "words"), BAD, ids=[f"{bad.kind}-{field}-{words}" for bad, field, words in BAD]
)
def test_what_cannot_be_a_sender_is_said_at_its_field(
    bad: SenderDraft, field: str, words: str
) -> None:
    assert words in check(bad)[field]
