"""Do-not-contact lists, precincts, volunteers, shifts and survey answers, as loaded."""

from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.domain.kind import KINDS
from app.domain.language import names
from app.domain.listed import folded, languages_in
from app.domain.tables import table
from app.domain.time_of_day import clean_time, in_words
from app.services.claim import next_call
from app.services.dispatch import claim_batch
from app.services.lists import LOADERS
from app.services.rejects import ImportRefused
from app.services.release import release_some
from app.services.teams import add_member, add_team
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.messages import OptOut
from tests import factories, scene
from tests.factories import NOON
from tests.imports.lists import WALL, Load, came_to, loader, rows

OTHERS = {"voters", "history"}


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Loads lists."""
    return loader(engine, tmp_path)


def test_every_other_kind_of_list_has_its_loader() -> None:
    assert KINDS.keys() - OTHERS == LOADERS.keys()


@pytest.mark.parametrize("name", ["channel_words", "ballot_stages", "language_words"])
def test_each_word_of_a_table_stands_there_once_as_it_is_compared(name: str) -> None:
    words = [row["word"] for row in table(name)]
    assert len(words) == len(set(words))
    assert [word for word in words if word != " ".join(word.casefold().split())] == []
    if name != "language_words":
        assert [word for word in words if word != folded(word)] == []


# Times and languages


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("6:30 am", time(6, 30)),
        ("06:30", time(6, 30)),
        ("0630", time(6, 30)),
        ("7", time(7)),
        ("7pm", time(19)),
        ("7 P.M.", time(19)),
        ("7.30 pm", time(19, 30)),
        ("7p", time(19)),
        ("19:30", time(19, 30)),
        ("19:30:00", time(19, 30)),
        ("07:00:00 PM", time(19)),
        ("12 am", time(0)),
        ("12 pm", time(12)),
        ("Noon", time(12)),
        ("0:00", time(0)),
        ("24:00", None),
        ("13 pm", None),
        ("0 am", None),
        ("7:60", None),
        ("7m", None),
        ("seven", None),
        ("", None),
        ("6:30 am - 7:30 pm", None),
        ("٧", None),
    ],
)
def test_a_time_is_read_as_people_write_it(raw: str, at: time | None) -> None:
    assert clean_time(raw) == at


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_that_is_said_is_read_again(hour: int, minute: int) -> None:
    assert clean_time(in_words(time(hour, minute))) == time(hour, minute)


@given(st.text())
def test_whatever_stands_in_a_cell_is_a_time_or_none(raw: str) -> None:
    assert clean_time(raw) is None or raw.strip()


@pytest.mark.parametrize(
    ("raw", "codes", "strange"),
    [
        ("English", ["en"], []),
        ("English, español / zh", ["en", "es", "zh"], []),
        ("Spanish and English; Spanish", ["es", "en"], []),
        ("Klingon, Haitian Creole", ["ht"], ["klingon"]),
        ("", [], []),
    ],
)
def test_languages_are_read_as_codes(raw: str, codes: list[str], strange: list[str]) -> None:
    assert languages_in(raw, names()) == (codes, strange)


def test_every_language_we_know_can_be_written_by_its_name() -> None:
    assert {code: languages_in(name, names())[0] for code, name in names().items()} == {
        code: [code] for code in names()
    }


# Do not contact


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


# Precincts

PRECINCTS = "state,county,code,place,address,opens,closes"
SCHOOL = "NC,WAKE,01-01,Lincoln School,12 OAK ST,6:30 am,7:30pm"


def test_precincts_go_in_once_and_keep_what_a_shorter_list_does_not_say(
    engine: Engine, load: Load
) -> None:
    hall = "nc,Wake County,01-02,Town Hall,,,"
    assert came_to(load("precincts", PRECINCTS, SCHOOL, hall)) == (2, 0, 0, 0)
    stored = "SELECT county, code, place, address, opens::text FROM precincts ORDER BY code"
    assert rows(engine, stored) == [
        ("Wake", "01-01", "Lincoln School", "12 Oak St", "06:30:00"),
        ("Wake", "01-02", "Town Hall", "", None),
    ]
    assert came_to(load("precincts", PRECINCTS, SCHOOL, hall)) == (0, 0, 2, 0)
    short = ("state,county,code,place", "NC,Wake,01-01,Lincoln School", "NC,Wake,01-02,Library")
    assert came_to(load("precincts", *short)) == (0, 1, 1, 0)
    assert rows(engine, stored)[0] == ("Wake", "01-01", "Lincoln School", "12 Oak St", "06:30:00")
    moved = ("state,county,code,place", "NC,Wake,01-01,Fire Station")
    load("precincts", *moved)
    # The new place must not be said with the address of the old one.
    assert rows(engine, stored)[0][2:4] == ("Fire Station", "")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("NC,Wake,,Lincoln School,,,", "no precinct"),
        ("NC,Wake,01-01, ,,,", "no polling place"),
        ("Carolina,Wake,1,School,,,", "state 'Carolina' is not two letters, as in NC"),
        (
            "NC,Wake,1,School,,7 pm,6:30 am",
            "closes at 6:30 am, opens at 7 pm: write am or pm, or 19:30",
        ),
        (
            "NC,Wake,1,School,,7,7",
            "closes at 7 am, opens at 7 am: write am or pm, or 19:30",
        ),
        ("NC,Wake,1,School,,early,", "opens 'early' is no time: write 6:30 am or 06:30"),
        ("NC,Wake,9,Other School,,,", "same precinct as row 2, which was kept"),
    ],
)
def test_a_precinct_that_stays_out_says_why(load: Load, row: str, reason: str) -> None:
    loaded = load("precincts", PRECINCTS, "NC,Wake,9,School,,,", row, "NC,Wake,9,School,,,")
    assert loaded.refused == {3: reason}
    assert came_to(loaded) == (1, 0, 1, 1)


@pytest.mark.parametrize(
    ("precinct", "said"),
    [
        ("NC,,LINCOLN SCHOOL,Lincoln School,12 Oak St", "Lincoln School, 12 Oak St"),
        ("NC,Wake,LINCOLN SCHOOL,Lincoln School,", "Lincoln School"),
        ("NC,Wake County,LINCOLN SCHOOL,The Gym,1 Elm St", "The Gym, 1 Elm St"),
        (",,LINCOLN SCHOOL,The Gym,1 Elm St", "The Gym, 1 Elm St"),
        ("NC,Durham,LINCOLN SCHOOL,The Gym,1 Elm St", "precinct LINCOLN SCHOOL"),
        ("VA,,LINCOLN SCHOOL,The Gym,1 Elm St", "precinct LINCOLN SCHOOL"),
    ],
)
@pytest.mark.parametrize("county", ["Wake", "Wake County"])
def test_texts_and_calls_name_the_polling_place(
    sessions: Sessions, load: Load, precinct: str, said: str, county: str
) -> None:
    load("precincts", "state,county,code,place,address", precinct)
    script = "Vote at {polling_place}."
    with sessions.begin() as session:
        made, whom = scene.texting(session, 1)
        whom[0].county = county
        session.execute(text("UPDATE scripts SET body = :body"), {"body": script})
        frame = load_frame(session, made.id)
        assert release_some(session, frame, Channel.TEXT, 1, NOON) == 1
    batch = claim_batch(sessions, Channel.TEXT, scene.CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    assert [each.body for each in batch.tries] == [f"Vote at {said}."]
    caller = factories.person(sessions, "volunteer", made.id)
    card = next_call(sessions, made.id, caller.id, now=NOON, wall=NOON)
    assert getattr(card, "script", None) == f"Vote at {said}."


def test_the_precinct_of_the_county_comes_before_that_of_the_state(
    sessions: Sessions, load: Load
) -> None:
    load(
        "precincts",
        "state,county,code,place",
        ",,LINCOLN SCHOOL,Anywhere",
        "NC,,LINCOLN SCHOOL,Statewide",
        "NC,Wake,LINCOLN SCHOOL,Wake Hall",
    )
    with sessions.begin() as session:
        made = factories.call_list(session, 2)
        session.execute(text("UPDATE voters SET county = 'Wake' WHERE id = 1"))
    found: list[str] = []
    for name in ("one", "two"):
        caller = factories.person(sessions, "volunteer", made.id, name)
        card = next_call(sessions, made.id, caller.id, now=NOON, wall=NOON)
        found.append(getattr(card, "polling_place", ""))
    assert sorted(found) == ["Statewide", "Wake Hall"]


# Volunteers

VOLUNTEERS = "name,email,phone,languages"


def accounts(engine: Engine) -> list[tuple[object, ...]]:
    """Each account with what a list may say of it."""
    return rows(
        engine,
        "SELECT email, users.name, phone, array_to_string(languages, ' '), campaign_id, "
        "string_agg(roles.name, ' ' ORDER BY roles.name) "
        "FROM users LEFT JOIN roles_users ON user_id = users.id "
        "LEFT JOIN roles ON roles.id = role_id GROUP BY users.id ORDER BY email",
    )


def test_volunteers_get_accounts_once(engine: Engine, sessions: Sessions, load: Load) -> None:
    with sessions.begin() as session:
        made = factories.campaign(session).id
    lines = (
        VOLUNTEERS,
        "KIM LEE,Kim@Example.org,919-555-0101,Korean and English",
        "Ana de la Cruz,ana@example.org,,",
    )
    assert came_to(load("volunteers", *lines, campaign=made)) == (2, 0, 0, 0)
    assert accounts(engine) == [
        ("ana@example.org", "Ana de la Cruz", None, "en", made, "volunteer"),
        ("kim@example.org", "Kim Lee", "+19195550101", "ko en", made, "volunteer"),
    ]
    (first, _) = rows(engine, "SELECT fs_uniquifier, created_at, password FROM users ORDER BY id")
    assert (len(first[0]), first[1:]) == (32, (WALL, None))
    assert came_to(load("volunteers", *lines, campaign=str(made))) == (0, 0, 2, 0)
    newer = load("volunteers", VOLUNTEERS, "Kim Lee-Park,kim@example.org,,es")
    assert came_to(newer) == (0, 1, 0, 0)
    assert accounts(engine)[1] == (
        *("kim@example.org", "Kim Lee-Park", "+19195550101", "es"),
        *(made, "volunteer"),
    )


def test_a_volunteer_who_changes_campaigns_leaves_the_team(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        east = factories.campaign(session).id
        west = factories.campaign(session, name="Westside calls").id
    kim = factories.person(sessions, "volunteer", east, "Kim")
    team = add_team(sessions, east, "East", by=1, wall=WALL)
    add_member(sessions, team, kim.id, by=1, wall=WALL)
    for campaign, has in ((east, team), (west, None)):
        load("volunteers", VOLUNTEERS, f"Kim of {campaign},kim@example.org,,", campaign=campaign)
        assert rows(engine, "SELECT campaign_id, team_id FROM users") == [(campaign, has)]


def test_first_and_last_names_make_the_name(engine: Engine, load: Load) -> None:
    load("volunteers", "first_name,last_name,email", "ANA,DE LA CRUZ,ana@example.org")
    assert accounts(engine)[0][1] == "Ana de la Cruz"


def test_an_organizer_keeps_role_name_and_campaign(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        made = factories.campaign(session).id
    factories.person(sessions, "organizer", name="Olga Organizer")
    line = "Somebody Else,olga@example.org,9195550101,Russian"
    assert came_to(load("volunteers", VOLUNTEERS, line, campaign=made)) == (0, 1, 0, 0)
    assert accounts(engine) == [
        ("olga@example.org", "Olga Organizer", "+19195550101", "en", None, "organizer")
    ]
    other = "Somebody Else,olga@example.org,9195550102,"
    assert came_to(load("volunteers", VOLUNTEERS, other, campaign=made)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Kim,,,", "no email: accounts are known by it"),
        ("Kim,kim,,", "'kim' is no email address"),
        (",kim@example.org,,", "no name: say who this is"),
        ("Kim's Husband,first@example.org,,", "same email as row 2, which was kept"),
    ],
)
def test_a_volunteer_who_stays_out_says_why(load: Load, row: str, reason: str) -> None:
    loaded = load("volunteers", VOLUNTEERS, "Kim,first@example.org,,", row)
    assert loaded.refused == {3: reason}


def test_a_volunteer_is_kept_without_what_cannot_be_read(engine: Engine, load: Load) -> None:
    loaded = load("volunteers", VOLUNTEERS, "Kim,kim@example.org,555-01,Klingon")
    assert loaded.notes == [
        "Row 2: phone '555-01' has 5 digits; language 'klingon' is not known; "
        "kept the volunteer without it"
    ]
    assert accounts(engine)[0][2:4] == (None, "en")


def test_a_campaign_that_is_none_is_refused(load: Load) -> None:
    with pytest.raises(ImportRefused, match="there is no campaign 99"):
        load("volunteers", VOLUNTEERS, "Kim,kim@example.org,,", campaign=99)
    with pytest.raises(ImportRefused, match="'east' is no campaign’s number"):
        load("volunteers", VOLUNTEERS, "Kim,kim@example.org,,", campaign="east")


# Shifts

SHIFTS = "email,channel,day,starts,ends"


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    """A campaign on New York's clock, with two volunteers."""
    with sessions.begin() as session:
        made = factories.campaign(session).id
    for name in ("Kim", "Ana"):
        factories.person(sessions, "volunteer", made, name)
    return made


