"""The set-up pages: from an empty database to a campaign that runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text, update

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.services.plans import set_ramps
from app.store import choices
from app.store.campaigns import Campaign, Script, Sender, SenderCheck
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.shifts import Shift
from app.web.setup import senders
from tests import factories
from tests.factories import NOON
from tests.scene import consent, texting
from tests.web.conftest import SignIn

WHO = {"name": "Rivera 2026", "candidate": "Ana Rivera", "organization": "Friends of Rivera"}
WHERE = {"country": "US", "states": "nc", "polling_day": "2026-11-03", "zone": ""}
PAGES = ("", "/universe", "/money", "/words", "/senders", "/go")


@pytest.fixture
def organizer(sign_in: SignIn) -> FlaskClient:
    return sign_in("organizer")


def begin(client: FlaskClient, **facts: str) -> str:
    """The address of the new draft's set-up."""
    answer = client.post("/campaigns/set-up", data={"step": "rules", **WHO, **WHERE, **facts})
    assert answer.status_code == 303, answer.text
    return answer.location


@contextmanager
def queries(engine: Engine) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_new_campaign_is_asked_for_a_few_things_at_a_time(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    assert "Set up a campaign" in organizer.get("/campaigns").text
    first = organizer.get("/campaigns/set-up").text
    assert "Who pays" in first
    assert "Polling day" not in first
    second = organizer.post("/campaigns/set-up", data={"step": "who", **WHO}).text
    assert 'value="Ana Rivera"' in second  # travels along
    third = organizer.post("/campaigns/set-up", data={"step": "where", **WHO, **WHERE}).text
    assert "06:30" in third
    assert "lovebscott.com 2024 list" in third  # the source
    assert "08:00" in third or "8 am" in third
    assert begin(organizer) == "/campaigns/1/set-up"
    with sessions() as session:
        row = session.scalars(select(Campaign)).one()
    assert (row.state, row.polls_by_state, row.setup["states"]) == ("draft", True, ["NC"])
    page = organizer.get("/campaigns/1/set-up").text
    assert "No voter file yet" in page
    assert "nothing goes out" in page


@pytest.mark.parametrize(
    ("step", "change", "words"),
    [
        ("who", {"name": "R"}, "Give the campaign a name of at least 3 letters."),
        ("where", {"states": "Carolina"}, "Write states by their two letters"),
        ("where", {"polling_day": ""}, "Choose the polling day."),
        ("where", {"polling_day": "2026-10-01"}, "The polls of this day have closed"),
        ("where", {"states": ""}, "Choose a clock"),
        ("rules", {"polls_open": "20:00"}, "The polls must close after they open."),
        ("rules", {"organization": ""}, "Say who pays"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_kept(
    organizer: FlaskClient, step: str, change: dict[str, str], words: str
) -> None:
    answer = organizer.post("/campaigns/set-up", data={"step": step, **WHO, **WHERE, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Ana Rivera" in answer.text


def test_going_back_loses_nothing(organizer: FlaskClient) -> None:
    back = {"step": "where", "back": "yes", **WHO, **WHERE}
    page = organizer.post("/campaigns/set-up", data=back).text
    assert 'value="Friends of Rivera"' in page
    assert 'name="states" value="nc"' in page


def test_another_country_has_its_own_clock_and_silence(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    there = {"country": "ES", "states": "", "zone": ""}
    page = organizer.post("/campaigns/set-up", data={"step": "where", **WHO, **WHERE, **there})
    assert "00:00 on the eve" in page.text
    begin(organizer, **there)
    with sessions() as session:
        row = session.scalars(select(Campaign)).one()
    assert (row.country, row.zone, row.polls_by_state) == ("ES", "Europe/Madrid", False)


def test_the_steps_are_taken_one_by_one_until_the_campaign_begins(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    home = begin(organizer)
    with sessions.begin() as session:
        consent(session, factories.voters(session, 5))
    assert organizer.post(f"{home}/channels", data={"channels": ["text"]}).status_code == 303
    chosen = organizer.post(f"{home}/universe", data={"universe-states": "NC"})
    assert (chosen.status_code, chosen.location) == (303, home)
    money = {"budget": "250", "reserve_percent": "30"}
    assert organizer.post(f"{home}/money", data=money).status_code == 303
    number = {"text-kind": "toll_free", "text-address": "+18335550142", "text-price": "0.0079"}
    assert organizer.post(f"{home}/senders/text", data=number).status_code == 303
    words = {"text_body": "Vote, {first_name}! Paid for by {organization}. STOP to opt out"}
    assert organizer.post(f"{home}/words", data=words).status_code == 303
    ramp = {Channel.TEXT: RampRule(Shape.LINEAR, NOON.date(), 20)}
    set_ramps(sessions, 1, ramp, by=None, now=NOON, wall=NOON)
    page = organizer.get(f"{home}/go").text
    assert "No worker runs" in page
    assert " in all" in page
    refused = organizer.post(f"{home}/go", data={"reason-rehearsal": "the hall is ours tomorrow"})
    assert refused.status_code == 422
    assert "the hall is ours tomorrow" in refused.text
    with sessions.begin() as session:
        factories.worker(session, "one", NOON)
    names = ("looks_text", "webhooks", "coverage", "rehearsal", "alerts")
    reasons = {f"reason-{name}": "we begin all the same" for name in names}
    for _ in range(2):
        begun = organizer.post(f"{home}/go", data=reasons)
        assert begun.status_code == 303
    with sessions() as session:
        assert session.scalars(select(Campaign.state)).one() == "running"
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("campaign begun") == 1
    assert "has begun" in organizer.get(home).text
    assert organizer.post(f"{home}/universe", data={}).status_code == 422
    assert organizer.post(f"{home}/money", data=money | {"budget": "1"}).status_code == 422


@pytest.mark.parametrize(
    ("page", "form", "words"),
    [
        ("universe", {"universe-states": "TX"}, "No voter on file meets these conditions"),
        ("money", {"budget": "-1", "reserve_percent": "30"}, "Write a number from 0"),
        ("money", {"budget": "lots", "reserve_percent": "30"}, "Write a number; 0 for none."),
        ("money", {"budget": "1", "reserve_percent": "100"}, "below 100"),
        ("words", {"text_body": "Hi {firstname}"}, "{firstname} is no field"),
        ("words", {"text_body": "I am {volunteer}"}, "Nobody calls here"),
        (
            "senders/text",
            {"text-kind": "toll_free", "text-address": "12", "text-price": "0"},
            "+18335550142",
        ),
        (
            "senders/email",
            {"email-kind": "relay", "email-address": "nobody", "email-price": "0"},
            "nobody",
        ),
    ],
)
def test_a_step_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    organizer: FlaskClient, page: str, form: dict[str, str], words: str
) -> None:
    home = begin(organizer)
    answer = organizer.post(f"{home}/{page}", data=form)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_choice_under_way_says_how_far_it_is_and_a_refused_one_why(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    page = f"{begin(organizer)}/universe"
    with sessions.begin() as session:
        campaign = session.scalars(select(Campaign)).one().id
        choices.ask(session, campaign, "{}", by=None, now=NOON, holder="web:1", until=NOON)
        choices.advance(session, campaign, "web:1", 0.4, NOON)
    steps = organizer.get(page.removesuffix("/universe")).text
    assert "Voters are being chosen: 40 % of the file is gone through." in steps
    under_way = organizer.get(page).text
    assert "40 % of the file is gone through" in under_way
    assert 'value="0.4"' in under_way
    with sessions.begin() as session:
        choices.refuse(session, campaign, "web:1", "nobody")
    refused = organizer.get(page).text
    assert "No voter on file meets these conditions" in refused
    assert "<progress" not in refused


def test_a_step_that_there_is_not_leads_back_without_its_words(organizer: FlaskClient) -> None:
    home = begin(organizer)
    answer = organizer.post(f"{home}/steps", data={"step": "money\r\nX-Evil: 1", "skipped": "yes"})
    assert answer.status_code == 303
    assert answer.location == home


@pytest.mark.parametrize("day", ["2126-11-05", "2031-11-05"])
def test_a_copy_for_a_day_years_ahead_is_refused(
    organizer: FlaskClient, sessions: Sessions, day: str
) -> None:
    """A plan of a hundred years would keep a worker busy for good."""
    home = begin(organizer)
    page = organizer.post(
        home.replace("/set-up", "/copy"), data={"name": "Copy", "polling_day": day}
    )
    assert page.status_code == 422
    assert "within four years" in page.text
    new = {"step": "rules", **WHO, **WHERE, "name": "Later", "polling_day": day}
    assert "within four years" in organizer.post("/campaigns/set-up", data=new).text
    with sessions() as session:
        assert session.scalars(select(Campaign.name)).all() == [WHO["name"]]


def test_a_reserve_that_rounds_to_all_of_the_budget_is_refused(organizer: FlaskClient) -> None:
    home = begin(organizer)
    all_of_it = {"budget": "5", "reserve_percent": "99.999999999"}
    assert organizer.post(f"{home}/money", data=all_of_it).status_code == 422


def test_a_look_that_is_asked_for_many_times_is_taken_once(
    organizer: FlaskClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sessions.begin() as session:
        texting(session, 1)
    looked: list[str] = []
    monkeypatch.setattr(senders, "look", lambda *words, **_: looked.append(words[3]))
    form = {"kind": ["account"] * 50 + ["number"]}
    organizer.post("/campaigns/1/set-up/senders/1/checks", data=form)
    assert looked == ["account", "number"]


@pytest.mark.parametrize("page", ["imports", "people", "universes"])
def test_a_page_outside_of_the_campaign_has_a_way_back(organizer: FlaskClient, page: str) -> None:
    home = begin(organizer)
    assert f'href="{home}"' not in organizer.get(f"/{page}").text
    assert f'href="{home}"' in organizer.get(f"/{page}?set-up=1").text
    assert f'href="{home}"' in organizer.get(f"/{page}").text, "lost on the way through forms"
    organizer.get(f"{home}/money")
    assert f'href="{home}"' not in organizer.get(f"/{page}").text


def test_the_first_words_are_written_on_one_page_and_the_rest_under_scripts(
    organizer: FlaskClient,
) -> None:
    home = begin(organizer)
    assert f'href="{home}/words"' in organizer.get(home).text
    organizer.post(f"{home}/channels", data={"channels": "call"})
    organizer.post(f"{home}/words", data={"call_body": "Hi {first_name}"})
    assert f'href="{home}/words"' not in organizer.get(home).text
    assert 'href="/campaigns/1/scripts"' in organizer.get(home).text


def test_a_step_is_skipped_by_hand(organizer: FlaskClient) -> None:
    home = begin(organizer)
    data = {"step": "rehearsal", "skipped": "yes"}
    assert organizer.post(f"{home}/steps", data=data).location.endswith("#rehearsal")
    assert "You said that this is not needed." in organizer.get(home).text
    organizer.post(f"{home}/steps", data={"step": "universe", "skipped": "yes"})
    assert "This step cannot be skipped." in organizer.get(home).text


def test_a_check_without_a_carrier_says_what_to_do(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    home = begin(organizer)
    with sessions.begin() as session:
        session.add(Sender(campaign_id=1, channel=Channel.TEXT, name="T", address="+18335550142"))
    assert organizer.post(f"{home}/senders/1/checks").status_code == 303
    page = organizer.get(f"{home}/senders").text
    assert "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in page
    trial = {"to": "+19195550199", "key": str(uuid4())}
    assert organizer.post(f"{home}/senders/1/test", data=trial).status_code == 303
    assert "It did not go out" in organizer.get(f"{home}/senders").text
    organizer.post(f"{home}/senders/1/test", data={"to": "12", "key": str(uuid4())})
    assert "This is no address that can be reached" in organizer.get(f"{home}/senders").text
    assert organizer.post(f"{home}/senders/1/test", data={"to": "12"}).status_code == 404
    assert organizer.post(f"{home}/senders/1/checks", data={"kind": "dns"}).status_code == 404
    assert organizer.post(f"{home}/senders/2/checks").status_code == 404


def test_a_campaign_is_copied_for_the_next_election(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        texting(session, 2)
    assert "Copy for the next election" in organizer.get("/campaigns/1/copy").text
    form = {"name": "Runoff", "polling_day": "2027-03-02"}
    past = organizer.post("/campaigns/1/copy", data=form | {"polling_day": "2026-10-01"})
    assert past.status_code == 422
    assert "The polls of this day have closed" in past.text
    assert organizer.post("/campaigns/1/copy", data=form | {"polling_day": ""}).status_code == 422
    home = organizer.post("/campaigns/1/copy", data=form).location
    page = organizer.get(f"{home}/senders").text
    assert "Copied from another campaign" in page
    assert "Chosen now: 2 voters" in organizer.get(f"{home}/universe").text
    with sessions() as session:
        stopped = session.scalars(select(Sender.id).where(Sender.campaign_id != 1)).first()
    start = f"{home.removesuffix('/set-up')}/senders/{stopped}/go-on"
    from_there = {"Referer": f"http://localhost{home}/senders"}
    assert organizer.post(start, headers=from_there).location == f"{home}/senders"
    with sessions() as session:
        assert session.scalars(select(Sender.stopped).where(Sender.id == stopped)).one() == ""
    assert '<span class="tag warn">draft</span>' in organizer.get("/campaigns").text


def test_a_draft_can_begin_later_but_not_in_the_past(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    home = begin(organizer)
    organizer.post(f"{home}/start", data={"starts_at": "2026-10-30T09:00"})
    with sessions() as session:
        assert session.scalars(select(Campaign.starts_at)).one() == NOON + timedelta(hours=21)
    organizer.post(f"{home}/start", data={"starts_at": "2026-10-01T09:00"})
    assert "This is past" in organizer.get(f"{home}/go").text
    organizer.post(f"{home}/start", data={"starts_at": "2026-11-20T09:00"})
    assert "Start on polling day at the latest." in organizer.get(f"{home}/go").text
    organizer.post(f"{home}/start", data={"starts_at": ""})
    with sessions() as session:
        assert session.scalars(select(Campaign.starts_at)).one() == NOON


def test_the_set_up_of_a_full_campaign_asks_few_queries(
    organizer: FlaskClient, sessions: Sessions, engine: Engine
) -> None:
    with sessions.begin() as session:
        made, _ = texting(session, 20, setup={"channels": ["call", "text", "email"]})
        for number in range(6):
            session.add(
                Sender(
                    campaign_id=made.id,
                    channel=Channel.TEXT,
                    name=f"N{number}",
                    address=f"+1833555014{number}",
                    price=Decimal("0.01"),
                )
            )
        session.flush()
        for sender in session.scalars(select(Sender.id)).all():
            for kind in ("account", "number", "test", "relay", "dns"):
                facts = {"attempt": str(uuid4())} if kind == "test" else {}
                session.add(
                    SenderCheck(
                        sender_id=sender, kind=kind, passed=True, facts=facts, checked_at=NOON
                    )
                )
    person = factories.person(sessions, "volunteer", 1)
    with sessions.begin() as session:
        for days in range(4):
            at = NOON + timedelta(days=days)
            session.add(
                Shift(
                    campaign_id=1,
                    user_id=person.id,
                    channel=Channel.CALL,
                    starts_at=at,
                    ends_at=at + timedelta(hours=3),
                    created_at=NOON,
                )
            )
    ramp = {Channel.TEXT: RampRule(Shape.LINEAR, NOON.date(), 20)}
    set_ramps(sessions, 1, ramp, by=None, now=NOON, wall=NOON)
    for state in ("running", "draft"):
        with sessions.begin() as session:
            session.execute(update(Campaign).values(state=state))
        for page in PAGES:
            with queries(engine) as asked:
                assert organizer.get(f"/campaigns/1/set-up{page}").status_code in (200, 303)
            assert len(asked) <= 15, (page, asked)


def test_the_set_up_is_for_organizers_and_of_campaigns_that_exist(
    web: Flask, sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    volunteer = sign_in("team_lead", 1)
    assert volunteer.get("/campaigns/1/set-up").status_code == 403
    assert volunteer.get("/campaigns/set-up").status_code == 403
    organizer = sign_in("organizer")
    for page in (*PAGES, "/nowhere"):
        assert organizer.get(f"/campaigns/9/set-up{page}").status_code == 404


def test_it_is_said_in_spanish_without_a_broken_page(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    home = begin(organizer)
    for page in PAGES:
        answer = organizer.get(f"{home}{page}", headers={"Accept-Language": "es"})
        assert answer.status_code == 200
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET setup = '{}'"))
        session.add(Script(campaign_id=1, channel=Channel.EMAIL, subject="S", body="B"))
    assert organizer.get(f"{home}/words").status_code == 200
