"""Rides: asked for once, given to one driver, driven by them, struck at the end."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ride import (
    LAST_CALL,
    MOVES,
    NEAR,
    OPEN,
    SEATS,
    Car,
    ImpossibleMove,
    RideState,
    is_late,
    misfit,
    move,
)
from app.domain.touch import TouchState
from app.services import rides
from app.services.rides import NewRide, RideRefused
from app.store import rides as stored
from app.store.engine import Sessions
from app.store.voting_plans import VotingPlan
from tests import factories
from tests.factories import NOON
from tests.scene import column

S = RideState
STATES = st.sampled_from(RideState)


@given(STATES, STATES)
def test_a_ride_moves_only_where_its_life_leads(here: RideState, there: RideState) -> None:
    if there in MOVES[here]:
        assert move(here, there) is there
    else:
        with pytest.raises(ImpossibleMove):
            move(here, there)


def test_what_is_over_stays_so_and_what_is_open_can_end() -> None:
    for state in RideState:
        assert (state in OPEN) == bool(MOVES[state])
        assert state not in OPEN or S.CANCELED in MOVES[state]


@pytest.mark.parametrize(
    ("state", "wanted", "closes", "late"),
    [
        (S.ASKED, None, None, False),
        (S.ASKED, NOON + NEAR, None, True),
        (S.TAKEN, NOON - NEAR, None, True),
        (S.ASKED, NOON + NEAR * 2, NOON + LAST_CALL * 2, False),
        (S.ASKED, None, NOON + LAST_CALL, True),
        (S.ON_WAY, NOON - NEAR, NOON + LAST_CALL, False),
        (S.ASKED, NOON - NEAR, NOON, False),  # the polls have closed
        (S.DONE, NOON - NEAR, NOON, False),
    ],
)
def test_a_ride_is_late_when_it_is_wanted_soon_or_the_polls_close(
    state: RideState, wanted: datetime | None, closes: datetime | None, late: bool
) -> None:
    assert is_late(state, wanted, closes, NOON) is late


@pytest.mark.parametrize(
    ("car", "riders", "needs", "wanted", "why"),
    [
        (Car(), SEATS, "", None, ""),
        (Car(), SEATS + 1, "", None, "seats"),
        (Car(), 1, "child_seat,wheelchair", None, "wheelchair"),
        (Car(wheelchair=True), 1, "wheelchair", None, ""),
        (Car(drives_from=time(9)), 1, "", time(8, 59), "hours"),
        (Car(drives_from=time(9)), 1, "", time(9), ""),
        (Car(drives_until=time(14)), 1, "", time(14, 1), "hours"),
        (Car(drives_from=time(9), drives_until=time(14)), 1, "", None, ""),
    ],
)
def test_a_car_takes_who_fits(
    car: Car, riders: int, needs: str, wanted: time | None, why: str
) -> None:
    assert misfit(car, riders, needs, wanted) == why


@pytest.fixture
def team(sessions: Sessions) -> dict[str, int]:
    """Olga and Otto organize, Dora and Dan drive; a campaign with two voters who wait for calls."""
    with sessions.begin() as session:
        factories.call_list(session, 2)
    ids = {
        name: factories.person(sessions, role, 1, name).id
        for name, role in (
            ("Olga", "organizer"),
            ("Otto", "organizer"),
            ("Dora", "volunteer"),
            ("Ned", "poll_watcher"),
        )
    }
    for name in ("Dora", "Ned"):
        rides.drives(sessions, 1, ids[name], Car(2), by=ids["Olga"], now=NOON)
    return ids


def new(**facts: object) -> NewRide:
    return replace(NewRide(str(uuid4()), "José Ñ", pick_up="12 Oak St"), **facts)  # type: ignore[arg-type]


def ask(sessions: Sessions, by: int, **facts: object) -> int:
    return rides.ask(sessions, 1, new(**facts), by=by, now=NOON)[0]


def give(
    sessions: Sessions, ride: int, driver: int | None, by: int, seen: int | None = None
) -> str:
    try:
        rides.give(sessions, 1, ride, driver, seen=seen, by=by, now=NOON)
    except RideRefused as refused:
        return f"{refused.code} {refused.facts.get('driver', '')}".strip()
    return ""


def test_the_same_form_twice_is_one_ride(sessions: Sessions, team: dict[str, int]) -> None:
    asked = new()
    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(lambda _: rides.ask(sessions, 1, asked, by=team["Dora"], now=NOON), range(4))
        )
    assert len({ride for ride, _ in done}) == 1
    assert sum(is_new for _, is_new in done) == 1
    with pytest.raises(RideRefused, match="key"):
        rides.ask(sessions, 1, asked, by=team["Olga"], now=NOON)


def test_of_the_voter_in_a_call_the_touch_is_enough_and_only_for_who_has_it(
    sessions: Sessions, team: dict[str, int]
) -> None:
    with sessions.begin() as session:
        session.connection().exec_driver_sql(
            f"UPDATE touches SET state = 'claimed', claimed_by = 'user:{team['Dora']}' WHERE id = 1"
        )
    ride = ask(sessions, team["Dora"], name="", pick_up="", touch_id=1)
    with sessions() as session:
        [one] = stored.open_rides(session, 1)
    assert (one.id, one.voter_id, one.name, one.pick_up) == (
        ride,
        1,
        "Luz Voter1",
        "1 OAK ST, RALEIGH",
    )
    assert one.phone == "+19195550001"
    with pytest.raises(RideRefused, match="not_yours"):
        ask(sessions, team["Ned"], touch_id=1)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "name"),
        ({"pick_up": ""}, "pick_up"),
        ({"phone": "555"}, "phone"),
        ({"riders": 0}, "riders"),
        ({"riders": 51}, "riders"),
    ],
)
def test_a_ride_that_cannot_be_driven_says_what_is_missing(
    sessions: Sessions, team: dict[str, int], facts: dict[str, object], code: str
) -> None:
    with pytest.raises(RideRefused, match=code):
        ask(sessions, team["Olga"], **facts)
    assert column(sessions, "SELECT count(*) FROM rides") == [0]


def test_of_two_who_give_a_ride_away_at_once_one_wins_and_the_other_is_told(
    sessions: Sessions, team: dict[str, int]
) -> None:
    ride = ask(sessions, team["Olga"])
    drivers = (team["Dora"], team["Ned"])
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda one: give(sessions, ride, one, team["Olga"]), drivers))
    assert sorted(map(bool, said)) == [False, True]
    winner = "Ned" if said[0] else "Dora"
    assert f"meanwhile {winner}" in said
    assert column(sessions, "SELECT driver_id FROM rides") == [team[winner]]


def test_a_full_car_is_not_given_a_ride(sessions: Sessions, team: dict[str, int]) -> None:
    ride = ask(sessions, team["Olga"], riders=3)
    assert give(sessions, ride, team["Dora"], team["Olga"]) == "misfit_seats Dora"
    assert give(sessions, ride, team["Otto"], team["Olga"]) == "no_driver"


def test_a_ride_is_driven_to_the_end_and_the_voter_struck(
    sessions: Sessions, team: dict[str, int]
) -> None:
    ride = ask(sessions, team["Olga"])
    with sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE rides SET voter_id = 1")
    give(sessions, ride, team["Ned"], team["Olga"])
    with pytest.raises(RideRefused, match="other_driver"):
        rides.set_off(sessions, 1, ride, by=team["Dora"], now=NOON)
    for _ in range(2):
        rides.set_off(sessions, 1, ride, by=team["Ned"], now=NOON)
    for _ in range(2):
        rides.finish(sessions, 1, ride, voted=True, by=team["Ned"], now=NOON)
    assert column(sessions, "SELECT state FROM rides") == ["done"]
    assert column(sessions, "SELECT recorded_by FROM ballots") == [team["Ned"]]
    states = column(sessions, "SELECT state FROM touches ORDER BY voter_id")
    assert states == [TouchState.CANCELED, TouchState.READY]
    with pytest.raises(RideRefused, match="over"):
        rides.cancel(sessions, 1, ride, by=team["Olga"], now=NOON)


def test_a_ride_given_back_waits_for_another(sessions: Sessions, team: dict[str, int]) -> None:
    ride = ask(sessions, team["Olga"])
    give(sessions, ride, team["Dora"], team["Olga"])
    rides.give_back(sessions, 1, ride, by=team["Dora"], now=NOON)
    assert column(sessions, "SELECT state, driver_id FROM rides WHERE driver_id IS NULL") == [
        "asked"
    ]
    assert not give(sessions, ride, team["Ned"], team["Olga"])
    assert not give(sessions, ride, None, team["Olga"], seen=team["Ned"])
    assert column(sessions, "SELECT state FROM rides") == ["asked"]


def test_what_a_voter_said_in_a_call_becomes_one_ride(
    sessions: Sessions, team: dict[str, int]
) -> None:
    with sessions.begin() as session:
        session.add(
            VotingPlan(
                campaign_id=1, voter_id=2, votes_at=NOON, ride=True, source="call", made_at=NOON
            )
        )
    with sessions() as session:
        assert stored.said_so(session, 1) == [stored.Said(2, "Luz Voter2", NOON)]
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(
            lambda _: rides.write_down(sessions, 1, 2, by=team["Olga"], now=NOON), range(3)
        )
        assert len(set(made)) == 1
    with sessions() as session:
        assert stored.said_so(session, 1) == []
        [one] = stored.open_rides(session, 1)
    assert (one.pick_up, one.wanted_at) == ("2 OAK ST, RALEIGH", NOON)
    with pytest.raises(RideRefused, match="gone"):
        rides.write_down(sessions, 1, 1, by=team["Olga"], now=NOON)


def test_a_car_is_changed_and_taken_off(sessions: Sessions, team: dict[str, int]) -> None:
    car = Car(6, True, time(9), time(14, 30))
    rides.drives(sessions, 1, team["Ned"], None, by=team["Olga"], now=NOON)
    rides.drives(sessions, 1, team["Dora"], car, by=team["Olga"], now=NOON)
    with sessions() as session:
        assert [(one.name, one.car) for one in stored.drivers(session, 1)] == [("Dora", car)]
        assert "Ned" in dict(stored.may_drive(session, 1)).values()
        assert "Dora" not in dict(stored.may_drive(session, 1)).values()


def test_a_ride_is_given_to_nobody_who_does_not_drive_at_that_time(
    sessions: Sessions, team: dict[str, int]
) -> None:
    rides.drives(sessions, 1, team["Dora"], Car(drives_until=time(11)), by=team["Olga"], now=NOON)
    ride = ask(sessions, team["Olga"], wanted_at=NOON)  # noon on the campaign's clock
    assert give(sessions, ride, team["Dora"], team["Olga"]) == "misfit_hours Dora"
    car = Car(drives_from=time(14), drives_until=time(9))
    with pytest.raises(RideRefused, match="hours"):
        rides.drives(sessions, 1, team["Dora"], car, by=team["Olga"], now=NOON)


def test_late_is_a_matter_of_time_alone() -> None:
    closes = NOON + timedelta(hours=5)
    assert not is_late(S.TAKEN, None, closes, NOON)
    assert is_late(S.TAKEN, None, closes, closes - LAST_CALL)