def booked(engine: Engine) -> list[tuple[object, ...]]:
    """All shifts, in UTC."""
    return rows(
        engine,
        "SELECT split_part(email, '@', 1), channel, "
        "to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), "
        "to_char(ends_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') "
        "FROM shifts JOIN users ON users.id = user_id ORDER BY starts_at, email",
    )


def test_shifts_are_on_the_campaigns_clock_and_go_in_once(
    engine: Engine, load: Load, campaign: int
) -> None:
    lines = (
        SHIFTS,
        "kim@example.org,Phone bank,2026-10-31,5 pm,8 pm",
        "Kim@Example.org,texting,11/1/2026,9,12:00",  # the clocks fell back at two in the morning
        "ana@example.org,,2026-10-31,17:00,20:00",
    )
    assert came_to(load("shifts", *lines, campaign=campaign)) == (3, 0, 0, 0)
    expected = [
        ("ana", "call", "10-31 21:00", "11-01 00:00"),
        ("kim", "call", "10-31 21:00", "11-01 00:00"),
        ("kim", "text", "11-01 14:00", "11-01 17:00"),
    ]
    assert booked(engine) == expected
    assert came_to(load("shifts", *lines, campaign=campaign)) == (0, 0, 3, 0)
    longer = "kim@example.org,calls,2026-10-31,5 pm,9 pm"
    assert came_to(load("shifts", SHIFTS, longer, campaign=campaign)) == (0, 1, 0, 0)
    assert booked(engine)[1][3] == "11-01 01:00"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "kim@example.org,call,2026-10-30,9 pm,1 am",
            "ends at 1 am, starts at 9 pm: write am or pm; a shift over midnight is two rows",
        ),
        ("kim@example.org,call,2026-10-30,5,8", "from '5': write am or pm"),
        ("kim@example.org,call,2026-10-30,evening,8 pm", "from 'evening' is no time: write 6:30"),
        ("kim@example.org,call,Friday,5 pm,8 pm", "'Friday' is no day: write it as 2026-11-03"),
        ("kim@example.org,canvass,2026-10-30,5 pm,8 pm", "'canvass' is neither calls nor texts"),
        ("who@example.org,call,2026-10-30,5 pm,8 pm", "nobody has an account with this email"),
        (",call,2026-10-30,5 pm,8 pm", "no email: accounts are known by it"),
        ("kim@example.org,call,2026-10-31,6 pm,9 pm", "overlaps the shift in row 2"),
        ("kim@example.org,call,2027-03-14,2:15 am,3:00 am", "the clocks change on that day"),
    ],
)
def test_a_shift_that_stays_out_says_why(load: Load, campaign: int, row: str, reason: str) -> None:
    kept = "kim@example.org,call,2026-10-31,5 pm,8 pm"
    loaded = load("shifts", SHIFTS, kept, row, kept, campaign=campaign)
    assert list(loaded.refused) == [3]
    assert loaded.refused[3].startswith(reason)
    assert came_to(loaded) == (1, 0, 1, 1)


