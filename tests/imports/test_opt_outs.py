"""Do-not-contact lists and consents, as loaded."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.domain.channel import Channel
from app.services.release import release_some
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.messages import OptOut
from tests import factories, scene
from tests.factories import NOON
from tests.imports.lists import Load, came_to, rows


def opt_outs(engine: Engine) -> list[tuple[str, str]]:
    """Each address and channel that is barred."""
    return rows(engine, "SELECT address, channel FROM opt_outs ORDER BY 1, 2")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("header", "row", "barred"),
    [
        ("phone", "(919) 555-0101", ["+19195550101 call", "+19195550101 text"]),
        ("email", "Jo@Example.org", ["jo@example.org email"]),
        ("address", "919.555.0101", ["+19195550101 call", "+19195550101 text"]),
        ("address", "jo@example.org", ["jo@example.org email"]),
        ("phone,channel", "9195550101,SMS", ["+19195550101 text"]),
        ("phone,channel", "9195550101,Phone", ["+19195550101 call", "+19195550101 text"]),
        (
            "phone,email,channel",
            "9195550101,jo@example.org,all",
            ["+19195550101 call", "+19195550101 text", "jo@example.org email"],
        ),
        ("phone,email,channel", "9195550101,jo@example.org,calls", ["+19195550101 call"]),
        (
            "phone",
            "919-555-0101 (cell) / 919-555-0102",
            ["+19195550101 call", "+19195550101 text", "+19195550102 call", "+19195550102 text"],
        ),
        # A wish that we cannot read well is kept rather too widely.
        ("phone,channel", "9195550101,carrier pigeon", ["+19195550101 call", "+19195550101 text"]),
        ("phone,email", "555-01,jo@example.org", ["jo@example.org email"]),
    ],
)
def test_an_address_is_barred_on_its_channels(
    engine: Engine, load: Load, header: str, row: str, barred: list[str]
) -> None:
    assert came_to(load("do_not_contact", header, row)) == (1, 0, 0, 0)
    assert [" ".join(each) for each in opt_outs(engine)] == barred


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("phone", "555-01", "phone '555-01' has 5 digits"),
        ("phone,email", "N/A,nobody", "'nobody' is no email address"),
        ("phone,note", ",moved away", "no phone and no email"),
        ("email,channel", "jo@example.org,text", "channel 'text' does not go with jo@example.org"),
        ("phone,channel", "9195550101,email", "channel 'email' does not go with +19195550101"),
    ],
)
def test_an_address_that_cannot_be_barred_says_why(
    engine: Engine, load: Load, header: str, row: str, reason: str
) -> None:
    loaded = load("do_not_contact", header, row)
    assert loaded.refused == {2: reason}
    assert opt_outs(engine) == []


def test_what_was_not_understood_of_a_wish_is_told(load: Load) -> None:
    loaded = load("do_not_contact", "phone,channel", "9195550101,pigeon")
    assert loaded.notes == ["Row 2: channel 'pigeon' is not known; all were taken"]


def test_a_wish_cancels_what_is_pending_and_stands_as_it_was_first_made(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 3)
        session.add(
            OptOut(
                address="+19195550002",
                channel="call",
                source="call",
                words="take me off",
                opted_out_at=NOON - timedelta(days=1),
            )
        )
    lines = ("phone,note", "919-555-0001,asked at the door", "9195550001,", "9195550003,")
    loaded = load("do_not_contact", *lines)
    assert came_to(loaded) == (2, 0, 1, 0)
    assert loaded.counts["canceled"] == 2
    states = "SELECT address, state, reason FROM touches ORDER BY address"
    assert rows(engine, states) == [
        ("+19195550001", "canceled", "opted out"),
        ("+19195550002", "ready", ""),
        ("+19195550003", "canceled", "opted out"),
    ]
    later = load("do_not_contact", *lines, "9195550002,", at=NOON + timedelta(days=1))
    assert came_to(later) == (1, 0, 3, 0)  # texts are new
    said = "SELECT source, words FROM opt_outs WHERE channel = 'call' ORDER BY address"
    assert rows(engine, said) == [
        ("list", "asked at the door"),
        ("call", "take me off"),
        ("list", ""),
    ]


def test_a_wish_about_texts_leaves_the_calls(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 1)
    assert load("do_not_contact", "phone,channel", "9195550001,text").counts["canceled"] == 0
    assert rows(engine, "SELECT state FROM touches") == [("ready",)]


# Consents beside what tests/imports/test_consents.py has


def test_a_consent_by_phone_is_none_to_texts(load: Load) -> None:
    header = "source_id,channel,address,basis,given_on"
    loaded = load("consents", header, ",Phone,9195550101,form,2026-10-01")
    assert loaded.refused == {2: "channel 'Phone' is none of text, call, email"}


def test_a_consent_to_texts_makes_a_number_textable(sessions: Sessions, load: Load) -> None:
    with sessions.begin() as session:
        made, whom = scene.texting(session, 2)
        whom[0].phone = "+19195559001"
        whom[1].phone = "+19195559002"
    header = "source_id,channel,address,basis,given_on"
    load("consents", header, "AA000002,SMS,919-555-9002,sign-up form,2026-10-01")
    with sessions.begin() as session:
        frame = load_frame(session, made.id)
        assert release_some(session, frame, Channel.TEXT, 5, NOON) == 1
