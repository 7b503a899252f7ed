"""Setting a campaign up, and its dashboard."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape, drawn_until
from app.domain.touch import AttemptState
from app.store.campaigns import Campaign, Ramp, Sender
from app.store.engine import Sessions
from app.store.messages import OptOut
from app.store.people import AuditEntry
from app.store.ramps import ramps_of
from app.store.touches import Target, Touch
from app.web import chart
from tests import factories
from tests.factories import NOON
from tests.scene import heard
from tests.web.conftest import SignIn

FORM = {
    "name": "Rivera for Council",
    "candidate": "Ana Rivera",
    "organization": "Friends of Rivera",
    "polling_day": "2026-11-03",
    "polls_open": "06:30",
    "polls_close": "19:30",
    "zone": "America/New_York",
    "universe-parties": "",
    "universe-min_votes": "0",
    "call-shape": "linear",
    "call-total": "300",
    "call-rise": "4",
    "text-shape": "exponential",
    "text-total": "900",
    "text-doubling_days": "2",
    "email-shape": "linear",
    "email-total": "0",
    "budget": "500",
    "reserve_percent": "30",
    "voter_daily_cap": "2",
    "voter_total_cap": "12",
    "text_body": "Hi {first_name}, will you vote? Paid for by {organization}",
    "text_sender": "+19195550142",
    "text_price": "0.0079",
    "text_per_second": "3",
    "call_script": "Hi {first_name}",
}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        factories.voters(session, 5, party="DEM")
        factories.voters(session, 3, 6, party="REP", phone=None)
    return sign_in("organizer")


def _count(sessions: Sessions, table: Any) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_form_sets_a_campaign_up(organizer: FlaskClient, sessions: Sessions) -> None:
    answer = organizer.post("/campaigns/new", data={**FORM, "universe-parties": "dem, una"})
    assert (answer.status_code, answer.location) == (303, "/campaigns/1")
    assert _count(sessions, Target) == 5
    with sessions() as session:
        ramps = {ramp.channel: ramp.total for ramp in session.scalars(select(Ramp))}
        noted = session.scalars(select(AuditEntry)).one()
    assert (noted.action, noted.subject, noted.user_id) == ("campaign begun", "campaign:1", 1)
    assert ramps == {Channel.CALL: 300, Channel.TEXT: 900}
    assert "Rivera for Council" in organizer.get("/campaigns").text


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"call-by": "peak", "call-peak": "60", "call-rise": "6"},  # 10, 20, … 60
            RampRule(Shape.LINEAR, NOON.date(), 210, rise=6, peak=60),
        ),
        (
            {"call-shape": "s_curve", "call-middle": "70", "call-starts_on": "2026-10-30"},
            RampRule(Shape.S_CURVE, date(2026, 10, 30), 300, middle=0.7),
        ),
        (
            {"call-shape": "drawn", "call-drawn": "20 30"},
            RampRule(
                Shape.DRAWN, date(2026, 11, 2), 50, drawn=drawn_until(date(2026, 11, 3), (20, 30))
            ),
        ),
    ],
)
def test_a_ramp_of_any_shape_is_set_up_and_sketched(
    organizer: FlaskClient, sessions: Sessions, facts: dict[str, str], expected: RampRule
) -> None:
    sketched = organizer.post("/campaigns/new/ramp/call", data={**FORM, **facts}).json
    assert sketched
    assert sketched["total"] == str(expected.total)
    assert organizer.post("/campaigns/new", data={**FORM, **facts}).status_code == 303
    with sessions() as session:
        assert ramps_of(session, 1)[Channel.CALL] == expected


def test_the_same_form_twice_makes_one_campaign(organizer: FlaskClient, sessions: Sessions) -> None:
    assert organizer.post("/campaigns/new", data=FORM).status_code == 303
    again = organizer.post("/campaigns/new", data=FORM)
    assert again.status_code == 422
    assert "There is a campaign of this name already" in again.text
    assert _count(sessions, Campaign) == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Give the campaign a name."),
        ({"polling_day": "2026-10-01"}, "polling_day", "have closed; choose a day to come"),
        ({"polling_day": "soon"}, "polling_day", "Not a valid date"),
        ({"polls_close": "06:00"}, "polls_close", "must close after they open"),
        ({"zone": "Mars/North"}, "zone", "Not a valid choice"),
        ({"call-starts_on": "2026-11-09"}, "call-starts_on", "starts after polling day"),
        ({"call-rise": "0.5"}, "call-rise", "from 1 to 1,000"),
        ({"text-doubling_days": "0"}, "text-doubling_days", "Write a number from"),
        ({"call-total": "many"}, "call-total", "Not a valid integer"),
        ({"call-shape": "drawn", "call-drawn": "1,200 3"}, "call-drawn", "blanks between them"),
        ({"call-by": "peak", "call-peak": "-1"}, "call-peak", "from 0 to"),
        ({"call-shape": "s_curve", "call-middle": "nan"}, "call-middle", "from 0 to 100"),
        ({"text_sender": "555-01"}, "text_sender", "is no phone number"),
        ({"text_body": "Hi {name}"}, "text_body", "{name} is no field"),
        ({"budget": "-5"}, "budget", "at least 0"),
        ({"reserve_percent": "130"}, "reserve_percent", "between 0 and 100"),
        ({"universe-min_age": "60", "universe-max_age": "20"}, "universe-parties", "swap the ages"),
        ({"universe-parties": "XYZ"}, "universe-parties", "No voter on file meets these"),
        ({"email-total": "10", "email_sender": "nobody"}, "email_sender", "is no email address"),
    ],
)
def test_a_bad_form_says_so_at_the_field_and_keeps_the_rest(
    organizer: FlaskClient, sessions: Sessions, change: dict[str, str], field: str, words: str
) -> None:
    answer = organizer.post("/campaigns/new", data={**FORM, **change})
    assert answer.status_code == 422
    problem = re.search(rf'id="{field}-problem">([^<]*)<', answer.text)
    assert problem, re.findall(r'class="problem" id="([^"]+)', answer.text)
    assert words in problem[1]
    assert 'value="Friends of Rivera"' in answer.text
    assert _count(sessions, Campaign) == 0


def test_no_channel_at_all_is_said_on_top(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new", data={**FORM, "call-total": "0", "text-total": ""})
    assert "Choose at least one channel." in answer.text


def test_the_universe_is_counted_by_channel(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new/universe", data=FORM)
    assert answer.json == {"voters": "8", "callable": "5", "textable": "0", "mailable": "8"}
    odd = {**FORM, "universe-min_age": "60", "universe-max_age": "20"}
    assert "swap" in organizer.post("/campaigns/new/universe", data=odd).json["problem"]  # type: ignore[index]


def test_a_text_is_counted_in_segments(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new/text", data={"text_body": "a" * 161})
    assert answer.json == {"segments": 2, "encoding": "GSM-7", "characters": 161}


def test_a_text_is_counted_with_long_names_filled_in(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new/text", data={"text_body": "Hi {first_name}"})
    assert answer.json == {"segments": 1, "encoding": "GSM-7", "characters": 14}
    broken = organizer.post("/campaigns/new/text", data={"text_body": "Hi {name}"})
    assert broken.json == {"segments": 1, "encoding": "GSM-7", "characters": 9}


def test_a_ramp_is_sketched(organizer: FlaskClient) -> None:
    answer = organizer.post("/campaigns/new/ramp/call", data=FORM)
    assert answer.json == {"first": "20", "last": "80", "days": "6", "total": "300"}
    late = {**FORM, "call-starts_on": "2026-11-09"}
    assert "after polling day" in organizer.post("/campaigns/new/ramp/call", data=late).text
    assert organizer.post("/campaigns/new/ramp/fax", data=FORM).status_code == 404


@pytest.fixture
def busy(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign in full swing."""
    with sessions.begin() as session:
        made = factories.campaign(session, spent=8120, reserved=300)
        people = factories.voters(session, 4)
        west = factories.voters(session, 1, 5, state="CA", zones="America/Los_Angeles")
        factories.targets(session, made, [*people, *west])
        touches = factories.calls(session, made, people)
        factories.plan(session, made, Channel.CALL, 400)
        said = {"disposition": "canvassed"}
        factories.attempt(session, touches[0], **said)
        factories.attempt(session, touches[1], attempted_at=NOON - timedelta(days=1), **said)
        factories.attempt(session, touches[2], attempted_at=NOON - timedelta(days=2), **said)
        sent = factories.calls(session, made, people[:1], channel=Channel.TEXT)[0]
        factories.attempt(session, sent, state=AttemptState.UNDELIVERED)
        factories.reply(session, voter_id=people[0].id, campaign_id=made.id)
        factories.worker(session, "brisk", NOON)
        factories.worker(session, "silent", NOON - timedelta(seconds=90))
    return sign_in("organizer")