def test_a_shift_that_overlaps_one_that_is_booked_says_which(
    engine: Engine, load: Load, campaign: int
) -> None:
    load("shifts", SHIFTS, "kim@example.org,call,2026-10-31,5 pm,8 pm", campaign=campaign)
    loaded = load(
        "shifts",
        SHIFTS,
        "kim@example.org,call,2026-10-31,7 pm,9 pm",
        "kim@example.org,call,2026-10-31,8 pm,9 pm",
        "ana@example.org,call,2026-10-31,7 pm,9 pm",
        campaign=campaign,
    )
    assert loaded.refused == {
        2: "overlaps the shift of 2026-10-31 17:00 to 20:00 that is booked already"
    }
    # Told anew that the first ends earlier, there is room behind it.
    loaded = load(
        "shifts",
        SHIFTS,
        "kim@example.org,call,2026-10-31,5 pm,6 pm",
        "kim@example.org,call,2026-10-31,6 pm,8 pm",
        campaign=campaign,
    )
    assert came_to(loaded) == (1, 1, 0, 0)


def test_of_shifts_that_overlap_in_a_row_the_first_and_third_stay(
    load: Load, campaign: int
) -> None:
    lines = [f"kim@example.org,call,2026-10-31,{a} pm,{b} pm" for a, b in ((1, 3), (2, 5), (4, 6))]
    loaded = load("shifts", SHIFTS, *lines, campaign=campaign)
    assert loaded.refused == {3: "overlaps the shift in row 2"}


