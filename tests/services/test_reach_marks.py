"""What the pacer's indexes leave out is who cannot be reached, and nobody else for long."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.services.next_numbers import next_numbers
from app.services.reach_marks import mark_reach
from app.services.release import release_some
from app.store import reach_marks
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.messages import Consent, DeadAddress, OptOut
from app.store.reach_marks import OFTEN, look_again
from app.store.voters import Voter
from app.store.wishes import bury, opt_in, opt_out
from tests import factories
from tests.conftest import empty
from tests.factories import NOON

ONE = "+19195550001"
MARKS = "SELECT can_call, can_text, can_email FROM targets ORDER BY voter_id"


def campaign(sessions: Sessions, count: int = 1, **facts: object) -> None:
    """A campaign whose voters have not consented to texts."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        factories.targets(session, made, factories.voters(session, count, **facts))


def marks(sessions: Sessions) -> list[tuple[bool, bool, bool]]:
    with sessions() as session:
        return [tuple(row) for row in session.execute(text(MARKS))]


def consent(sessions: Sessions, address: str = ONE) -> None:
    with sessions.begin() as session:
        said = {"basis": "form", "source": "test", "given_on": NOON.date()}
        session.add(Consent(address=address, channel="text", **said))


@pytest.mark.parametrize(
    ("facts", "consents", "expected"),
    [
        ({}, True, (True, True, True)),
        ({}, False, (True, False, True)),
        ({"email": None}, True, (True, True, False)),
        ({"phone": None}, True, (False, False, True)),
        ({"phone_kind": "landline"}, True, (True, False, True)),
    ],
)
def test_each_channel_is_marked_by_address_and_consent(
    sessions: Sessions, facts: dict[str, object], consents: bool, expected: tuple[bool, ...]
) -> None:
    campaign(sessions, **facts)
    if consents:
        consent(sessions)
    mark_reach(sessions, NOON)
    assert marks(sessions) == [expected]


def test_they_are_looked_at_again_after_a_while_or_when_a_list_came_in(sessions: Sessions) -> None:
    campaign(sessions)
    assert mark_reach(sessions, NOON) == 1
    consent(sessions)
    assert mark_reach(sessions, NOON + OFTEN / 2) == 0
    assert marks(sessions) == [(True, False, True)]
    assert mark_reach(sessions, NOON + OFTEN) == 1
    assert marks(sessions) == [(True, True, True)]
    with sessions.begin() as session:
        session.execute(text("DELETE FROM consents"))
        look_again(session)
    assert mark_reach(sessions, NOON + OFTEN) == 1


def test_batches_go_on_where_the_last_stopped(sessions: Sessions) -> None:
    campaign(sessions, 7, email=None)
    assert mark_reach(sessions, NOON, batch=3) == 7
    assert {one[2] for one in marks(sessions)} == {False}


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_list_that_comes_in_meanwhile_has_all_looked_at_anew(
    sessions: Sessions, at_the_end: bool
) -> None:
    campaign(sessions, 4)
    with sessions.begin() as session:
        begun = reach_marks.hold(session, 1, NOON)
        assert begun is not None
        with sessions.begin() as importing:
            look_again(importing)
        reach_marks.note(session, 1, begun, 3, NOON if at_the_end else None)
    assert mark_reach(sessions, NOON) == 4


def test_only_one_at_a_time_marks_a_campaign(sessions: Sessions) -> None:
    campaign(sessions)
    with sessions.begin() as session:
        assert reach_marks.hold(session, 1, NOON) is not None
        assert mark_reach(sessions, NOON) == 0
    assert mark_reach(sessions, NOON) == 1


def test_whoever_wants_texts_again_can_be_found_at_once(sessions: Sessions) -> None:
    campaign(sessions)
    consent(sessions)
    with sessions.begin() as session:
        opt_out(session, ONE, Channel.TEXT, source="reply", words="STOP", now=NOON)
    mark_reach(sessions, NOON)
    assert marks(sessions) == [(True, False, True)]
    with sessions.begin() as session:
        opt_in(session, ONE, Channel.TEXT)
    assert marks(sessions) == [(True, True, True)]


def test_another_number_can_be_called_at_once(engine: Engine, sessions: Sessions) -> None:
    campaign(sessions, phone2="+19195559999")
    with sessions.begin() as session:
        bury(session, ONE, Channel.CALL, "not in service", NOON)
    mark_reach(sessions, NOON)
    assert marks(sessions)[0][0] is False
    assert next_numbers(engine, NOON + timedelta(minutes=1)) == 1
    assert marks(sessions)[0][0] is True


VOTER = st.fixed_dictionaries(
    {
        "phone": st.sampled_from([None, ONE, "+19195550002", "+19195550003"]),
        "email": st.sampled_from([None, "a@example.org", "b@example.org"]),
        "phone_kind": st.sampled_from(["", "mobile", "landline"]),
    }
)
ADDRESSES = st.sets(st.sampled_from([ONE, "+19195550002", "a@example.org"]))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.lists(VOTER, min_size=1, max_size=6),
    consents=ADDRESSES,
    gone=ADDRESSES,
    dead=ADDRESSES,
    channel=st.sampled_from(list(Channel)),
)
def test_the_pacer_releases_the_same_people_with_marks_and_without(
    engine: Engine,
    sessions: Sessions,
    people: list[dict[str, object]],
    consents: set[str],
    gone: set[str],
    dead: set[str],
    channel: Channel,
) -> None:
    found = []
    for marked in (False, True):
        empty(engine)
        with sessions.begin() as session:
            made = factories.campaign(session)
            for number, facts in enumerate(people, 1):
                factories.targets(
                    session, made, factories.voters(session, 1, first=number, **facts)
                )
            at = {"channel": channel.value}
            day = {"basis": "form", "source": "test", "given_on": NOON.date()}
            session.add_all(Consent(address=one, **at, **day) for one in consents)
            session.add_all(
                OptOut(address=one, source="list", opted_out_at=NOON, **at) for one in gone
            )
            session.add_all(
                DeadAddress(address=one, reason="dead", found_at=NOON, **at) for one in dead
            )
        if marked:
            mark_reach(sessions, NOON)
        with sessions.begin() as session:
            release_some(session, load_frame(session, 1), channel, 10, NOON)
            query = text("SELECT voter_id, address FROM touches ORDER BY voter_id")
            found.append([tuple(row) for row in session.execute(query)])
    assert found[0] == found[1]


def test_those_who_cannot_be_reached_are_not_even_looked_at(
    engine: Engine, sessions: Sessions
) -> None:
    campaign(sessions, 50)
    with sessions.begin() as session:
        consent_of = session.get_one(Voter, 50).phone
        assert consent_of is not None
    consent(sessions, consent_of)
    mark_reach(sessions, NOON)
    with engine.begin() as connection:
        for way in ("seqscan", "bitmapscan", "sort"):  # the table is too small for an index
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = connection.execute(
            text(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT voter_id FROM targets "
                "WHERE campaign_id = 1 AND out = '' AND no_texts = '' AND arm = 'treated' "
                "AND voted_at IS NULL AND can_text ORDER BY texts, value DESC, voter_id"
            )
        ).scalars()
        words = "\n".join(plan)
    assert "ix_targets_to_text" in words
    assert "rows=1" in words
