"""Lists of ballots at the strike desk, and calls to cure one."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from app.domain.channel import Channel
from app.services.release import release_some
from app.services.strike import StrikeRefused, ids_in, strike_ids
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.imports.ballots.stages import VOTER, dated, pending, struck
from tests.imports.lists import Load


def test_the_strike_desk_takes_a_merged_voter_for_the_one_who_was_kept(
    engine: Engine, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 1)
        factories.voters(session, 1, first=2, merged_into=1)
    struck_now = strike_ids(
        sessions, POLLING_DAY, ["AA000002", VOTER, "QQ"], by=None, source="desk", at=NOON
    )
    assert (struck_now.recorded, struck_now.already, struck_now.unknown) == (1, 1, ["QQ"])
    assert struck(engine) == [VOTER]


def test_calls_wait_again_for_a_voter_to_cure_the_ballot(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        made = factories.call_list(session, 1)
    dated(load, "returned", "2026-10-20")
    now = datetime(2026, 10, 29, 16, tzinfo=UTC)
    for name, day, released in (("rejected", "2026-10-22", 1), ("cured", "2026-10-23", 0)):
        dated(load, name, day)
        with sessions.begin() as session:
            frame = load_frame(session, made.id)
            assert release_some(session, frame, Channel.CALL, 5, now) == released
    assert pending(engine) == []


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("A1\nA2\n", ["A1", "A2"]),
        ("Voter ID\nA1\n", ["A1"]),
        ("name;voter_id\nJo;A1\nAl;A2", ["A1", "A2"]),
        ("NCID\tname\nA1\tJo", ["A1"]),
        ("name,Voter  File VANID\nJo,7", ["7"]),
        ("id,state_voter_id\n1,A1", ["A1"]),
    ],
)
def test_the_strike_desk_finds_the_column_of_ids(content: str, ids: list[str]) -> None:
    assert ids_in(content, "list.csv") == ids


def test_the_strike_desk_does_not_guess_which_column_has_the_ids() -> None:
    with pytest.raises(StrikeRefused, match="no column is called voter_id"):
        ids_in("A1,Jo\nA2,Al", "list.csv")


def test_what_is_no_list_is_refused_at_the_strike_desk() -> None:
    with pytest.raises(StrikeRefused, match="no list of voter ids"):
        ids_in("A" * 200_000, "list.csv")