def test_shifts_need_their_campaign(load: Load) -> None:
    line = "kim@example.org,call,2026-10-31,5 pm,8 pm"
    with pytest.raises(ImportRefused, match="say which campaign these shifts are for"):
        load("shifts", SHIFTS, line)
    with pytest.raises(ImportRefused, match="there is no campaign 7"):
        load("shifts", SHIFTS, line, campaign=7)


# Answers

ANSWERS = "source_id,question,answer,answered_on"


def answered(engine: Engine) -> list[tuple[object, ...]]:
    """All answers."""
    return rows(
        engine,
        "SELECT source_id, question, answer, answered_on::text FROM answers "
        "JOIN voters ON voters.id = voter_id ORDER BY 1, 2",
    )


def test_the_latest_answer_stands(engine: Engine, sessions: Sessions, load: Load) -> None:
    with sessions.begin() as session:
        factories.voters(session, 2)
    first = load(
        "answers",
        ANSWERS,
        "AA000001,Support,Undecided,2026-10-01",
        "AA000001,Support,Yes,2026-10-05",
        "AA000002,Support,No,",
        "ZZ,Support,No,",
    )
    assert came_to(first) == (2, 0, 1, 1)
    assert first.refused == {5: "no voter on file has this id"}
    older = load("answers", ANSWERS, "AA000001,Support,No,2026-10-04")
    assert came_to(older) == (0, 0, 1, 0)
    same = load("answers", ANSWERS, "AA000002,Support,No,", at=NOON + timedelta(days=1))
    assert came_to(same) == (0, 0, 1, 0)
    mended = load("answers", ANSWERS, "AA000001,Support,Strong yes,2026-10-05")
    assert came_to(mended) == (0, 1, 0, 0)
    assert answered(engine) == [
        ("AA000001", "Support", "Strong yes", "2026-10-05"),
        ("AA000002", "Support", "No", "2026-10-29"),
    ]


