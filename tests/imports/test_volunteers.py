"""Volunteers, as loaded."""

import pytest
from sqlalchemy import Engine

from app.services.rejects import ImportRefused
from app.services.teams import add_member, add_team
from app.store.engine import Sessions
from tests import factories
from tests.imports.lists import WALL, Load, came_to, rows

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
