"""The war room: what it says, what it asks, that it counts on, and the wall."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from app.domain.channel import Channel
from app.store import board
from app.store.ballots import Ballot
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.messages import OptOut
from app.store.touches import Target, Touch
from app.web.kept import MANY, Kept
from app.web.war_charts import bars, steps
from app.web.war_tally import LOOK_BACK, tally
from tests import factories, war_scene
from tests.factories import NOON, POLLING_DAY
from tests.scene import heard
from tests.web.conftest import SignIn

PAGE = "/campaigns/1"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign in its final week."""
    with sessions.begin() as session:
        war_scene.final_week(session)
    return sign_in("organizer")


def plain(page: str) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize(
    "said",
    [
        "7 of 43 have voted (16.3 %)",
        "Texts not delivered 29 of the last 299 (9.7 %)",
        "Filtered by carriers 10 of the last 299 (3.3 %)",
        "Opted out of texts today 0, of 90 texts (0.00 %)",
        "Callers on line 0",
        "The first has waited 6 min",
        "Short: Thu 5–8 pm",
        "8 booked of 10",
        "$8,000, open since Tue 7:30 pm",
        "over at 11:19 am Sender A was slow; traffic moved to B.",
        "Find 10 callers for Tue 5–8 pm",
        "This week, by now 260 of 1,920",
        "gap, 120 wanted, nobody is booked",
    ],
)
def test_the_war_room_says_how_it_stands(organizer: FlaskClient, said: str) -> None:
    assert said in plain(organizer.get(PAGE).text)


def test_advice_to_find_callers_leads_to_asking_for_just_those_hours(
    organizer: FlaskClient,
) -> None:
    found = re.search(r'href="(/campaigns/1/shifts/ask\?[^"]*)"', organizer.get(PAGE).text)
    assert found
    asked = plain(organizer.get(html.unescape(found[1])).text)
    assert "Ask all volunteers ● calls Tue, Nov 3, 5–8 pm" in asked


def test_pausing_is_one_press_away_as_long_as_something_goes_out(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    door = 'href="/campaigns/1/pauses">Pause something…'
    assert door in organizer.get(PAGE).text
    with sessions.begin() as session:
        session.execute(update(Campaign).values(state="closed"))
    assert door not in organizer.get(PAGE).text


def test_the_week_tells_what_was_done_what_is_to_come_and_where_a_hole_is(
    organizer: FlaskClient,
) -> None:
    page = organizer.get(PAGE).text
    days = page.split('<details class="strip-day"')[1:]
    looks = [re.findall(r'<span class="cell (\w+)', day.split("</summary>")[0]) for day in days]
    assert [len(day) for day in looks] == [25] * 7
    assert {"missed", "short"} <= set(looks[0])
    assert "going" in looks[1]
    assert {"closed", "planned"} == {look for look in looks[2] if look != "none"}
    assert looks[6].count("gap") == 3
    assert 'title="10 am–11 am: ● 20 of 80 calls done' in page


@pytest.mark.parametrize("page", [PAGE, f"{PAGE}/live"])
def test_it_asks_few_queries_also_the_first_time(
    organizer: FlaskClient, connections: Engine, page: str
) -> None:
    with heard(connections) as asked:
        organizer.get(page)
    assert len(asked) <= 15, asked


def test_what_is_counted_on_is_what_a_full_count_finds(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    kept = Kept()
    for minutes in (0, 4, 17, 95):
        now = NOON + timedelta(minutes=minutes)
        with sessions.begin() as session:
            touch = session.get_one(Touch, 1)
            factories.attempt(session, touch, attempted_at=now - timedelta(seconds=30))
            made = session.get_one(Campaign, 1)
            went_on = tally(session, made, now, NOON + timedelta(minutes=minutes) / 60, kept)
            fresh = tally(session, made, now, NOON, Kept())
        assert went_on.by_hour == fresh.by_hour
        assert went_on.days == fresh.days


def test_a_ballot_counts_at_once_though_the_voters_are_kept(
    organizer: FlaskClient, sessions: Sessions, parts: object
) -> None:
    assert "7 of 43 have voted" in plain(organizer.get(PAGE).text)
    later = NOON + timedelta(seconds=20)
    with sessions.begin() as session:
        voter = 20
        day = session.get_one(Campaign, 1).polling_day
        session.get_one(Target, (1, voter)).voted_at = later
        session.add(Ballot(voter_id=voter, polling_day=day, source="desk", recorded_at=later))
    parts.clock.at = later + timedelta(seconds=1)  # type: ignore[attr-defined]
    assert "8 of 43 have voted" in plain(organizer.get(f"{PAGE}/live").text)


def test_one_thing_is_red_with_its_remedy_beside_it(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(update(Campaign).values(state="paused", paused_until=NOON + LOOK_BACK))
    page = organizer.get(PAGE).text
    assert page.count('class="note bad"') == 1
    red = page.split('class="note bad"')[1].split("</div>")[0]
    assert "The campaign is paused until 6 pm." in red
    assert "Let it go on" in red


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "draft"}, "This campaign is being set up."),
        ({"state": "closed"}, "It is over: nothing goes out any more."),
        ({"polling_day": NOON.date() - timedelta(days=2)}, "It is over"),
    ],
)
def test_before_and_after_it_says_where_the_campaign_is(
    organizer: FlaskClient, sessions: Sessions, facts: dict[str, object], said: str
) -> None:
    with sessions.begin() as session:
        session.execute(update(Campaign).values(**facts))
    page = organizer.get(PAGE).text
    assert said in plain(page)
    assert 'class="note bad"' not in page


