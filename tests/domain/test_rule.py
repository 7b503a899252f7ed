"""Changes to the rules as they are stored: read back as written, or refused with what to write."""

import json
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.hours import legal_window, state_daily_cap
from app.domain.rule import (
    KIND_OF,
    Blackout,
    CallingHours,
    Change,
    OwnHours,
    PollHours,
    RuleKind,
    Silence,
)
from app.domain.rule_json import BadRule, from_json, to_json

quick = settings(derandomize=True, deadline=None, max_examples=80)

channels = st.sets(st.sampled_from(tuple(Channel)), min_size=1).map(
    lambda some: tuple(each for each in Channel if each in some)
)
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda some: tuple(sorted(some)))
seconds = st.integers(0, 24 * 60 * 60 - 1).map(
    lambda second: time(second // 3600, second // 60 % 60, second % 60)
)
hours = st.tuples(seconds, seconds).filter(lambda two: two[0] < two[1])
instants = st.datetimes(datetime(2020, 1, 1), datetime(2036, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)
words = st.sampled_from(["00:00 on the eve", "48 h before polls close", "20:00 on polling day"])
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        lambda scope, on, days, two, cap: CallingHours(scope, on, days, *two, cap),
        st.sampled_from(["federal", "custom", "TX", "CA-canada"]),
        channels,
        weekdays,
        hours | st.just((None, None)),
        st.none() | st.integers(1, 9),
    ),
    st.builds(lambda two: PollHours("NC", *two), hours),
    st.builds(Silence, words, words, channels)
    | st.builds(Silence, st.just(""), st.just(""), channels),
    st.builds(
        lambda at, length, on, why: Blackout(at, at + length, on, why),
        instants,
        st.timedeltas(timedelta(microseconds=1), timedelta(days=90)),
        channels,
        st.sampled_from(["", "a funeral", "día de luto"]),
    ),
    st.builds(lambda on, days, two: OwnHours(on, days, *two), channels, weekdays, hours),
)


@quick
@given(changes)
def test_a_change_is_read_back_from_what_is_stored(change: Change) -> None:
    stored = json.loads(json.dumps(to_json(change)))
    assert from_json(KIND_OF[type(change)], stored) == change


def test_a_change_is_stored_in_words() -> None:
    change = CallingHours("TX", (Channel.CALL,), (0, 6), time(9), time(20, 30), 3)
    assert to_json(change) == {
        "scope": "TX",
        "channels": ["call"],
        "weekdays": ["mon", "sun"],
        "opens": "09:00",
        "closes": "20:30",
        "max_per_24h": 3,
    }
    offset = timezone(timedelta(hours=-5))
    dark = Blackout(datetime(2026, 11, 1, 9, tzinfo=offset), datetime(2026, 11, 2, tzinfo=UTC), ())
    assert to_json(dark)["begins_at"] == "2026-11-01T14:00:00+00:00"


def test_what_is_not_named_means_all() -> None:
    read = from_json(RuleKind.OWN_HOURS, {"opens": "10:00", "closes": "18:00"})
    assert read == OwnHours(tuple(Channel), tuple(range(7)), time(10), time(18))
    read = from_json(
        RuleKind.OWN_HOURS, {"opens": "10:00", "closes": "18:00", "weekdays": [6, "mon"]}
    )
    assert isinstance(read, OwnHours)
    assert read.weekdays == (0, 6)


OWN = {"opens": "10:00", "closes": "18:00"}
DARK = {"begins_at": "2026-11-01T09:00:00-05:00", "ends_at": "2026-11-01T12:00:00-05:00"}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("calling_hours", {**OWN, "scope": "Texas"}, "scope: 'Texas' is no scope; write a state's"),
        ("calling_hours", {"scope": "TX", "opens": "09:00"}, "closes: give both hours, or neither"),
        ("calling_hours", {"scope": "TX", "closes": "09:00"}, "opens: give both hours, or neither"),
        (
            "calling_hours",
            {**OWN, "scope": "TX", "max_per_24h": 0},
            "max_per_24h: 0: write a whole",
        ),
        ("calling_hours", {**OWN, "scope": "TX", "max_per_24h": True}, "max_per_24h: True: write"),
        ("polls", {**OWN, "state": "Carolina"}, "state: 'CAROLINA' is no state; write its two"),
        (
            "polls",
            {"state": "NC", "opens": "7"},
            "opens: '7' is no time of day; write it like 09:00",
        ),
        ("polls", {"state": "NC", "opens": "٠٧:٠٠"}, "is no time of day; write it like 09:00"),
        ("polls", {"state": "NC", "opens": "07:00"}, "closes: '' is no time of day; write it like"),
        ("silence", {"starts": "polls open"}, "ends: give both, or neither for no silence at all"),
        ("silence", {"starts": "noon", "ends": "polls close"}, "starts: 'noon' names no moment"),
        ("blackout", {**DARK, "ends_at": DARK["begins_at"]}, "ends_at: a blackout must end after"),
        ("blackout", {**DARK, "ends_at": "2026-11-02T12:00"}, "ends_at: '2026-11-02T12:00' is no"),
        ("blackout", {**DARK, "begins_at": "0001-01-01T00:00+14:00"}, "is no instant; write day,"),
        (
            "blackout",
            {**DARK, "channels": []},
            "channels: choose at least one of call, text, email",
        ),
        (
            "blackout",
            {**DARK, "channels": ["fax"]},
            "channels: 'fax' is no channel; there are call",
        ),
        ("blackout", {**DARK, "channels": "call"}, "channels: 'call' is no list; write them like"),
        ("blackout", {**DARK, "reason": 5}, "reason: 5 is no text; write words"),
        ("own_hours", {"opens": "20:00", "closes": "09:00"}, "closes: 09:00 is not after 20:00"),
        (
            "polls",
            {"state": "NC", "opens": "09:00", "closes": "09:00"},
            "closes: 09:00 is not after",
        ),
        ("own_hours", {**OWN, "weekdays": [7]}, "weekdays: 7 is no weekday; write mon, tue, wed"),
        ("own_hours", {**OWN, "weekdays": ["Monday"]}, "weekdays: 'Monday' is no weekday; write"),
        ("own_hours", None, "value: None has no named parts"),
        ("curfew", {}, "kind: 'curfew' is none; there are calling_hours, polls, silence"),
    ],
)
def test_a_change_that_cannot_be_read_says_which_part_and_what_to_write(
    kind: str, value: Any, said: str
) -> None:
    with pytest.raises(BadRule) as refused:
        from_json(kind, value)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{refused.value.part}: ")


