"""A number found dead gives way to the voter's next one, and a landline is sent no text."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.services.next_numbers import BACK, next_numbers
from app.store.engine import Sessions
from app.store.facts import facts_of
from app.store.voters import Voter
from app.store.wishes import bury
from tests import factories
from tests.factories import NOON

A, B, C = "+19195550101", "+19195550102", "+19195550103"


def numbers_of(sessions: Sessions) -> list[str | None]:
    with sessions() as session:
        voter = session.query(Voter).one()
        return [voter.phone, voter.phone2, voter.phone3]


@pytest.mark.parametrize(
    ("numbers", "dead", "after"),
    [
        ([A, B, C], [], [A, B, C]),
        ([A, B, C], [B], [A, B, C]),
        ([A, B, C], [A], [B, C, A]),
        ([A, B, None], [A], [B, A, None]),
        ([A, B, C], [A, B], [C, A, B]),
        ([A, B, C], [A, C], [B, C, A]),
        ([A, B, None], [A, B], [A, B, None]),
        ([A, B, C], [A, B, C], [A, B, C]),
        ([A, None, None], [A], [A, None, None]),
    ],
)
def test_the_first_number_that_lives_comes_first(
    engine: Engine,
    sessions: Sessions,
    numbers: list[str | None],
    dead: list[str],
    after: list[str | None],
) -> None:
    with sessions.begin() as session:
        facts = dict(zip(("phone", "phone2", "phone3"), numbers, strict=True))
        factories.voters(session, 1, **facts)
        for number in dead:
            bury(session, number, Channel.CALL, "not in service", NOON)
    next_numbers(engine, NOON + timedelta(minutes=1))
    assert numbers_of(sessions) == after
    next_numbers(engine, NOON + timedelta(minutes=2))
    assert numbers_of(sessions) == after


def test_the_kind_of_line_goes_with_its_number(engine: Engine, sessions: Sessions) -> None:
    with sessions.begin() as session:
        kinds = {"phone_kind": "mobile", "phone2_kind": "landline"}
        factories.voters(session, 1, phone=A, phone2=B, **kinds)
        bury(session, A, Channel.TEXT, "not in service", NOON)
    next_numbers(engine, NOON)
    with sessions() as session:
        voter = session.query(Voter).one()
        assert (voter.phone, voter.phone_kind, voter.phone2_kind) == (B, "landline", "mobile")


def test_a_target_may_be_called_again_at_the_other_number(
    engine: Engine, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 1, phone=A, phone2=B)
        whom += factories.voters(session, 1, first=2, phone=C)
        factories.targets(session, campaign, whom)
        session.execute(text("UPDATE targets SET no_calls = 'bad number'"))
        for number in (A, C):
            bury(session, number, Channel.CALL, "wrong number", NOON)
    assert next_numbers(engine, NOON) == 1
    with engine.connect() as connection:
        found = connection.scalars(text("SELECT no_calls FROM targets ORDER BY voter_id")).all()
    assert list(found) == ["", "bad number"]


def test_what_was_found_long_ago_is_not_looked_for_again(
    engine: Engine, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1, phone=A, phone2=B)
        bury(session, A, Channel.CALL, "not in service", NOON)
    assert next_numbers(engine, NOON + BACK + timedelta(seconds=1)) == 0
    assert next_numbers(engine, NOON + BACK) == 0
    assert next_numbers(engine, NOON + BACK - timedelta(seconds=1)) == 1


def test_a_landline_is_called_and_not_texted(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 1, phone=A, phone_kind="landline")
        factories.targets(session, campaign, whom)
        dead = {
            channel: facts_of(session, campaign.id, channel, [whom[0].id], NOON)[whom[0].id].dead
            for channel in (Channel.CALL, Channel.TEXT)
        }
    assert dead == {Channel.CALL: False, Channel.TEXT: True}