def test_the_wall_has_no_navigation_and_a_way_back(organizer: FlaskClient) -> None:
    wall = organizer.get(f"{PAGE}?wall=1").text
    assert '<body class="wall">' in wall
    assert "subtabs" not in wall
    assert "Leave the wall" in wall
    assert "Show it on the wall" in organizer.get(PAGE).text


def test_the_page_brings_no_chart_library(organizer: FlaskClient) -> None:
    assert "plotly" not in organizer.get(PAGE).text


def test_advice_is_applied_from_here(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert page.count('action="/campaigns/1/plan/apply"') == 2
    assert 'href="/campaigns/1/shifts?day=2026-11-03&amp;from=17:00' in page


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=80))
def test_no_bar_and_no_line_leaves_the_chart(values: list[float]) -> None:
    top = max(*values, 1)
    for drawn in (bars(values, top, 0.1), steps(values, top)):
        assert all(0 <= float(one) <= 100 for one in re.findall(r"[\d.]+", drawn))
    assert bars(values, top, 0.1).count("M") == sum(value > 0 for value in values)


def test_what_is_kept_does_not_pile_up() -> None:
    kept = Kept()
    for minute in range(MANY * 2):
        kept.keep(("minutes", minute), NOON + timedelta(minutes=minute * 2), [])
    assert len(kept.found) <= MANY + 1
    assert kept.known(("minutes", MANY * 2 - 1), NOON + timedelta(minutes=MANY * 4 - 2)) == []


def test_channels_without_a_plan_stand_back(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions() as session:
        made = session.get_one(Campaign, 1)
        assert tally(session, made, NOON, NOON, Kept()).channels == list(Channel)


def test_what_just_happened_is_told_of_this_campaign_alone(sessions: Sessions) -> None:
    with sessions.begin() as session:
        east, west = (factories.campaign(session, name=name).id for name in ("East", "West"))
        (voter,) = factories.voters(session, 1)
        there = session.get_one(Campaign, west)
        factories.targets(session, there, [voter])
        (touch,) = factories.calls(session, there, [voter])
        factories.attempt(session, touch)
        wish = {"address": voter.phone, "channel": "text", "source": "organizer"}
        session.add(OptOut(**wish, opted_out_at=NOON - timedelta(minutes=5)))
    with sessions() as session:
        facts = {"polling_day": POLLING_DAY, "now": NOON}
        assert board.events(session, east, **facts) == []
        (told,) = [one for one in board.events(session, west, **facts) if one.kind == "opt-out"]
    assert told.who == voter.phone