def test_the_dashboard_says_how_it_stands(busy: FlaskClient) -> None:
    page = re.sub(r"\s+", " ", busy.get("/campaigns/1").text)
    for words in (
        ">5 d 08:30<",
        ">5 d 11:30<",
        "Eastern · 4 voters",
        "Pacific · 1 voter",
        "<b>1</b> of 100 planned by now",
        "99 behind: no callers",
        '<span class="tag warn">no callers</span>',
        "<dt>Whole day</dt><dd>400</dd>",
        "<dt>Last hour</dt><dd>1</dd>",
        "<dt>Waiting for a caller</dt><dd>4</dd>",
        "<dt>Not delivered today</dt><dd>1</dd>",
        "<b>$8,420</b> of $20,000",
        "$8,000, open since",
        "silent for 1 min",
        "Replies waiting</a></dt><dd>1</dd>",
        "Talked",
        "Where do I vote?",
    ):
        assert words in page, words


def test_the_table_has_planned_and_done_by_day(busy: FlaskClient) -> None:
    page = re.sub(r"\s+", " ", busy.get("/campaigns/1").text)
    found = re.search(r'<tbody id="numbers" data-region>(.*?)</tbody>', page)
    assert found
    days = re.findall(r"<th scope=\"row\">([^<]*)</th> <td>(\d+)</td><td>(\d+)</td>", found[1])
    assert [(name.split(" (")[0].strip(), *numbers) for name, *numbers in days] == [
        ("Tue, Oct 27", "400", "1"),
        ("Wed, Oct 28", "400", "1"),
        ("Thu, Oct 29", "400", "1"),
        ("Fri, Oct 30", "400", "0"),
    ]


