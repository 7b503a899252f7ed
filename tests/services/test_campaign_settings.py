"""Settings of a running campaign are checked, changed and noted; a pause ends by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.campaign_setting import CampaignSettings
from app.services.campaign_settings import (
    SettingsMoved,
    SettingsRefused,
    change_settings,
    settings_of,
)
from app.services.pause import PauseRefused, pause, pauses_of, resume
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.people import AuditEntry
from tests.factories import NOON
from tests.scene import texting

SUNDAY = NOON + timedelta(days=3)
WEEK_BEFORE = NOON - timedelta(days=7)  # before the final week
Change = Callable[..., tuple[str, ...]]


@pytest.fixture
def change(sessions: Sessions) -> Change:
    """`change(budget=…)`: changes a campaign of one voter, of which $120 are gone."""
    with sessions.begin() as session:
        texting(session, 1, spent=Decimal(100), reserved=Decimal(20))

    def change(now: datetime = NOON, **facts: Any) -> tuple[str, ...]:
        old = stored(sessions)
        new = replace(old, **facts)
        return change_settings(sessions, 1, new, loaded=old.token, by=None, now=now)

    return change


def stored(sessions: Sessions) -> CampaignSettings:
    with sessions() as session:
        return settings_of(session, 1)


def acts(sessions: Sessions) -> list[tuple[str, dict[str, Any]]]:
    with sessions() as session:
        return [
            (one.action, one.details)
            for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]


def test_a_change_is_stored_and_noted_with_before_and_after(
    sessions: Sessions, change: Change
) -> None:
    [text, mail] = stored(sessions).senders
    faster = (replace(text, per_second=8.0, price=Decimal("0.01")), mail)
    changed = change(budget=Decimal(500), voter_daily_cap=3, senders=faster)
    assert set(changed) == {"budget", "voter_daily_cap", "sender-1-per_second", "sender-1-price"}
    assert stored(sessions).senders == faster
    [(action, details)] = acts(sessions)
    assert action == "settings changed"
    assert details["before"]["budget"] == "20000"
    assert details["after"]["budget"] == "500"
    assert details["after"].keys() == set(changed)


def test_the_same_form_twice_is_one_change(sessions: Sessions, change: Change) -> None:
    old = stored(sessions)
    new = replace(old, budget=Decimal(500), reserve_share=Decimal(1) / 3)
    for changed in (("budget", "reserve_share"), ()):
        again = change_settings(sessions, 1, new, loaded=old.token, by=None, now=NOON)
        assert again == changed
    assert len(acts(sessions)) == 1


def test_whoever_saves_second_is_told_and_overwrites_nothing(
    sessions: Sessions, change: Change
) -> None:
    loaded = stored(sessions)
    change(budget=Decimal(500))
    second = replace(loaded, voter_total_cap=9)
    with pytest.raises(SettingsMoved) as moved:
        change_settings(sessions, 1, second, loaded=loaded.token, by=None, now=NOON)
    assert moved.value.stored.budget == 500
    assert (stored(sessions).budget, stored(sessions).voter_total_cap) == (500, 12)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("budget", {"budget": Decimal("119.99")}),
    ("budget", {"budget": Decimal(-1)}),
    ("budget", {"budget": Decimal("NaN")}),
    ("reserve_share", {"reserve_share": Decimal(1)}),
    ("voter_daily_cap", {"voter_daily_cap": 0}),
    ("voter_total_cap", {"voter_total_cap": 4}),
    ("voter_total_cap", {"voter_total_cap": 201}),
    ("polls_close", {"polls_close": time(6, 30)}),
    ("first_polling_day", {"first_polling_day": date(2026, 11, 3)}),
    ("first_polling_day", {"first_polling_day": date(2026, 10, 26)}),
    ("starts_at", {"starts_at": NOON + timedelta(days=1)}),  # it runs
]


@pytest.mark.parametrize(
    ("field", "facts"), WRONG, ids=[f"{n}-{field}" for n, (field, _) in enumerate(WRONG)]
)
def test_a_setting_that_cannot_be_is_refused_at_its_field(
    sessions: Sessions, change: Change, field: str, facts: dict[str, Any]
) -> None:
    before = stored(sessions)
    with pytest.raises(SettingsRefused) as refused:
        change(**facts)
    assert list(refused.value.problems) == [field]
    assert stored(sessions) == before
    assert acts(sessions) == []


@pytest.mark.parametrize("rate", [0.0, -1.0, 10_001.0, float("nan"), float("inf")])
def test_a_sender_has_a_rate_that_can_be(sessions: Sessions, change: Change, rate: float) -> None:
    [text, mail] = stored(sessions).senders
    with pytest.raises(SettingsRefused, match="at most 10,000 a second"):
        change(senders=(replace(text, per_second=rate), mail))


def test_nothing_changes_once_the_polls_have_closed(sessions: Sessions, change: Change) -> None:
    with pytest.raises(SettingsRefused, match="The polls have closed"):
        change(NOON + timedelta(days=6), budget=Decimal(500))


def test_the_polls_cannot_be_made_to_have_closed_already(
    sessions: Sessions, change: Change
) -> None:
    with pytest.raises(SettingsRefused, match="have closed already"):
        change(NOON + timedelta(days=5, hours=1), polls_close=time(12))


def test_a_start_still_to_come_can_be_moved_within_the_campaign(
    sessions: Sessions, change: Change
) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).starts_at = SUNDAY
    assert change(starts_at=SUNDAY - timedelta(days=1)) == ("starts_at",)
    with pytest.raises(SettingsRefused, match="past"):
        change(starts_at=NOON)
    with pytest.raises(SettingsRefused, match="before the polls close"):
        change(starts_at=NOON + timedelta(days=6))


def held(sessions: Sessions, now: datetime) -> tuple[datetime, str] | None:
    with sessions() as session:
        found = pauses_of(session, session.get_one(Campaign, 1), now)
        return (found[0].until, found[0].reason) if found else None


def test_a_pause_in_the_final_week_needs_an_end_and_a_reason(
    sessions: Sessions, change: Change
) -> None:
    def refused(until: datetime | None, reason: str) -> set[str]:
        with pytest.raises(PauseRefused) as refusal:
            pause(sessions, 1, until=until, reason=reason, by=None, now=NOON)
        return set(refusal.value.problems)

    assert refused(None, " ") == {"until"}
    assert refused(SUNDAY, " ") == {"reason"}
    assert refused(NOON, "a storm") == {"until"}
    assert refused(NOON + timedelta(days=6), "a storm") == {"until"}
    assert held(sessions, NOON) is None


def test_a_pause_holds_until_its_end_and_then_by_itself_no_more(
    sessions: Sessions, change: Change
) -> None:
    for _ in range(2):
        pause(sessions, 1, until=SUNDAY, reason="a storm", by=None, now=NOON)
    assert held(sessions, NOON) == (SUNDAY, "a storm")
    assert held(sessions, SUNDAY) is None
    with sessions() as session:
        assert load_frame(session, 1).rules.paused_until == SUNDAY
    assert resume(sessions, 1, by=None, now=NOON)
    assert not resume(sessions, 1, by=None, now=NOON)
    assert held(sessions, NOON) is None
    assert [action for action, _ in acts(sessions)] == ["campaign paused", "campaign resumed"]


def test_before_the_final_week_a_pause_without_an_end_lasts_until_it_begins(
    sessions: Sessions, change: Change
) -> None:
    ends = pause(sessions, 1, until=None, reason="", by=None, now=WEEK_BEFORE)
    # Seven days before, at the time of day of the close; the clocks go back in between.
    assert ends == datetime.fromisoformat("2026-10-27T19:30:00-04:00")
    with pytest.raises(PauseRefused):
        pause(sessions, 1, until=SUNDAY, reason="", by=None, now=WEEK_BEFORE)