def test_a_list_of_the_same_day_does_not_undo_what_a_call_heard(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
        session.execute(
            text("INSERT INTO answers VALUES (1, 'Support', 'Yes', 'call', '2026-10-05')")
        )
    assert came_to(load("answers", ANSWERS, "AA000001,Support,No,2026-10-05")) == (0, 0, 1, 0)
    assert came_to(load("answers", ANSWERS, "AA000001,Support,No,2026-10-06")) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("AA000001,,Yes,", "no question"),
        ("AA000001,Support, ,", "no answer"),
        (f"AA000001,{'S' * 301},Yes,", "the question is longer than 300 characters"),
        ("AA000001,Support,Yes,2026-12-24", "Answered on 2026-12-24 is in the future"),
        ("AA000001,Support", "has 2 cells where 4 are expected"),
    ],
)
def test_an_answer_that_stays_out_says_why(
    sessions: Sessions, load: Load, row: str, reason: str
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
    assert load("answers", ANSWERS, row).refused == {2: reason}


# All of them

HOSTILE = "\\.\\N\t{x}\"'\x07=1+1—ñ"


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_hostile_cells_end_as_rows_or_reasons(sessions: Sessions, load: Load, kind: str) -> None:
    with sessions.begin() as session:
        made = factories.call_list(session, 1).id
    fields = [field.name for field in KINDS[kind].fields]
    good = {
        "source_id": "AA000001",
        "email": "kim@example.org",
        "phone": "9195550101",
        "address": "9195550101",
        "channel": "call",
        "day": "2026-10-30",
        "starts": "17:00",
        "ends": "18:00",
        "given_on": "2026-10-01",
    }
    lines = [fields]
    for bad in fields:
        lines.append([HOSTILE if field == bad else good.get(field, "") for field in fields])
        lines.append([good.get(field, "") if field == bad else HOSTILE for field in fields])
    lines.append([HOSTILE] * len(fields))
    loaded = load(kind, *lines, campaign=made)
    came_to(loaded)
    assert loaded.counts["read"] == len(lines) - 1
    assert all(loaded.refused.values())
