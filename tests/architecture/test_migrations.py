"""The migrations lead in one line to the tables that the program declares, and back."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine
from app.store.migrate import configuration, downgrade, metadata, upgrade


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


def test_one_can_go_back_to_the_start_and_up_again(scratch: Engine) -> None:
    upgrade(scratch)
    there = set(inspect(scratch).get_table_names())
    downgrade(scratch, "base")
    assert set(inspect(scratch).get_table_names()) == {"alembic_version"}
    upgrade(scratch)
    assert set(inspect(scratch).get_table_names()) == there > {"alembic_version"}