scraps = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)
parts = sorted({name for kind in KIND_OF for name in kind.__dataclass_fields__})


@quick
@given(st.sampled_from(tuple(RuleKind)), st.dictionaries(st.sampled_from(parts), scraps))
def test_nothing_that_may_be_stored_breaks_the_reading(kind: RuleKind, value: Any) -> None:
    try:
        read = from_json(kind, value)
    except BadRule:
        return
    assert from_json(kind, to_json(read)) == read


def test_the_forms_that_the_docs_show_are_read() -> None:
    shown = (Path(__file__).parents[2] / "docs" / "hours.md").read_text(encoding="utf-8")
    forms = shown.split("```json\n")[1].split("```")[0].splitlines()
    for kind, form in zip(RuleKind, forms, strict=True):
        assert KIND_OF[type(from_json(kind, json.loads(form)))] is kind


# What calling hours become


def lawful(state: str, channel: Channel, *made: CallingHours) -> list[tuple[time, time] | None]:
    return [legal_window(state, channel, day, "US", made) for day in range(7)]


ALL, WEEK = tuple(Channel), tuple(range(7))
TEXAS = [(time(9), time(21))] * 6 + [(time(12), time(21))]


def test_a_change_replaces_the_rows_of_its_scope_on_its_days_and_channels() -> None:
    early = CallingHours("TX", (Channel.CALL,), (6,), time(8), time(20))
    assert lawful("TX", Channel.CALL, early) == [*TEXAS[:6], (time(8), time(20))]
    assert lawful("TX", Channel.TEXT, early) == TEXAS
    assert lawful("NC", Channel.CALL, early) == [(time(8), time(21))] * 7
    closed = CallingHours("TX", ALL, (0,), None, None)
    assert lawful("TX", Channel.CALL, closed) == [None, *TEXAS[1:]]
    sundays = CallingHours("AL", ALL, (6,), time(13), time(17))
    assert lawful("AL", Channel.CALL, sundays) == [(time(8), time(20))] * 6 + [(time(13), time(17))]


def test_federal_hours_stand_until_they_are_changed_themselves() -> None:
    wide = CallingHours("TX", ALL, WEEK, time(6), time(23))
    assert lawful("TX", Channel.CALL, wide) == [(time(8), time(21))] * 7
    federal = CallingHours("federal", ALL, WEEK, time(7), time(22))
    assert lawful("TX", Channel.CALL, wide, federal) == [(time(7), time(22))] * 7
    assert lawful("TX", Channel.CALL, federal) == TEXAS


def test_of_two_changes_for_the_same_day_the_later_holds() -> None:
    one, two = (CallingHours("NC", ALL, WEEK, time(hour), time(20)) for hour in (9, 11))
    assert lawful("NC", Channel.CALL, one, two) == [(time(11), time(20))] * 7
    assert lawful("NC", Channel.CALL, two, one) == [(time(9), time(20))] * 7


def test_a_country_has_its_own_scope_and_not_that_of_a_state_of_its_letters() -> None:
    alabama = CallingHours("AL", ALL, WEEK, time(10), time(11))
    assert legal_window("", Channel.CALL, 6, "AL") == (time(8), time(21))
    assert legal_window("", Channel.CALL, 6, "AL", (alabama,)) == (time(10), time(11))
    assert legal_window("AL", Channel.CALL, 6, "BR", (alabama,)) == (time(8), time(21))
    canada = CallingHours("CA-canada", ALL, WEEK, time(10), time(11))
    assert legal_window("ON", Channel.CALL, 6, "CA", (canada,)) == (time(10), time(11))


@pytest.mark.parametrize(
    ("state", "made", "cap"),
    [
        ("FL", CallingHours("FL", ALL, WEEK, time(8), time(20), 5), 5),
        ("FL", CallingHours("FL", ALL, WEEK, time(8), time(20)), None),
        ("FL", CallingHours("FL", ALL, (6,), time(8), time(20)), 3),  # the other days keep it
        ("NC", CallingHours("NC", ALL, (6,), time(8), time(20), 2), 2),
        ("NC", CallingHours("federal", ALL, WEEK, time(8), time(20), 4), 4),
        ("FL", CallingHours("federal", ALL, WEEK, time(8), time(20), 4), 3),
        ("NC", CallingHours("FL", ALL, WEEK, time(8), time(20), 2), None),
    ],
)
def test_a_change_may_cap_the_day(state: str, made: CallingHours, cap: int | None) -> None:
    assert state_daily_cap(state, Channel.CALL, "US", (made,)) == cap
