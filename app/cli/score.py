"""`lastmile score`: every turnout score anew, in pieces."""

from datetime import datetime

import click
from sqlalchemy import Engine, text

from app.store import history, turnout
from app.wiring import connect

PIECE = 20_000
"""Voters written in one transaction, so that calls and texts wait for a moment only."""


@click.command("score")
def score() -> None:
    """Compute the turnout scores anew, as for a new year, in which people are a year older.

    Imports of voters and of vote history do it by themselves.
    """
    parts = connect()
    with parts.engine.connect() as connection:
        sources = history.sources(connection)
    for source in sources:
        written = _score(parts.engine, source, parts.clock.now())
        click.echo(f"{source}: {written:,} voters have another score")


def _score(engine: Engine, source: str, now: datetime) -> int:
    with engine.connect() as connection:
        prepared = turnout.prepare(connection, source, now.date(), keep=True)
        connection.commit()
        if prepared is None:
            return 0
        most = connection.scalar(text("SELECT max(id) FROM voters")) or 0
        written = 0
        for first in range(0, most + 1, PIECE):
            written += turnout.rescore_range(connection, prepared, first, first + PIECE - 1)
            connection.commit()
        turnout.drop_prepared(connection)
        connection.commit()
    return written
