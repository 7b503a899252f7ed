"""The plan's page: its judgement, strip, advice, calendar; and what stands there without a plan."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain import rule_json
from app.domain.channel import Channel
from app.domain.phase import PhaseKind
from app.domain.ramp import Shape
from app.domain.report import Cause, Cover, DayLine, HourCover
from app.domain.rule import Blackout, RuleKind
from app.store.campaigns import Campaign, Ramp
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.phases import Phase
from app.store.plans import Plan, PlanState
from app.store.rule_changes import RuleChange
from app.store.shifts import Shift
from app.web import plan_words as words
from app.web.fall_words import falls
from app.web.plan_strip import strip
from app.web.strip import hours_of
from tests import factories, reports
from tests.factories import NOON, POLLING_DAY
from tests.web.conftest import SignIn

EASTERN = "America/New_York"
PAGE = "/campaigns/1/plan"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer, and a campaign without a plan."""
    with sessions.begin() as session:
        factories.campaign(session, spent=8120)
    return sign_in("organizer")


def planned(sessions: Sessions, *made: object) -> None:
    """Store these reports as the campaign's plans, the last in force."""
    with sessions.begin() as session:
        to = session.get_one(Campaign, 1)
        for one in made or (reports.report(),):
            reports.store(session, to, one)  # type: ignore[arg-type]


