"""`lastmile universe …`: list, show, count, save, delete and compare universes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse, Condition, InUniverse
from app.domain.condition_json import read_text, write
from app.domain.universe import Universe
from app.services import universes
from app.store.universe_sql import Asking
from app.store.universes import UniverseCount, count_universe
from app.web.filter_words import in_words
from app.wiring import Parts, connect


@click.group()
def universe() -> None:
    """Sets of voters, found by filters that are saved under names."""


@universe.command("list")
def list_() -> None:
    """All universes, what they are, and how many voters each has and each channel reaches."""
    parts = connect()
    with parts.sessions() as session:
        found = universes.listed(session)
        if not found:
            click.echo("No universe yet: lastmile universe save NAME FILE.json")
        for one in found:
            click.echo(f"{one.name}: {in_words(one.condition)}")
            with _refusals():
                counted = count_universe(session, InUniverse(one.name), _asking(parts, session))
                click.echo(f"  {_reached(counted)}")


@universe.command()
@click.argument("name")
def show(name: str) -> None:
    """The filter of the universe NAME, as JSON."""
    parts = connect()
    with parts.sessions() as session, _refusals():
        click.echo(_pretty(write(universes.by_name(session, name).condition)))


@universe.command()
@click.argument("which")
def count(which: str) -> None:
    """How many voters WHICH has: a saved universe, a FILE.json, or - for JSON on standard input."""
    parts = connect()
    with parts.sessions() as session, _refusals():
        condition = _condition(session, which)
        counted = count_universe(session, condition, _asking(parts, session))
        click.echo(in_words(condition))
        click.echo(f"  {_reached(counted)}")


@universe.command()
@click.argument("name")
@click.argument("file", type=click.File(encoding="utf-8"))
def save(name: str, file: Any) -> None:
    """Save the filter in the JSON FILE (or - ) as NAME; one of this name is replaced."""
    parts = connect()
    with _refusals():
        data = Universe.from_json(_read(file)).to_json()
        with parts.sessions() as session:
            known = {one.name: one.id for one in universes.listed(session)}
        universes.save(
            parts.sessions,
            name,
            data,
            now=parts.clock.wall(),
            universe_id=known.get(" ".join(name.split())),
        )
        with parts.sessions() as session:
            saved = universes.by_name(session, " ".join(name.split()))
        click.echo(f"Saved “{saved.name}”: {in_words(saved.condition)}")


@universe.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete the universe NAME; refused while another refers to it."""
    parts = connect()
    with _refusals():
        with parts.sessions() as session:
            found = universes.by_name(session, name)
        universes.delete(parts.sessions, found.id, now=parts.clock.wall())
        click.echo(f"Deleted “{found.name}”.")


@universe.command()
@click.argument("names", nargs=-1, required=True)
def overlap(names: tuple[str, ...]) -> None:
    """How many voters each two of the universes NAMES share."""
    parts = connect()
    with parts.sessions() as session, _refusals():
        chosen = [universes.by_name(session, name) for name in dict.fromkeys(names)]
        matrix = universes.compare(session, chosen, _asking(parts, session))
    width = max(len(one.name) for one in chosen)
    columns = [max(len(one.name), 9) for one in chosen]
    heads = (f"{one.name:>{size}}" for one, size in zip(chosen, columns, strict=True))
    click.echo(f"{'':{width}}  {'  '.join(heads)}")
    for one, row in zip(chosen, matrix, strict=True):
        cells = (f"{number:>{size},}" for number, size in zip(row, columns, strict=True))
        click.echo(f"{one.name:{width}}  {'  '.join(cells)}")


def _condition(session: Session, which: str) -> Condition | None:
    if which == "-" or which.endswith(".json"):
        try:
            with click.open_file(which, encoding="utf-8") as file:
                return Universe.from_json(_read(file)).condition
        except OSError as error:
            raise click.ClickException(f"{which}: {error.strerror}") from error
    return universes.by_name(session, which).condition


def _read(file: Any) -> Any:
    try:
        return read_text(file.read())
    except UnicodeDecodeError as error:
        raise click.ClickException("the file is not UTF-8; save it as UTF-8 text") from error


def _asking(parts: Parts, session: Session) -> Asking:
    return universes.asking(session, parts.clock.now(), parts.settings.country)


def _reached(counted: UniverseCount) -> str:
    return (
        f"{counted.voters:,} voters: {counted.callable:,} may be called, "
        f"{counted.textable:,} texted, {counted.mailable:,} emailed"
    )


def _pretty(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what the user can mend."""
    try:
        yield
    except BadUniverse as refused:
        raise click.ClickException(f"{refused}.") from refused
