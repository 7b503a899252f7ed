"""Precincts and their polling places, as loaded."""

import pytest
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.services.claim import next_call
from app.services.dispatch import claim_batch
from app.services.release import release_some
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests import factories, scene
from tests.factories import NOON
from tests.imports.lists import Load, came_to, rows

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
