"""The bar: what forbids an attempt, and what comes first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import bar as module
from app.domain.bar import Bar, Reachable, Rules, bar
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals

NC = Place("NC", ("America/New_York",))
FL = Place("FL", ("America/New_York",))
OK = Place("OK", ("America/Chicago",))
SCHEDULE = Schedule(
    datetime(2026, 10, 1, tzinfo=UTC), date(2026, 11, 3), time(6, 30), time(19, 30), NC.zones[0]
)
RULES = Rules(SCHEDULE, daily_cap=5, total_cap=20)
NOON = datetime(2026, 10, 28, 16, tzinfo=UTC)  # Wednesday
NIGHT = datetime(2026, 10, 28, 6, tzinfo=UTC)
MORNING = datetime(2026, 10, 28, 12, tzinfo=UTC)  # 8:00
HOUR = timedelta(hours=1)
ANN = Reachable(NC, "+19195550142", consented=True)
PAUSED = replace(RULES, paused_until=NOON + HOUR)
NO_TEXTS = replace(RULES, paused_channels={Channel.TEXT: NOON + HOUR})
LONGER = replace(NO_TEXTS, paused_until=NOON + HOUR / 2)
NO_CALLS = replace(RULES, paused_channels={Channel.CALL: NOON + HOUR})

PERMANENT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"voted": True}, "has voted"),
    ({"holdout": True}, "hold-out"),
    ({"out": "deceased"}, "deceased"),
    ({"address": None}, "no address"),
    ({"address": ""}, "no address"),
    ({"opted_out": True}, "opted out"),
    ({"dead": True}, "dead address"),
    ({"channel_off": "refused"}, "refused"),
    ({"attempts": 20}, "campaign cap reached"),
    ({"attempts": 21}, "campaign cap reached"),
)


@pytest.mark.parametrize("channel", Channel)
def test_nothing_bars_a_voter_with_an_address_and_consent_by_day(channel: Channel) -> None:
    assert bar(ANN, channel, NOON, RULES) is None


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(("fact", "reason"), PERMANENT)
def test_a_fact_that_waiting_does_not_mend_bars_for_good(
    fact: dict[str, Any], reason: str, channel: Channel
) -> None:
    found = bar(replace(ANN, **fact), channel, NOON, RULES)
    assert found == Bar(reason)
    assert found.permanent


@pytest.mark.parametrize(
    ("fact", "now", "rules", "expected"),
    [
        ({}, NIGHT, RULES, Bar("quiet hours", MORNING)),
        ({}, MORNING - timedelta(seconds=1), RULES, Bar("quiet hours", MORNING)),
        ({}, MORNING, RULES, None),
        ({}, datetime(2026, 9, 1, tzinfo=UTC), RULES, Bar("quiet hours", SCHEDULE.starts_at)),
        ({}, datetime(2026, 11, 4, 0, 30, tzinfo=UTC), RULES, Bar("the polls have closed")),
        ({}, NOON, PAUSED, Bar("paused", NOON + HOUR)),
        ({}, NOON + HOUR, PAUSED, None),  # a pause ends by itself
        ({"attempts_24h": 4}, NOON, RULES, None),
        ({"attempts_24h": 5}, NOON, RULES, Bar("daily cap reached", NOON + HOUR)),
        ({"channel_24h": 3}, NOON, RULES, None),
        ({"place": FL, "channel_24h": 2}, NOON, RULES, None),
        ({"place": FL, "channel_24h": 3}, NOON, RULES, Bar("daily cap reached", NOON + HOUR)),
        ({"place": OK, "channel_24h": 3}, NOON, RULES, Bar("daily cap reached", NOON + HOUR)),
        (
            {"next_at": NOON + HOUR},
            NOON,
            RULES,
            Bar("too soon after the last attempt", NOON + HOUR),
        ),
        ({"next_at": NOON}, NOON, RULES, None),
    ],
)
def test_a_fact_that_passes_bars_until_it_has_passed(
    fact: dict[str, Any], now: datetime, rules: Rules, expected: Bar | None
) -> None:
    for channel in (Channel.CALL, Channel.TEXT):
        assert bar(replace(ANN, **fact), channel, now, rules) == expected


@pytest.mark.parametrize(
    ("now", "rules", "expected"),
    [
        (NOON, NO_TEXTS, Bar("paused", NOON + HOUR)),
        (NOON + HOUR, NO_TEXTS, None),
        (NIGHT, NO_TEXTS, Bar("quiet hours", MORNING)),
        (NOON, LONGER, Bar("paused", NOON + HOUR)),
        (NOON + HOUR / 2, LONGER, Bar("paused", NOON + HOUR)),
        (NOON, NO_CALLS, None),
    ],
)
def test_a_pause_of_a_channel_bars_that_channel_alone(
    now: datetime, rules: Rules, expected: Bar | None
) -> None:
    assert bar(ANN, Channel.TEXT, now, rules) == expected


def test_a_state_that_caps_calls_and_texts_does_not_cap_mail() -> None:
    assert bar(replace(ANN, place=FL, channel_24h=3), Channel.EMAIL, NOON, RULES) is None


def without_consent(channel: Channel, country: str) -> Bar | None:
    """What bars an attempt on somebody who never consented."""
    rules = replace(RULES, schedule=replace(SCHEDULE, country=country))
    return bar(replace(ANN, consented=False), channel, NOON, rules)


CONSENT = (
    (Channel.TEXT, "US", True),
    (Channel.CALL, "US", False),  # a volunteer dials by hand
    (Channel.EMAIL, "US", False),
    (Channel.TEXT, "GB", True),
    (Channel.EMAIL, "GB", True),
    (Channel.CALL, "GB", False),
    (Channel.TEXT, "IN", True),  # no rule known: as careful as at home
)


@pytest.mark.parametrize(("channel", "country", "needed"), CONSENT)
def test_consent_is_asked_where_the_law_asks_it(
    channel: Channel, country: str, needed: bool
) -> None:
    expected = Bar("no consent on file") if needed else None
    assert without_consent(channel, country) == expected


def sent_without_consent(ask: Callable[[Channel, str], Bar | None]) -> int:
    """How many attempts went through that needed a consent and had none."""
    return sum(needed and ask(channel, country) is None for channel, country, needed in CONSENT)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("NEEDS_CONSENT", frozenset()),
        ("NEEDS_CONSENT", frozenset({Channel.CALL})),
        ("NEEDS_CONSENT_IN", {"GB": frozenset()}),
        ("NEEDS_CONSENT_IN", {}),
    ],
)
def test_a_text_without_consent_would_be_seen(
    name: str, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sent_without_consent(without_consent) == 0
    monkeypatch.setattr(module, name, broken)
    assert sent_without_consent(without_consent) > 0


@pytest.mark.parametrize(("fact", "reason"), [*PERMANENT, ({"consented": False}, "no consent")])
def test_what_bars_for_good_is_said_before_what_only_delays(
    fact: dict[str, Any], reason: str
) -> None:
    busy = replace(ANN, attempts_24h=9, channel_24h=9, next_at=NOON + HOUR)
    found = bar(replace(busy, **fact), Channel.TEXT, NIGHT, replace(PAUSED, paused_until=NOON))
    assert found is not None
    assert found.permanent
    assert found.reason.startswith(reason)


def test_what_weighs_more_is_said_first() -> None:
    found, everything = [], replace(ANN, attempts_24h=9, next_at=NOON + HOUR, consented=False)
    for fact, _ in reversed(PERMANENT):
        everything = replace(everything, **fact)
        barred = bar(everything, Channel.TEXT, NOON, PAUSED)
        assert barred is not None
        found.append(barred.reason)
    assert found == [
        *["no consent on file"] * 2,
        *("refused", "dead address", "opted out"),
        *["no address"] * 2,
        *("deceased", "hold-out", "has voted"),
    ]


def test_a_delay_names_the_reason_that_a_person_should_read_first() -> None:
    late = replace(ANN, attempts_24h=9, next_at=NOON + 9 * HOUR)
    for now, rules, target, reason in (
        (NIGHT, PAUSED, late, "quiet hours"),
        (NOON, PAUSED, late, "paused"),
        (NOON, RULES, late, "daily cap reached"),
        (NOON, RULES, replace(late, attempts_24h=0), "too soon after the last attempt"),
    ):
        found = bar(target, Channel.CALL, now, rules)
        assert found is not None
        assert found.reason == reason
        assert found.until is not None
        assert found.until > now


targets = st.builds(
    Reachable,
    place=st.sampled_from(
        (NC, FL, OK, Place("", ()), Place("TN", ("America/New_York", "America/Chicago")))
    ),
    address=st.sampled_from(("+19195550142", "+19195550142", None)),
    voted=st.sampled_from((False, False, True)),
    holdout=st.sampled_from((False, False, True)),
    out=st.sampled_from(("", "", "moved away")),
    channel_off=st.sampled_from(("", "", "refused")),
    opted_out=st.sampled_from((False, False, True)),
    dead=st.sampled_from((False, False, True)),
    consented=st.booleans(),
    attempts_24h=st.integers(0, 6),
    channel_24h=st.integers(0, 4),
    attempts=st.integers(0, 22),
    next_at=st.none() | st.integers(-9, 9).map(lambda hours: NOON + hours * HOUR),
)
instants = st.timedeltas(timedelta(), timedelta(days=36)).map(
    lambda since: datetime(2026, 9, 30, tzinfo=UTC) + since
)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    targets,
    st.sampled_from(tuple(Channel)),
    instants,
    st.sampled_from((RULES, PAUSED, NO_TEXTS)),
)
def test_what_is_let_through_is_lawful_and_what_is_delayed_comes_later(
    target: Reachable, channel: Channel, now: datetime, rules: Rules
) -> None:
    found = bar(target, channel, now, rules)
    if found is not None:
        assert found.reason
        assert found.until is None or found.until > now
        return
    assert open_intervals(SCHEDULE, target.place, channel, now, now + timedelta(seconds=1))
    assert target.address
    assert not any((target.voted, target.holdout, target.opted_out, target.dead))
    assert target.out == target.channel_off == ""
    assert target.consented or channel is not Channel.TEXT
    assert target.attempts < rules.total_cap
    assert target.attempts_24h < rules.daily_cap
    assert target.place not in (FL, OK) or channel is Channel.EMAIL or target.channel_24h < 3
    assert target.next_at is None or target.next_at <= now
    assert rules.paused_until is None or rules.paused_until <= now
    assert rules.paused_channels.get(channel, now) <= now


@settings(derandomize=True, deadline=None, max_examples=100)
@given(instants, st.sampled_from((NC, OK, Place("", ()))), st.sampled_from(tuple(Channel)))
def test_the_end_of_quiet_hours_is_the_moment_at_which_it_may_go(
    now: datetime, place: Place, channel: Channel
) -> None:
    found = bar(replace(ANN, place=place), channel, now, RULES)
    if found is not None and found.until is not None:
        assert bar(replace(ANN, place=place), channel, found.until, RULES) is None
        earlier = found.until - timedelta(microseconds=1)
        assert bar(replace(ANN, place=place), channel, earlier, RULES) == found