def test_the_live_part_is_the_same_as_on_the_page(busy: FlaskClient) -> None:
    live = busy.get("/campaigns/1/live").text
    assert live.strip() in busy.get("/campaigns/1").text


def test_a_dashboard_needs_few_queries(busy: FlaskClient, connections: Engine) -> None:
    busy.get("/campaigns/1")
    with heard(connections) as asked:
        busy.get("/campaigns/1/live")
    assert len(asked) <= 12, asked


def test_calls_behind_wait_for_callers(busy: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        held = {"state": "claimed", "claimed_by": "user:1", "lease_until": NOON + timedelta(1)}
        session.execute(update(Touch).where(Touch.id == 1).values(**held))
    page = busy.get("/campaigns/1").text
    assert '<span class="tag warn">calls wait for callers</span>' in page
    assert "behind plan" not in page


def test_texts_behind_are_behind_plan(busy: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.plan(session, session.get_one(Campaign, 1), Channel.TEXT, 400)
    assert '<span class="tag warn">behind plan</span>' in busy.get("/campaigns/1").text


def test_opt_outs_and_replies_are_of_this_campaign(busy: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, name="Westside calls")
        factories.reply(session, campaign_id=2, from_address="+19195559999")
        for address in ("+19195550001", "+19195550002", "+19195559999"):
            session.add(OptOut(address=address, channel="text", source="reply", opted_out_at=NOON))
    pages = [re.sub(r"\s+", " ", busy.get(f"/campaigns/{number}").text) for number in (1, 2)]
    for page, opted_out in zip(pages, (2, 1), strict=True):
        assert f"<dt>Opted out</dt><dd>{opted_out}</dd>" in page
        assert "Replies waiting</a></dt><dd>1</dd>" in page


@pytest.fixture
def stopped(busy: FlaskClient, sessions: Sessions) -> FlaskClient:
    """An organizer whose campaign has two stopped senders and one that sends."""
    reasons = {"+19195550142": "wrong credentials", "+19195550143": "no such field", "+1919": ""}
    with sessions.begin() as session:
        for address, reason in reasons.items():
            sender = {"channel": Channel.TEXT, "name": address, "address": address}
            session.add(Sender(campaign_id=1, stopped=reason, **sender))
            session.flush()
    return busy


def _boxes(client: FlaskClient) -> list[tuple[str, str]]:
    page = client.get("/campaigns/1").text
    return re.findall(
        r'<div class="note (bad|warn)"[^>]* id="trouble-sender(.*?)</div>', page, re.S
    )


def test_of_the_stopped_senders_one_is_red_and_each_has_its_button(stopped: FlaskClient) -> None:
    boxes = _boxes(stopped)
    assert [tone for tone, _ in boxes] == ["bad", "warn"]
    assert all("Start sending again" in words for _, words in boxes)
    assert "(919) 555-0142.</b> Wrong credentials" in boxes[0][1]
    assert 'formaction="/campaigns/1/senders/1/go-on">Start sending again</button>' in boxes[0][1]
    assert "2 things are wrong" in stopped.get("/campaigns/1").text


def test_a_stopped_sender_is_started_once(stopped: FlaskClient, sessions: Sessions) -> None:
    for words in ("(919) 555-0142 sends again.", "(919) 555-0142 was sending already."):
        answer = stopped.post("/campaigns/1/senders/1/go-on", follow_redirects=True)
        assert words in answer.text
    assert len(_boxes(stopped)) == 1
    with sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert session.get_one(Sender, 1).stopped == ""
    assert (entry.action, entry.subject) == ("sender started", "sender:1")
    assert entry.details == {"was": "wrong credentials"}
    assert entry.user_id


@pytest.mark.parametrize("path", ["/campaigns/1/senders/9/go-on", "/campaigns/2/senders/1/go-on"])
def test_a_sender_of_another_campaign_is_not_started(
    stopped: FlaskClient, sessions: Sessions, path: str
) -> None:
    assert stopped.post(path).status_code == 404
    with sessions() as session:
        assert session.get_one(Sender, 1).stopped


def test_what_of_the_plan_cannot_be_kept_is_said_after_set_up(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    page = organizer.post("/campaigns/new", data=FORM, follow_redirects=True).text
    assert "The plan cannot be kept as it stands" in page
    assert "cannot be planned" in page
    assert "Import phones, emails or consents for these voters." in page


def test_an_empty_campaign_says_what_will_appear(sign_in: SignIn, sessions: Sessions) -> None:
    organizer = sign_in("organizer")
    assert "No campaign yet" in organizer.get("/campaigns").text
    with sessions.begin() as session:
        factories.campaign(session)
    page = organizer.get("/campaigns/1").text
    assert "No hour is planned yet" in page
    assert "cannot be kept" not in page
    assert "No worker is running, so nothing goes out" in page
    assert "appear here as they happen" in page


def test_plotly_comes_from_the_package(busy: FlaskClient) -> None:
    answer = busy.get(f"/campaigns/plotly-{chart.VERSION}.js")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert busy.get("/campaigns/plotly-0.js").status_code == 404
