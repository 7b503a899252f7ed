"""The counts of the reports equal what a slow count in plain Python finds, whatever happened."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.condition import Field, Is
from app.domain.condition_json import write
from app.domain.disposition import Disposition
from app.domain.local import day_at
from app.domain.outcome import outcome_of
from app.domain.touch import AttemptState, TouchState
from app.services.count_reports import count_reports
from app.store.engine import Sessions
from app.store.messages import OptOut
from app.store.report_counts.day import WHOLE
from app.store.saved_universes import SavedUniverse
from app.store.touches import Attempt, Touch
from app.store.voters import Answer
from tests import factories
from tests.conftest import empty
from tests.factories import NOON

ZONE = ZoneInfo("America/New_York")
LATER = timedelta(minutes=2)
WHOLE_LOT = 1_000_000
PRECINCTS = ("LINCOLN SCHOOL", "", "CITY HALL")
MESSAGE_STATES = [state for state in AttemptState if state is not AttemptState.DONE]

tries: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "voter": st.integers(0, 5),
        "channel": st.sampled_from(list(Channel)),
        "state": st.sampled_from(MESSAGE_STATES),
        "disposition": st.sampled_from(["", *Disposition]),
        "error_code": st.sampled_from([None, 30003, 30007]),
        "minutes": st.integers(-2 * 24 * 60, 12 * 60),
        "user_id": st.sampled_from([None, 7, 8]),
        "script_id": st.sampled_from([None, 3]),
        "sender_id": st.sampled_from([None, 1, 2]),
        "price": st.sampled_from([None, Decimal("0.0079")]),
        "held": st.sampled_from([Decimal(0), Decimal("0.01")]),
        "purpose": st.sampled_from(["ramp", "blast:4", "written:9"]),
    }
)


def _lay(sessions: Sessions, said: list[dict[str, Any]]) -> list[Attempt]:
    """A campaign with six voters of three precincts, and these attempts at them."""
    with sessions.begin() as session:
        made = factories.campaign(session, starts_at=NOON - timedelta(days=3))
        whom = [
            factories.voters(session, 1, at + 1, precinct=PRECINCTS[at % 3])[0] for at in range(6)
        ]
        factories.targets(session, made, whom)
        session.add(
            SavedUniverse(
                name="Lincoln",
                filter=write(Is(Field("precinct"), ("LINCOLN SCHOOL",))),
                created_at=NOON,
                changed_at=NOON,
            )
        )
        rows = []
        for one in said:
            voter, call = whom[one["voter"]], one["channel"] is Channel.CALL
            (touch,) = factories.calls(
                session,
                made,
                [voter],
                channel=one["channel"],
                state=TouchState.DONE,
                purpose=one["purpose"],
            )
            known = {name: one[name] for name in ("script_id", "price", "held", "user_id")}
            result = one["disposition"] if call and one["state"] is not AttemptState.ABSENT else ""
            rows.append(
                factories.attempt(
                    session,
                    touch,
                    state=one["state"],
                    disposition=result,
                    error_code=None if call else one["error_code"],
                    sender_id=None if call else one["sender_id"],
                    attempted_at=NOON + timedelta(minutes=one["minutes"]),
                    **known,
                )
            )
        return rows


def _slowly(sessions: Sessions, rows: Iterable[Attempt]) -> Counter[tuple[Any, ...]]:
    """(day, part, key, channel, outcome) → attempts, counted one by one."""
    found: Counter[tuple[Any, ...]] = Counter()
    with sessions() as session:
        for one in rows:
            outcome = outcome_of(one.channel, one.state, one.disposition, one.error_code)
            if outcome is None:
                continue
            there = one.attempted_at.astimezone(ZONE)
            purpose = session.get_one(Touch, one.touch_id).purpose
            precinct = PRECINCTS[(one.voter_id - 1) % 3]
            keys = {"hour": f"{there:%H}", "precinct": f"NC\t\t{precinct}"}
            keys["script"] = (
                f"script:{one.script_id}"
                if one.script_id
                else {"ramp": "", "blast:4": "blast:4", "written:9": "written"}[purpose]
            )
            if one.user_id:
                keys["user"] = str(one.user_id)
            if one.channel is not Channel.CALL:
                keys["sender"] = str(one.sender_id or "")
            if precinct == "LINCOLN SCHOOL":
                keys["universe"] = "1"
            for part, key in keys.items():
                for day in (there.date(), WHOLE):
                    found[day, part, key, one.channel.value, outcome] += 1
    return found


def _counted(sessions: Sessions) -> dict[tuple[Any, ...], int]:
    with sessions() as session:
        rows = session.execute(
            text("SELECT day_on, part, key, channel, outcome, number FROM report_days")
        )
        return {tuple(row[:5]): row[5] for row in rows}


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.lists(tries, max_size=25), more=st.lists(tries, max_size=5))
def test_counts_equal_a_slow_count_also_after_more_attempts(
    sessions: Sessions, first: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    empty(sessions.kw["bind"])
    rows = _lay(sessions, first)
    count_reports(sessions, NOON + timedelta(days=1), NOON, most=WHOLE_LOT)
    assert _counted(sessions) == _slowly(sessions, rows)
    with sessions.begin() as session:  # what came meanwhile, and what became of another
        for one, said in zip(rows, more, strict=False):
            known = session.get_one(Attempt, one.id)
            if known.channel is not Channel.CALL:
                known.state = one.state = said["state"]
    later = NOON + timedelta(hours=1)
    count_reports(sessions, NOON + timedelta(days=1), later, most=WHOLE_LOT)
    assert _counted(sessions) == _slowly(sessions, rows)
    with sessions() as session:
        spent = sum(
            (one.price if one.price is not None else one.held)
            for one in rows
            if one.state is not AttemptState.ABSENT
        )
        told = "SELECT coalesce(sum(cost), 0) FROM report_days WHERE part = 'hour' AND day_on > :w"
        assert session.scalar(text(told), {"w": WHOLE}) == spent


def _call(minutes: int = 0, **facts: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("error_code", "script_id", "sender_id", "price"))
    return {
        **plain,
        "voter": 0,
        "channel": Channel.CALL,
        "state": AttemptState.UNKNOWN,
        "disposition": "canvassed",
        "minutes": minutes,
        "user_id": 7,
        "held": Decimal(0),
        "purpose": "ramp",
        **facts,
    }


@pytest.mark.parametrize(
    ("now", "wall", "again"),
    [
        (NOON, timedelta(seconds=30), 0),  # just counted
        (NOON, LATER, 1),  # today, with an attempt a moment ago
        (NOON + timedelta(hours=2), LATER, 0),  # quiet since
        (NOON + timedelta(hours=2), timedelta(minutes=16), 4),  # every day now and then
        (NOON + timedelta(days=9), timedelta(minutes=16), 13),  # the last counts, for good
    ],
)
def test_a_day_is_counted_again_while_it_may_change(
    sessions: Sessions, now: datetime, wall: timedelta, again: int
) -> None:
    _lay(sessions, [_call(-5)])
    assert count_reports(sessions, NOON, NOON, most=WHOLE_LOT) == 4  # three days ago until today
    assert count_reports(sessions, now, NOON + wall, most=WHOLE_LOT) == again


def test_days_that_are_final_are_left_alone(sessions: Sessions) -> None:
    _lay(sessions, [_call(-5)])
    assert count_reports(sessions, NOON + timedelta(days=90), NOON, most=WHOLE_LOT) > 0
    assert count_reports(sessions, NOON + timedelta(days=90), NOON + timedelta(days=90)) == 0


def test_nothing_of_a_draft_is_counted(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, state="draft")
    assert count_reports(sessions, NOON, NOON) == 0


def test_an_answer_counts_on_the_day_of_its_call_by_the_campaigns_clock(
    sessions: Sessions,
) -> None:
    late = datetime(2026, 10, 29, 1, 30, tzinfo=UTC)  # 9:30 pm on the 28th there
    minutes = int((late - NOON).total_seconds() // 60)
    _lay(sessions, [_call(minutes, script_id=3)])
    with sessions.begin() as session:
        for source, question in (("call", "will_vote"), ("list", "old"), ("text", "ride")):
            session.add(
                Answer(
                    voter_id=1,
                    question=question,
                    answer="yes",
                    source=source,
                    answered_on=day_at(late, "America/New_York"),
                )
            )
    count_reports(sessions, NOON, NOON)
    found = {key[:3] + key[4:]: n for key, n in _counted(sessions).items() if key[1] == "answer"}
    call = told = date(2026, 10, 28)
    assert {key: n for key, n in found.items() if key[0] > WHOLE} == {
        (call, "answer", "will_vote\tyes", "all"): 1,
        (call, "answer", "will_vote\tyes", "user:7"): 1,
        (call, "answer", "will_vote\tyes", "script:3"): 1,
        (call, "answer", "will_vote\tyes", "precinct:NC\t\tLINCOLN SCHOOL"): 1,
        (told, "answer", "ride\tyes", "all"): 1,
        (told, "answer", "ride\tyes", "precinct:NC\t\tLINCOLN SCHOOL"): 1,
    }


def test_opt_outs_of_those_whom_the_campaign_tried_count_but_no_lists(sessions: Sessions) -> None:
    _lay(sessions, [_call(-5), _call(-5, voter=1)])
    with sessions.begin() as session:
        for address, source in [
            ("+19195550001", "reply"),
            ("+19195550002", "list"),
            ("+12125550000", "reply"),
        ]:
            session.add(OptOut(address=address, channel="text", source=source, opted_out_at=NOON))
    count_reports(sessions, NOON, NOON)
    found = {key: n for key, n in _counted(sessions).items() if key[1] == "opt_out"}
    assert found == {
        (day, "opt_out", "reply", "text", "opted_out"): 1 for day in (date(2026, 10, 29), WHOLE)
    }


def test_runs_one_after_the_other_catch_up_the_latest_day_first(sessions: Sessions) -> None:
    _lay(sessions, [_call(-5), _call(-5, voter=1), _call(-5 - 24 * 60 * 3)])
    first, last = date(2026, 10, 26), date(2026, 10, 29)
    assert [count_reports(sessions, NOON, NOON, most=2) for _ in range(3)] == [1, 3, 0]
    with sessions() as session:
        days = session.scalars(text("SELECT day_on FROM report_states ORDER BY day_on")).all()
    assert days == [WHOLE, *(first + timedelta(days=at) for at in range(4))]
    hours = {key: n for key, n in _counted(sessions).items() if key[1] == "hour"}
    assert {key[0]: n for key, n in hours.items()} == {first: 1, last: 2, WHOLE: 3}


def test_a_day_whose_hours_take_several_runs_is_shown_when_all_are_counted(
    sessions: Sessions,
) -> None:
    rows = _lay(sessions, [_call(-60 * at, voter=at) for at in range(1, 5)])
    later = NOON + timedelta(hours=1)
    for _ in range(2):
        count_reports(sessions, later, NOON, most=2)
        if not _counted(sessions):
            continue
        assert _counted(sessions) == _slowly(sessions, rows)
    assert _counted(sessions) == _slowly(sessions, rows)


def test_hours_that_are_over_are_counted_again_more_and_more_seldom(sessions: Sessions) -> None:
    """What changes in an old hour shows later than what happens now, and shows in the end."""
    rows = _lay(sessions, [_call(-5), _call(-5 * 60, voter=1)])
    now = NOON + timedelta(minutes=5)

    def said(at: timedelta) -> Counter[str]:
        count_reports(sessions, now, NOON + at)
        found = Counter[str]()
        for key, number in _counted(sessions).items():
            if key[1] == "hour" and key[0] > WHOLE:
                found[key[4]] += number
        return found

    hour = timedelta(hours=1)
    assert said(timedelta()) == {"canvassed": 2}
    assert said(8 * hour) == {"canvassed": 2}  # both hours were over by then, and are counted
    with sessions.begin() as session:
        for one in rows:
            session.get_one(Attempt, one.id).disposition = "refused"
    assert said(8 * hour + timedelta(minutes=20)) == {"canvassed": 1, "refused": 1}
    assert said(9 * hour + timedelta(minutes=10)) == {"refused": 2}


def test_the_hours_of_a_final_day_are_forgotten_and_the_day_stands(sessions: Sessions) -> None:
    rows = _lay(sessions, [_call(-5), _call(-5 * 60, voter=1)])
    count_reports(sessions, NOON, NOON)
    count_reports(sessions, NOON + timedelta(days=90), NOON + timedelta(days=90), most=WHOLE_LOT)
    assert _counted(sessions) == _slowly(sessions, rows)
    with sessions() as session:
        for table in ("report_hours", "report_hour_states"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_counting_the_same_again_writes_no_row_of_a_report_anew(sessions: Sessions) -> None:
    _lay(sessions, [_call(-5)])
    marks = text("SELECT xmin::text, ctid::text FROM report_days ORDER BY 2")
    count_reports(sessions, NOON, NOON)
    with sessions() as session:
        before = session.execute(marks).all()
    assert count_reports(sessions, NOON, NOON + LATER) == 1
    with sessions() as session:
        assert session.execute(marks).all() == before


def test_an_hour_counts_where_days_have_odd_lengths_and_zones_odd_offsets(
    sessions: Sessions,
) -> None:
    """Hours of a clock 45 minutes off, and of the day on which clocks go back."""
    clocks_back = datetime(2026, 11, 1, 4, tzinfo=UTC)
    minutes = [
        int((clocks_back - NOON).total_seconds() // 60) + at for at in (0, 59, 60, 119, 120, 1499)
    ]
    rows = _lay(sessions, [_call(at, voter=n) for n, at in enumerate(minutes)])
    for zone in ("America/New_York", "Asia/Kathmandu"):
        with sessions.begin() as session:
            session.execute(text("UPDATE campaigns SET zone = :zone"), {"zone": zone})
            session.execute(text("TRUNCATE report_days, report_states, report_hours"))
            session.execute(text("TRUNCATE report_hour_states"))
        count_reports(sessions, NOON + timedelta(days=5), NOON, most=WHOLE_LOT)
        hours = Counter[str]()
        for key, number in _counted(sessions).items():
            if key[1] == "hour" and key[0] > WHOLE:
                hours[key[2]] += number
        expected = Counter(f"{one.attempted_at.astimezone(ZoneInfo(zone)):%H}" for one in rows)
        assert hours == expected


def test_workers_at_once_count_everything_once(sessions: Sessions) -> None:
    rows = _lay(sessions, [_call(-at * 300, voter=at) for at in range(6)])
    with ThreadPoolExecutor(4) as threads:
        for done in [
            threads.submit(count_reports, sessions, NOON, NOON, most=WHOLE_LOT) for _ in range(8)
        ]:
            done.result()
    assert _counted(sessions) == _slowly(sessions, rows)
