"""The strike desk's acts: one voter with one tap, taken back, and no others for a poll watcher."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.touch import TouchState
from app.services.strike import strike_ids
from app.services.strike_desk import GRACE, Desk, DeskRefused, strike_list, strike_one, take_back
from app.services.watchers import Spot, WatcherRefused, assign, by_precinct, read, watchers
from app.store.ballots import Ballot
from app.store.engine import Sessions
from app.store.precincts import Precinct
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import column

KEY = str(uuid4())


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """An organizer's desk; three voters wait for a call, the third in another precinct."""
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = [
            *factories.voters(session, 2),
            *factories.voters(session, 1, 3, precinct="MAPLE"),
        ]
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom)
    person = factories.person(sessions, "organizer", 1, "Olga")
    return Desk(person.id, 1, POLLING_DAY)


@pytest.fixture
def watcher(sessions: Sessions, desk: Desk) -> Desk:
    """A poll watcher's desk, for the precinct of the first two."""
    person = factories.person(sessions, "poll_watcher", 1, "Petra")
    assign(sessions, person.id, 1, [Spot("", "", "LINCOLN SCHOOL")], by=None, now=NOON)
    return Desk(person.id, 1, POLLING_DAY, watcher=True)


def strike(sessions: Sessions, desk: Desk, voter_id: int = 1, key: str = KEY) -> bool:
    return strike_one(sessions, desk, key, voter_id=voter_id, now=NOON, wall=NOON).new


def back(sessions: Sessions, desk: Desk, key: str = KEY, later: timedelta = timedelta()) -> str:
    return take_back(sessions, desk, key, now=NOON + later, wall=NOON + later)


def voted(sessions: Sessions) -> list[int]:
    return column(sessions, "SELECT voter_id FROM targets WHERE voted_at IS NOT NULL ORDER BY 1")


def test_a_strike_taken_back_makes_a_target_again_and_what_was_canceled_stays_so(
    sessions: Sessions, desk: Desk
) -> None:
    assert strike(sessions, desk)
    assert voted(sessions) == [1]
    assert back(sessions, desk) == "Luz Voter1"
    assert voted(sessions) == []
    assert column(sessions, "SELECT count(*) FROM ballots") == [0]
    states = column(sessions, "SELECT state FROM touches ORDER BY voter_id")
    assert states == [TouchState.CANCELED, TouchState.READY, TouchState.READY]
    actions = column(sessions, "SELECT action FROM audit WHERE user_id = 1 ORDER BY id")
    assert actions == ["voter struck", "strike taken back"]


def test_the_same_key_again_changes_nothing_and_nothing_once_taken_back(
    sessions: Sessions, desk: Desk
) -> None:
    assert [strike(sessions, desk), strike(sessions, desk)] == [True, False]
    back(sessions, desk)
    assert back(sessions, desk) == ""
    assert not strike(sessions, desk)  # a device's late repeat
    assert voted(sessions) == []
    assert strike(sessions, desk, key=str(uuid4()))


def test_an_undo_that_comes_before_its_strike_wins(sessions: Sessions, desk: Desk) -> None:
    back(sessions, desk)
    assert not strike(sessions, desk)
    assert voted(sessions) == []


def test_two_taps_at_once_are_one_strike(sessions: Sessions, desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: strike(sessions, desk), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert len(column(sessions, "SELECT id FROM audit WHERE action = 'voter struck'")) == 1


def test_only_what_one_struck_oneself_can_be_taken_back(
    sessions: Sessions, desk: Desk, watcher: Desk
) -> None:
    strike(sessions, desk)
    assert back(sessions, watcher) == ""
    assert voted(sessions) == [1]


def test_what_stood_before_or_is_too_old_stands(sessions: Sessions, desk: Desk) -> None:
    strike(sessions, desk)
    with pytest.raises(DeskRefused, match="too_late"):
        back(sessions, desk, later=GRACE + timedelta(seconds=1))
    strike_ids(sessions, POLLING_DAY, ["AA000002"], by=None, source="file", at=NOON)
    other = str(uuid4())
    assert not strike(sessions, desk, 2, other)
    back(sessions, desk, other)
    assert voted(sessions) == [1, 2]


def test_a_mail_ballot_that_the_desk_confirmed_is_again_what_the_list_said(
    sessions: Sessions, desk: Desk
) -> None:
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="mail", at=NOON)
    strike(sessions, desk)
    back(sessions, desk)
    with sessions() as session:
        ballot = session.get_one(Ballot, (1, POLLING_DAY))
        assert (ballot.source, ballot.recorded_by) == ("mail", None)
    assert voted(sessions) == [1]


def test_a_poll_watcher_strikes_in_their_own_precinct_alone(
    sessions: Sessions, watcher: Desk
) -> None:
    with pytest.raises(DeskRefused, match="elsewhere"):
        strike(sessions, watcher, 3)
    struck = strike_list(sessions, watcher, ["AA000001", "AA000003", "ZZ"], source="desk", now=NOON)
    assert (struck.recorded, struck.unknown, struck.elsewhere) == (1, ["ZZ"], ["AA000003"])
    assert voted(sessions) == [1]


def test_a_number_strikes_whoever_has_it(sessions: Sessions, desk: Desk) -> None:
    one = strike_one(sessions, desk, KEY, number="AA000002", now=NOON, wall=NOON)
    assert (one.new, one.name, one.canceled) == (True, "Luz Voter2", 1)
    with pytest.raises(DeskRefused, match="unknown"):
        strike_one(sessions, desk, str(uuid4()), number="AA9", now=NOON, wall=NOON)


def test_the_precinct_tells_when_its_watcher_was_last_heard_of(
    sessions: Sessions, watcher: Desk
) -> None:
    strike(sessions, watcher)
    strike(sessions, watcher, 2, str(uuid4()))
    back(sessions, watcher)
    with sessions() as session:
        found = by_precinct(watchers(session, 1, NOON - timedelta(hours=1)))
    assert [(one.code, one.people, one.struck, one.last_at) for one in found] == [
        ("LINCOLN SCHOOL", ["Petra"], 1, NOON)
    ]


def test_precincts_are_read_as_people_write_them(sessions: Sessions, watcher: Desk) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM watched_precincts"))
        assert read(session, " LINCOLN SCHOOL ,\n") == [Spot("", "", "LINCOLN SCHOOL")]
        for county, code in (("Wake", "01"), ("Durham", "01"), ("Wake", "a/b")):
            session.add(Precinct(state="NC", county=county, code=code, changed_at=NOON))
        session.flush()
        assert read(session, "Wake/01, a/b") == [
            Spot("NC", "Wake", "01"),
            Spot("NC", "Wake", "a/b"),
        ]
        for written, code in (("01", "several"), ("99", "unknown")):
            with pytest.raises(WatcherRefused, match=code):
                read(session, written)


def test_only_a_poll_watcher_of_the_campaign_has_precincts(sessions: Sessions, desk: Desk) -> None:
    with pytest.raises(WatcherRefused, match="no_watcher"):
        assign(sessions, desk.user_id, 1, [Spot("", "", "MAPLE")], by=None, now=NOON)