def plain(page: str) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_before_the_first_plan_the_page_says_what_a_plan_is(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert "No plan yet" in page
    assert "Make the plan now" in page


def test_a_plan_that_could_not_be_made_says_why_and_what_to_do(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(PlanState(campaign_id=1, problem="No channel has a ramp: draw one."))
    page = plain(organizer.get(PAGE).text)
    assert "No new plan could be made. No channel has a ramp: draw one." in page
    assert "Nothing goes out without a plan." in page
    planned(sessions)
    assert "The plan below stays in force until then." in plain(organizer.get(PAGE).text)


def test_the_page_judges_the_final_week_first(organizer: FlaskClient, sessions: Sessions) -> None:
    planned(sessions)
    page = plain(organizer.get(PAGE).text)
    assert (
        "6 open hours of the final week have a gap: texts Mon 9 am–noon (the "
        "sender is too slow); calls Tue 5–8 pm (nobody is booked)." in page
    )
    assert "9,000 of 12,300 planned" in page
    assert "Cost from 11:52 am on $3,187.50" in page
    assert "Left of the budget now $11,880" in page
    assert "Extra votes ≈ 312, a model’s estimate" in page
    assert "Solved by HiGHS in 2.1 s, 1.4 s of it in the solver" in page
    assert ": 2 shifts were added; the budget was raised." in page
    assert "40 emails more than the ramp wants" in page
    assert "Cells of fewer than 50 voters were put together." in page


JUDGEMENTS = [
    ("whole", {}, "The final week has no hole."),
    (
        "calls alone",
        {(Channel.CALL, Cause.NOBODY_BOOKED, 0)},
        "1 open hour of the final week has no calls: nobody is booked Tue 5–6 pm.",
    ),
    (
        "a few texts",
        {(Channel.TEXT, Cause.MONEY, 2)},
        "1 open hour of the final week has too few texts: the money is used up Tue 5–6 pm.",
    ),
    (
        "two channels in one hour",
        {(Channel.CALL, Cause.NOBODY_BOOKED, 0), (Channel.TEXT, Cause.NO_SENDER, 0)},
        "1 open hour of the final week has a gap: ",
    ),
]


@pytest.mark.parametrize(
    ("holes", "said"), [case[1:] for case in JUDGEMENTS], ids=[case[0] for case in JUDGEMENTS]
)
def test_a_hole_is_said_with_its_hours_and_its_cause(
    holes: set[tuple[Channel, Cause, int]], said: str
) -> None:
    hour = reports.at(POLLING_DAY, 17)
    gaps = [HourCover(hour, channel, Cover.GAP, some, 9, cause) for channel, cause, some in holes]
    made = reports.whole()
    judged = words.judgement(reports.report(coverage=(*made.coverage, *gaps)), EASTERN)
    assert judged[1].startswith(said)
    assert judged[0] == ("bad" if holes else "good")


@pytest.mark.parametrize(
    ("covers", "said"),
    [
        ((Cover.SILENCE, Cover.CLOSED), "no hour of it is open"),
        ((Cover.PAUSED, Cover.CLOSED), "paused"),
        ((Cover.PAST, Cover.CLOSED), "over"),
        ((), "no hour of it is open"),
    ],
)
def test_a_week_without_a_plan_is_not_called_whole(covers: tuple[Cover, ...], said: str) -> None:
    hours = tuple(HourCover(NOON, Channel.CALL, cover) for cover in covers)
    tone, judged = words.judgement(reports.report(coverage=hours), EASTERN)
    assert said in judged
    assert tone != "good"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    day=st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    zone=st.sampled_from(
        [
            "America/New_York",
            "America/Phoenix",
            "America/St_Johns",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
        ]
    ),
)
def test_a_day_has_each_of_its_hours_once(day: date, zone: str) -> None:
    here = ZoneInfo(zone)
    hours = list(hours_of(day, here).values())
    assert all(hour.astimezone(here).date() == day for hour in hours)
    assert all(after - before == timedelta(hours=1) for before, after in pairwise(hours))
    before = hours[0] - timedelta(hours=1)
    assert before.astimezone(here).date() < day
    assert (hours[-1] + timedelta(hours=1)).astimezone(here).date() > day


@pytest.mark.parametrize(
    ("first", "hours", "odd"),
    [
        (date(2026, 10, 31), 25, "1 am comes twice on Sun, Nov 1."),
        (date(2027, 3, 13), 24, "2 am does not come on Sun, Mar 14."),
        (date(2026, 6, 1), 24, ""),
    ],
)
def test_days_on_which_the_clocks_change_keep_the_columns(
    first: date, hours: int, odd: str
) -> None:
    days = [first, first + timedelta(days=1)]
    coverage = tuple(
        HourCover(hour, Channel.CALL, Cover.PLANNED, planned=number)
        for number, hour in enumerate(hour for day in days for hour in reports.hours_of(day))
    )
    drawn = strip(reports.report(coverage=coverage), EASTERN, POLLING_DAY, NOON)
    assert len(drawn.slots) == hours
    assert drawn.odd == odd
    shown = [cell.hour for row in drawn.days for cell in row.bands[0].cells if cell.hour]
    assert shown == list(coverage)
    noons = [row.bands[0].cells[drawn.slots.index((12, 0))].name for row in drawn.days]
    assert noons == ["noon", "noon"]


EVES = [
    (19, Cover.PLANNED, "7 pm", ""),
    (19, Cover.GAP, "7 pm", ""),
    (19, Cover.PAST, "7 pm", "past"),
    (15, Cover.PLANNED, None, ""),  # more than an evening has a row
]


@pytest.mark.parametrize(("begins", "cover", "since", "quiet"), EVES)
def test_the_evening_on_which_the_week_begins_has_no_row(
    begins: int, cover: Cover, since: str | None, quiet: str
) -> None:
    first = reports.DAYS[0] - timedelta(days=1)
    evening = [hour for hour in reports.hours_of(first) if hour >= reports.at(first, begins)]
    week = [hour for day in reports.DAYS for hour in reports.hours_of(day)]
    coverage = (
        *(HourCover(hour, Channel.CALL, cover, planned=3) for hour in evening),
        *(HourCover(hour, Channel.CALL, Cover.CLOSED) for hour in week),
    )
    drawn = strip(reports.report(coverage=coverage), EASTERN, POLLING_DAY, NOON)
    if since is None:
        assert drawn.eve is None
        assert [row.since for row in drawn.days] == ["3 pm", *[""] * 7]
        return
    assert drawn.eve is not None
    assert [row.day for row in drawn.days] == list(reports.DAYS)
    assert (drawn.eve.day, drawn.eve.since, drawn.eve.quiet) == (first, since, quiet)
    assert drawn.eve.gaps == (5 if cover is Cover.GAP else 0)


FALLS = [
    ((6,), "on Tue, Nov 3"),
    ((4, 6), "on Sun, Nov 1 and Tue, Nov 3"),
    ((3, 4, 6), "on Sat, Oct 31, Sun, Nov 1 and Tue, Nov 3"),
    ((4, 5, 6), "each day from Sun, Nov 1 to Tue, Nov 3"),
]


@pytest.mark.parametrize(("days", "said"), FALLS)
def test_days_that_fall_for_one_cause_are_told_together(days: tuple[int, ...], said: str) -> None:
    lines = [
        DayLine(day, Channel.TEXT, 9, 8, 0, 0, Cause.MONEY if at in days else None)
        for at, day in enumerate(reports.DAYS)
    ]
    told = f"fewer than the day before {said}: the money is used up"
    assert falls(lines) == [(Channel.TEXT, told)]


def test_the_strip_says_every_hour_in_words_and_in_a_table(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    planned(sessions)
    page = organizer.get(PAGE).text
    assert 'title="5 pm: gap, no calls of 120 wanted, nobody is booked"' in page
    assert 'title="9 am: gap, 3 texts of 120 wanted, the sender is too slow"' in page
    assert 'title="8 pm: 120 calls planned, open for 80% of voters"' in page
    read = plain(page)
    assert "calls : 1,440 planned in 9 hours; gap 5–8 pm, nobody is booked." in read.replace(
        "calls:", "calls :"
    )
    assert "! gap, 0 of 120: nobody is booked" in read
    for said in ("planned", "past", "closed by law", "blackout", "election silence", "gap"):
        assert f"</span> {said}</li>" in page


def test_advice_is_numbered_with_what_it_brings_and_takes(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    planned(sessions)
    page = organizer.get(PAGE).text
    read = plain(page)
    assert "≈ +41 votes · +900 calls · closes 3 gaps for 30 volunteer hours" in read
    assert "Raise the budget by $500. It may spend $500 more; $11,880 of $20,000 are left" in read
    booking = "/campaigns/1/shifts?day=2026-11-03&amp;from=17:00&amp;until=20:00&amp;channel=call"
    assert booking in page
    assert page.count('action="/campaigns/1/plan/apply"') == 5


BLOCKS = [
    (5, 20, "Tue 5 am–8 pm"),
    (17, 20, "Tue 5–8 pm"),
    (9, 12, "Tue 9 am–noon"),
    (12, 15, "Tue noon–3 pm"),
    (11, 14, "Tue 11 am–2 pm"),
    (0, 3, "Tue midnight–3 am"),
    (11, 12, "Tue 11 am–noon"),
]


@pytest.mark.parametrize(("begins", "ends", "said"), BLOCKS)
def test_a_block_of_hours_is_said_as_people_say_it(begins: int, ends: int, said: str) -> None:
    first, last = reports.at(POLLING_DAY, begins), reports.at(POLLING_DAY, ends)
    assert words.block(first, last, EASTERN) == said


def test_an_evening_ends_at_midnight_and_a_day_is_whole() -> None:
    start, end = reports.at(POLLING_DAY, 0), reports.at(POLLING_DAY + timedelta(days=1), 0)
    assert words.block(reports.at(POLLING_DAY, 20), end, EASTERN) == "Tue 8 pm–midnight"
    assert words.block(start, end, EASTERN) == "Tue all day"


def test_a_week_without_a_hole_has_nothing_red(organizer: FlaskClient, sessions: Sessions) -> None:
    planned(sessions, reports.whole())
    read = plain(organizer.get(PAGE).text)
    assert "The final week has no hole." in read
    assert "Nothing that we know of would do better." in read
    assert "All that the ramps want is planned." in read
    assert " gap" not in read


def test_the_calendar_has_phases_shifts_and_what_is_forbidden(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    planned(sessions)
    with sessions.begin() as session:
        ten, noon = reports.at(POLLING_DAY, 10), reports.at(POLLING_DAY, 12)
        round_ = Phase(
            campaign_id=1, kind=PhaseKind.ROUND, name="First", starts_at=ten, ends_at=noon, goal=400
        )
        session.add(round_)
        begins, ends = reports.at(reports.DAYS[4], 8), reports.at(reports.DAYS[4], 11)
        blackout = rule_json.to_json(Blackout(begins, ends, (Channel.CALL,), "mourning"))
        session.add(
            RuleChange(
                campaign_id=1, kind=RuleKind.BLACKOUT, value=blackout, note="asked", made_at=NOON
            )
        )
        for start in (10, 14):
            at = reports.at(POLLING_DAY, start)
            hours = {"starts_at": at, "ends_at": at + timedelta(hours=3), "created_at": NOON}
            session.add(Shift(campaign_id=1, user_id=1, channel=Channel.CALL, **hours))
    read = plain(organizer.get(PAGE).text)
    assert "First: round, 10 am–noon, goal 400 voters" in read
    assert "Blackout 8–11 am (calls): mourning" in read
    assert "Election silence 8 am–8 pm (emails)" in read
    assert "2 shifts for calls" in read
    assert "10 short for calls, 5–8 pm" in read
    assert "calls 1,440 morning 640 · afternoon 800" in read


def test_the_change_against_the_last_plan_is_shown(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    early = reports.whole(NOON)
    planned(sessions, reports.report(made_at=NOON - timedelta(hours=2), changes=()), early)
    assert "Since" not in plain(organizer.get(PAGE).text)
    planned(sessions)
    read = plain(organizer.get(PAGE).text)
    assert "Since 11:52 am: calls Tue −120, texts Fri +300" in read


def test_a_past_plan_is_there_to_read_and_not_to_apply(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    planned(sessions, reports.report(votes=77.0), reports.whole())
    page = organizer.get(f"{PAGE}/1").text
    assert "≈ 77, a model" in page
    assert "as it was made" in page
    assert "<form" not in page.partition('id="plan"')[2]
    assert organizer.get(f"{PAGE}/9").status_code == 404


def test_the_hours_are_there_to_download(organizer: FlaskClient, sessions: Sessions) -> None:
    made = reports.report()
    planned(sessions, made, reports.whole())
    with sessions.begin() as session:
        reports.put_in_force(session, session.get_one(Campaign, 1), made)
    rows = list(csv.DictReader(io.StringIO(organizer.get(f"{PAGE}/hours.csv").text)))
    total = sum(hour.planned for hour in made.coverage)
    assert sum(int(row["planned"]) for row in rows) == total
    at = datetime.fromisoformat(rows[0]["hour"])
    assert at.astimezone(UTC).isoformat() == rows[0]["hour_utc"]
    past = list(csv.DictReader(io.StringIO(organizer.get(f"{PAGE}/hours.csv?plan=1").text)))
    assert sum(int(row["planned"]) for row in past) == total
    assert {row["released"] for row in past} == {""}


def test_the_live_part_answers_only_when_something_changed(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    planned(sessions)
    page = organizer.get(PAGE).text
    mark = re.search(r'data-mark="(\w+)"', page)
    assert mark is not None
    live = f"{PAGE}/live?known={mark[1]}"
    assert organizer.get(live).status_code == 204
    planned(sessions, reports.whole())
    answer = organizer.get(live)
    assert answer.status_code == 200
    assert "The final week has no hole." in answer.text
    with sessions.begin() as session:
        lease = NOON + timedelta(minutes=1)
        session.add(PlanState(campaign_id=1, lease_until=lease))
    assert "A new plan is being made." in organizer.get(live).text


def test_a_campaign_that_does_not_exist_has_no_plan(organizer: FlaskClient) -> None:
    assert organizer.get("/campaigns/7/plan").status_code == 404
    assert organizer.post("/campaigns/7/plan/again").status_code == 404


def test_a_plan_is_made_on_the_page_and_its_advice_applied_once(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    """Against the real planner: what it reports can be drawn."""
    with sessions.begin() as session:
        to = session.get_one(Campaign, 1)
        whom = factories.voters(session, 20)
        factories.targets(session, to, whom)
        session.add(
            Ramp(
                campaign_id=1,
                channel=Channel.CALL,
                shape=Shape.LINEAR,
                starts_on=NOON.date() - timedelta(days=3),
                total=400,
                drawn=[],
            )
        )
    page = organizer.post(f"{PAGE}/again", follow_redirects=True).text
    assert "The plan is made anew." in page
    assert "of the final week" in page
    with sessions.begin() as session:
        row = session.scalars(select(Plan)).one()
        kinds = [one["remedy"] for one in row.report["advice"]]
        row.report = {**row.report, "advice": [_budget()]}
    assert "callers" in kinds  # nobody is booked
    sent = {"plan": row.id, "place": 0}
    page = organizer.post(f"{PAGE}/apply", data=sent, follow_redirects=True).text
    assert "The budget is now $20,500." in page
    page = organizer.post(f"{PAGE}/apply", data=sent, follow_redirects=True).text
    assert "The plan has changed meanwhile." in page
    with sessions() as session:
        assert session.get_one(Campaign, 1).budget == 20_500
        acts = session.scalars(select(AuditEntry.action)).all()
    assert acts.count("advice applied") == 1


def _budget() -> object:
    return reports.report().to_json()["advice"][1]
