"""The migrations lead in one line to the tables that the program declares, and back."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine
from app.store.every_table import metadata
from app.store.migrate import configuration, downgrade, upgrade


@pytest.fixture
def scratch(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with nothing in it, for this test alone."""
    name = f"scratch_{abs(hash(request.node.nodeid))}"
    engine = make_engine(postgres.create_database(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(configuration()).get_heads()) == 1


def test_the_migrated_tables_are_the_declared_ones(scratch: Engine) -> None:
    upgrade(scratch)
    with scratch.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata()) == []


CAMPAIGN = (
    "INSERT INTO campaigns (name, zone, polling_day, polls_open, polls_close, "
    "starts_at, budget, reserve_share, setup, created_at) VALUES ('Eastside', 'UTC', "
    "'2026-11-03', '07:00', '20:00', now(), 0, 0, CAST(:said AS jsonb), now())"
)


def test_drivers_cars_move_to_their_table_and_back(scratch: Engine) -> None:
    upgrade(scratch, "0015")
    said = {"told": "by hand", "drivers": {"1": {"seats": 3, "wheelchair": True}}}
    with scratch.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, email, name, fs_uniquifier) "
                "VALUES (1, 'dora@example.org', 'Dora', 'a')"
            )
        )
        connection.execute(
            text(CAMPAIGN),
            {"said": json.dumps({**said, "drivers": {**said["drivers"], "9": {}}})},  # gone since
        )

    def setup() -> object:
        with scratch.connect() as connection:
            return connection.scalar(text("SELECT setup FROM campaigns"))

    upgrade(scratch, "0016")
    assert setup() == {"told": "by hand"}
    with scratch.begin() as connection:
        moved = connection.execute(text("SELECT user_id, seats, wheelchair FROM driver_cars"))
        assert [tuple(row) for row in moved] == [(1, 3, True)]
        connection.execute(text("UPDATE driver_cars SET drives_until = '14:30'"))
    downgrade(scratch, "0015")
    assert setup() == {**said, "drivers": {"1": {**said["drivers"]["1"], "until": "14:30:00"}}}
    upgrade(scratch, "0016")
    with scratch.connect() as connection:
        assert str(connection.scalar(text("SELECT drives_until FROM driver_cars"))) == "14:30:00"


ATTEMPTS = """
INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, state, attempted_at,
                      handed_at, note, sid)
SELECT gen_random_uuid(), 1, 1, n, channel, '', state, now(), now(), note, sid
FROM (VALUES (1, 'email', 'failed', 'no answer from the relay', NULL),
             (2, 'email', 'failed', '550 no such mailbox', NULL),
             (3, 'email', 'delivered', 'no answer from the relay', '<a@b>'),
             (4, 'text', 'failed', 'no answer from the relay', NULL)) AS one(
    n, channel, state, note, sid)
"""


def test_mails_that_may_have_arrived_have_a_state_of_their_own_and_back(scratch: Engine) -> None:
    def states() -> list[str]:
        with scratch.connect() as connection:
            found = connection.execute(text("SELECT state FROM attempts ORDER BY voter_id"))
            return list(found.scalars())

    upgrade(scratch, "0018")
    with scratch.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no touches
        connection.execute(text(ATTEMPTS))
    before = states()
    upgrade(scratch, "0019")
    assert states() == ["unsure", *before[1:]]
    downgrade(scratch, "0018")
    assert states() == before


def test_what_is_reserved_for_our_own_messages_is_booked_on_the_way_back(scratch: Engine) -> None:
    upgrade(scratch, "0024")
    with scratch.begin() as connection:
        connection.execute(text(CAMPAIGN), {"said": "{}"})
        connection.execute(text("UPDATE campaigns SET reserved = 5, spent = 1"))
        connection.execute(
            text(
                "INSERT INTO own_messages (key, campaign_id, what, channel, address, parts, held, "
                "handed_at, ask_at) SELECT kind || n, 1, kind, 'text', '', 2, n, now(), now() "
                "FROM (VALUES ('alert', 0.5), ('alert', 0.25), ('notice', 1)) AS one(kind, n)"
            )
        )
    downgrade(scratch, "0023")
    with scratch.connect() as connection:
        money = connection.execute(text("SELECT reserved, spent FROM campaigns")).one()
        noted = connection.execute(
            text(
                "SELECT details ->> 'what', details ->> 'cost', subject FROM audit "
                "WHERE action = 'own messages paid' ORDER BY 1"
            )
        )
        assert [tuple(row) for row in noted] == [
            ("alert", "0.75000", "campaign:1"),
            ("notice", "1.00000", "campaign:1"),
        ]
    assert tuple(money) == (Decimal("3.25"), Decimal("2.75"))
    upgrade(scratch, "0024")


def test_one_can_go_back_to_the_start_and_up_again(scratch: Engine) -> None:
    upgrade(scratch)
    there = set(inspect(scratch).get_table_names())
    downgrade(scratch, "base")
    assert set(inspect(scratch).get_table_names()) == {"alembic_version"}
    upgrade(scratch)
    assert set(inspect(scratch).get_table_names()) == there > {"alembic_version"}
