"""A campaign set up step by step: a draft that says what it lacks, and go."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.domain.channel import Channel
from app.domain.checklist import (
    Ready,
    RehearsalSeen,
    SenderReady,
    Weight,
    checklist,
    in_the_way,
)
from app.domain.first_words import Written, says_how_to_stop, says_who_pays, unfillable
from app.domain.mail_identity import identity, parents
from app.domain.ramp import RampRule, Shape
from app.domain.sender import PRESETS, Kind
from app.domain.sender_draft import SenderDraft
from app.domain.universe import Universe
from app.services.pace import pace
from app.services.plans import set_ramps
from app.services.replan import replan
from app.services.senders import add_sender
from app.services.set_up import go as going
from app.services.set_up.basics import Basics, begin, check
from app.services.set_up.by_hand import choose_channels, mark
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.facts import Seen, is_outside, see
from app.services.set_up.first_words import first_words
from app.services.set_up.money import set_money
from app.services.set_up.steps import steps
from app.services.set_up.universe import choose_universe
from app.store.campaigns import Campaign, Script
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.people import AuditEntry
from app.store.touches import Target, Touch
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import consent

BASICS = Basics("Rivera 2026", "Ana Rivera", "Friends of Rivera", POLLING_DAY, "US", ("NC",))
WORDS = "Hi {first_name}, vote! Paid for by {organization}. STOP to opt out"
URL = "https://vote.example.org"
REASONS = dict.fromkeys(
    ("looks_text", "webhooks", "money", "coverage", "rehearsal", "alerts"), "we know, and go on"
)


def begun(sessions: Sessions, basics: Basics = BASICS) -> int:
    return begin(sessions, basics, by=None, now=NOON)


def ready_draft(sessions: Sessions) -> int:
    """A draft that lacks nothing which must be there."""
    with sessions.begin() as session:
        consent(session, factories.voters(session, 6))
        factories.worker(session, "one", NOON)
    made = begun(sessions)
    choose_universe(sessions, made, Universe(states=("NC",)), by=None, now=NOON)
    number = SenderDraft(
        Kind.TOLL_FREE, "", "+18335550142", PRESETS[Kind.TOLL_FREE].rates, Decimal("0.0079")
    )
    add_sender(sessions, made, number, by=None, now=NOON)
    set_money(sessions, made, Decimal(100), Decimal("0.3"), by=None, now=NOON)
    first_words(sessions, made, {Channel.TEXT: ("", WORDS)}, by=None, now=NOON)
    ramp = RampRule(Shape.LINEAR, NOON.date(), 12)
    set_ramps(sessions, made, {Channel.TEXT: ramp}, by=None, now=NOON, wall=NOON)
    return made


def seen(sessions: Sessions, campaign_id: int) -> Seen:
    with sessions() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
        return see(session, campaign, URL, now=NOON, wall=NOON)


def states(sessions: Sessions, campaign_id: int) -> dict[str, str]:
    return {step.name: step.state for step in steps(seen(sessions, campaign_id))}


def go(sessions: Sessions, campaign_id: int, reasons: dict[str, str] = REASONS) -> bool:
    return going.go(sessions, campaign_id, reasons, public_url=URL, by=None, now=NOON, wall=NOON)


def test_place_and_day_alone_make_a_draft_with_the_tables_hours(sessions: Sessions) -> None:
    made = begun(sessions)
    with sessions() as session:
        row = session.scalars(select(Campaign)).one()
        assert load_frame(session, made).draft
    assert (row.state, row.zone, row.polls_by_state) == ("draft", "America/New_York", True)
    assert (row.polls_open, row.polls_close) == (time(6, 30), time(19, 30))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": "R"}, "name", "short"),
        ({"organization": " "}, "organization", "empty"),
        ({"states": ("XX",)}, "states", "unknown_state"),
        ({"states": ()}, "zone", "unknown_zone"),
        ({"zone": "Mars/Base"}, "zone", "unknown_zone"),
        ({"zone": "America"}, "zone", "unknown_zone"),
        ({"polling_day": date(2026, 10, 28)}, "polling_day", "past"),
        ({"polls_open": time(20)}, "polls_close", "order"),
        ({"country": "PL", "states": ()}, "zone", "unknown_zone"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    change: dict[str, object], field: str, code: str
) -> None:
    assert check(replace(BASICS, **change), NOON)[field] == code  # type: ignore[arg-type]


def test_a_form_sent_twice_makes_one_draft(sessions: Sessions) -> None:
    begun(sessions)
    with pytest.raises(SetUpRefused) as refused:
        begun(sessions)
    assert refused.value.problems == {"name": "taken"}


def test_the_steps_say_what_is_missing_and_follow_the_tables(sessions: Sessions) -> None:
    made = begun(sessions)
    first = states(sessions, made)
    assert {name for name, state in first.items() if state == "missing"} == {
        *("voters", "universe", "senders", "ramp", "words", "plan", "rehearsal")
    }
    made = ready_draft_on(sessions, made)
    later = states(sessions, made)
    assert (later["voters"], later["universe"], later["ramp"], later["words"]) == ("done",) * 4
    assert later["senders"] == "look"  # nobody has checked it
    with sessions.begin() as session:
        session.execute(Target.__table__.delete())
    assert states(sessions, made)["universe"] == "missing"


def ready_draft_on(sessions: Sessions, made: int) -> int:
    with sessions.begin() as session:
        session.execute(Campaign.__table__.delete().where(Campaign.id == made))
    return ready_draft(sessions)


def test_a_step_that_is_not_needed_is_marked_by_hand_and_taken_up_again(
    sessions: Sessions,
) -> None:
    made = begun(sessions)
    assert mark(sessions, made, "rehearsal", True, by=None, now=NOON)
    assert not mark(sessions, made, "rehearsal", True, by=None, now=NOON)
    assert states(sessions, made)["rehearsal"] == "skipped"
    assert mark(sessions, made, "rehearsal", False, by=None, now=NOON)
    assert states(sessions, made)["rehearsal"] == "missing"
    with pytest.raises(SetUpRefused):
        mark(sessions, made, "universe", True, by=None, now=NOON)


def test_choosing_again_replaces_whom_the_draft_works_on(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.voters(session, 3)
        factories.voters(session, 2, 4, state="VA")
    made = begun(sessions)
    choose = [Universe(states=("NC",)), Universe(states=("VA",))]
    counts = [
        choose_universe(sessions, made, one, by=None, now=NOON) for one in (*choose, Universe())
    ]
    assert counts == [3, 2, 5]
    with pytest.raises(SetUpRefused) as refused:
        choose_universe(sessions, made, Universe(states=("TX",)), by=None, now=NOON)
    assert refused.value.problems == {"universe": "nobody"}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Target)) == 5


def test_a_choice_is_counted_at_once_and_is_looked_at_again_after_another_file(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        consent(session, factories.voters(session, 2))
        factories.voters(session, 1, 3, phone=None)
    made = begun(sessions)
    choose_universe(sessions, made, Universe(), by=None, now=NOON)
    assert seen(sessions, made).people == {"whole": 3, "call": 2, "text": 2, "email": 3}
    assert states(sessions, made)["universe"] == "done"
    with sessions.begin() as session:
        factories.import_run(session).ended_at = NOON + timedelta(minutes=1)
    assert states(sessions, made)["universe"] == "look"
    choose_universe(sessions, made, Universe(), by=None, now=NOON + timedelta(minutes=2))
    assert states(sessions, made)["universe"] == "done"


@pytest.mark.parametrize(
    ("state", "voters", "expected"),
    [
        ("draft", 0, "look"),
        ("canceled", 0, "missing"),
        ("failed", 0, "missing"),
        ("draft", 1, "done"),
        ("running", 1, "look"),
    ],
)
def test_a_file_that_waits_or_is_on_its_way_is_worth_a_look(
    sessions: Sessions, state: str, voters: int, expected: str
) -> None:
    made = begun(sessions)
    with sessions.begin() as session:
        factories.import_run(session).state = state
        factories.voters(session, voters)
    assert states(sessions, made)["voters"] == expected


def test_another_choice_brings_another_plan(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    with sessions.begin() as session:
        factories.voters(session, 2, 50)
    wall = NOON + timedelta(hours=1)
    assert replan(sessions, "w", now=NOON, wall=wall) == []
    choose_universe(sessions, made, Universe(), by=None, now=NOON)
    assert replan(sessions, "w", now=NOON, wall=wall) == [made]
    assert seen(sessions, made).people["whole"] == 8


def test_the_first_words_get_a_version_only_when_they_change(sessions: Sessions) -> None:
    made = begun(sessions)
    for body in (WORDS, WORDS, WORDS + "!"):
        first_words(sessions, made, {Channel.TEXT: ("", body)}, by=None, now=NOON)
    with sessions() as session:
        assert list(session.scalars(select(Script.version).order_by(Script.id))) == [1, 2]
    with pytest.raises(SetUpRefused):
        first_words(sessions, made, {Channel.TEXT: ("", "I am {volunteer}")}, by=None, now=NOON)


def test_nothing_is_released_for_a_draft_and_everything_once_it_has_begun(
    sessions: Sessions,
) -> None:
    made = ready_draft(sessions)
    later = NOON + timedelta(hours=1)

    def released() -> int:
        pace(sessions, now=later)
        with sessions() as session:
            return session.scalar(select(func.count()).select_from(Touch)) or 0

    assert released() == 0
    assert go(sessions, made)
    with sessions() as session:
        row = session.scalars(select(Campaign)).one()
        assert (row.state, row.starts_at) == ("running", NOON)
    assert released() > 0


def test_by_which_channels_it_means_to_work_is_noted_once(sessions: Sessions) -> None:
    draft = begun(sessions)
    for _ in range(2):
        choose_channels(sessions, draft, [Channel.TEXT], by=7, now=NOON)
    with sessions() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.user_id == 7)).one()
    assert (noted.action, noted.details) == ("channels chosen", {"channels": ["text"]})


def test_go_twice_begins_once_and_keeps_the_reasons(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    assert (go(sessions, made), go(sessions, made)) == (True, False)
    with sessions() as session:
        begun_ = session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign begun"))
        (entry,) = begun_.all()
    assert entry.details["passed_over"]["rehearsal"] == "we know, and go on"


def test_what_must_be_there_is_not_passed_over_whatever_the_reason(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE senders SET stopped = 'sick'"))
        session.execute(text("DELETE FROM workers"))
        session.execute(text("UPDATE scripts SET body = 'Vote, {candidate}!'"))
    with pytest.raises(going.NotYet) as missing:
        go(sessions, made, {**REASONS, "workers": "because I say so"})
    names = {one.name for one in missing.value.points}
    assert names == {"sender_text", "workers", "payer", "opt_out"}
    with sessions() as session:
        assert session.scalars(select(Campaign.state)).one() == "draft"


def test_what_should_be_there_needs_a_reason_of_more_than_a_sigh(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    with pytest.raises(going.NotYet) as missing:
        go(sessions, made, {**REASONS, "rehearsal": "eh"})
    assert [one.name for one in missing.value.points] == ["rehearsal"]


READY = Ready(
    now=NOON,
    closes_at=NOON + timedelta(days=5),
    people=True,
    ramps=(Channel.TEXT,),
    organization="Friends",
    candidate="Ana",
    scripts=(Written(Channel.TEXT, "en", "", WORDS),),
    senders=(SenderReady(1, Channel.TEXT, "Texts", True),),
    webhooks=True,
    outside=True,
    workers=1,
    planned=True,
    silent_hours=0,
    alert_mails=1,
)


def test_only_the_rehearsal_stands_in_the_way_of_a_campaign_that_has_all_else() -> None:
    assert [one.name for one in in_the_way(checklist(READY), {})] == ["rehearsal"]


@pytest.mark.parametrize(
    ("lacking", "point"),
    [
        ({"organization": ""}, "fields"),
        ({"scripts": ()}, "scripts"),
        ({"scripts": (Written(Channel.TEXT, "en", "", "STOP to opt out"),)}, "payer"),
        ({"scripts": (Written(Channel.TEXT, "en", "", "Paid for by Friends"),)}, "opt_out"),
        ({"senders": (SenderReady(1, Channel.TEXT, "Texts", False),)}, "sender_text"),
        ({"workers": 0}, "workers"),
        ({"people": False}, "people"),
        ({"planned": False}, "plan"),
        ({"ramps": ()}, "ramp"),
        ({"closes_at": NOON}, "day"),
    ],
)
def test_each_thing_that_must_be_there_stands_in_the_way_alone(
    lacking: dict[str, Any], point: str
) -> None:
    points = checklist(replace(READY, **lacking))
    reasons = dict.fromkeys((one.name for one in points), "because I say so")
    assert point in {one.name for one in in_the_way(points, reasons)}


@pytest.mark.parametrize(
    ("lacking", "point"),
    [
        ({"webhooks": False}, "webhooks"),
        ({"silent_hours": 3}, "coverage"),
        ({"alert_mails": 0}, "alerts"),
        ({"money": False}, "money"),
        ({"senders": (SenderReady(1, Channel.TEXT, "Texts", True, ("account",)),)}, "looks_text"),
        ({"senders": (SenderReady(1, Channel.TEXT, "T", True, (), ("test",)),)}, "looks_text"),
        ({"rehearsal": RehearsalSeen(1, NOON, False)}, "rehearsal"),
        (
            {"rehearsal": RehearsalSeen(1, NOON, True), "changed_at": NOON + timedelta(1)},
            "rehearsal",
        ),
    ],
)
def test_each_thing_that_should_be_there_is_passed_over_with_a_reason(
    lacking: dict[str, Any], point: str
) -> None:
    points = checklist(replace(READY, **{"rehearsal": RehearsalSeen(1, NOON, True), **lacking}))
    assert [one.name for one in in_the_way(points, {})] == [point]
    assert in_the_way(points, {point: "we know, and go on"}) == ()


def test_a_channel_that_is_not_used_is_not_asked_about() -> None:
    names = {point.name for point in checklist(replace(READY, ramps=(Channel.CALL,)))}
    assert not names & {"opt_out", "webhooks", "unsubscribe", "sender_text"}
    assert {"shifts", "scripts"} <= names


def test_only_those_who_are_told_of_incidents_count_as_somebody_who_is(sessions: Sessions) -> None:
    draft, other = begun(sessions), begun(sessions, replace(BASICS, name="Westside"))
    factories.person(sessions, "organizer", other, "Wes")
    assert seen(sessions, draft).ready.alert_mails == 0
    factories.person(sessions, "organizer", draft, "Eve")
    factories.person(sessions, "admin", None, "Zoe")
    assert seen(sessions, draft).ready.alert_mails == 2


def test_every_must_is_well_or_in_the_way() -> None:
    nothing = Ready(NOON, NOON, False, (), "", "", (), (), False, False, 0, False, 0)
    points = checklist(nothing)
    musts = {one.name for one in points if one.weight is Weight.MUST and not one.ok}
    assert musts >= {"day", "people", "ramp", "plan", "workers"}
    assert musts <= {one.name for one in in_the_way(points, dict.fromkeys(musts, "a good reason"))}


@pytest.mark.parametrize(
    ("body", "stops", "pays"),
    [
        (WORDS, True, True),
        ("Reply stop to end. Pagado por {organization}", True, True),
        ("Nonstop fun with {organization}", False, False),
        ("Paid for by Friends", False, True),
        ("Paid for by somebody else. UNSUBSCRIBE", True, False),
    ],
)
def test_a_text_says_who_pays_and_how_to_stop(body: str, stops: bool, pays: bool) -> None:
    script = Written(Channel.TEXT, "en", "", body)
    assert (says_how_to_stop(body), says_who_pays(script, "Friends")) == (stops, pays)


@pytest.mark.parametrize(
    ("channel", "body", "wrong"),
    [
        (Channel.TEXT, "{first_name} {candidate}", ""),
        (Channel.TEXT, "{organization}", "{organization}"),
        (Channel.TEXT, "{volunteer}", "{volunteer}"),
        (Channel.CALL, "{volunteer}", ""),
    ],
)
def test_a_field_that_nothing_fills_is_named(channel: Channel, body: str, wrong: str) -> None:
    assert unfillable(Written(channel, "en", "", body), {"candidate"}) == wrong
    assert unfillable(Written(channel, "en", "", body + "{oops"), {"candidate"})


@pytest.mark.parametrize(
    ("url", "outside"),
    [
        (URL, True),
        ("http://vote.example.org", False),
        ("http://localhost:8000", False),
        ("https://campaign.local", False),
        ("https://10.0.0.3", False),
    ],
)
def test_an_address_of_the_own_network_is_not_outside(url: str, outside: bool) -> None:
    assert is_outside(url) is outside


@pytest.mark.parametrize(
    ("spf", "dmarc", "keys", "known", "passed"),
    [
        (["v=spf1 -all"], ["v=DMARC1; p=reject"], {"s1": ["v=DKIM1; p=MIG"]}, False, True),
        (["v=spf1 -all"], ["v=DMARC1; p=none"], {"s1": ["k=rsa; p=MIG"]}, False, True),
        ([], ["v=DMARC1; p=reject"], {"s1": ["p=MIG"]}, False, False),
        (["v=spf1 -all", "v=spf1 ~all"], ["v=DMARC1"], {"s1": ["p=M"]}, False, False),
        (["v=spf1 -all"], [], {"s1": ["p=MIG"]}, False, False),
        (["v=spf1 -all"], ["v=DMARC1; p=none"], {"s1": []}, False, None),  # another name, maybe
        (["v=spf1 -all"], ["v=DMARC1; p=none"], {"s1": []}, True, False),
        (["v=spf1 -all"], ["v=DMARC1; p=none"], {"s1": ["v=DKIM1; p="]}, True, False),  # taken back
        (["v=spf1 -all"], None, {"s1": ["p=MIG"]}, True, None),
    ],
)
def test_records_are_judged_as_receivers_do(
    spf: list[str] | None,
    dmarc: list[str] | None,
    keys: dict[str, list[str] | None],
    known: bool,
    passed: bool | None,
) -> None:
    assert identity(spf, dmarc, keys, selector_known=known).passed is passed


def test_the_record_of_a_domain_above_serves_those_below() -> None:
    assert parents("mail.vote.example.org") == (
        *("mail.vote.example.org", "vote.example.org", "example.org"),
    )
