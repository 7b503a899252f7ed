"""Voter files and consents: bring them in, and make up ones to try with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Never

import click
from psycopg.errors import UndefinedTable
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import ProgrammingError

from app.domain.layout import LAYOUTS
from app.domain.made_up import SNAPSHOT
from app.services import import_voters as importing
from app.services.import_voters import ImportSummary
from app.services.load_consents import load_consents
from app.services.make_voter_file import make_voter_file as write_voter_file
from app.services.rejects import ImportRefused
from app.wiring import connect

FILE = click.Path(path_type=Path)

STAGES = {
    "waiting": "another import is running; waiting for it to end",
    "reading": "reading",
    "storing": "storing, making households",
}


@click.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--layout", type=click.Choice(LAYOUTS), required=True, help="The state whose layout FILE has."
)
@click.option("--rejected", type=FILE, help="Where rejected rows go [default: FILE.rejected.csv].")
def import_(file: Path, layout: str, rejected: Path | None) -> None:
    """Bring the voter file FILE in. Doing it twice changes nothing."""
    parts = connect()
    with _refusals():
        with _bar() as show:
            summary = importing.import_voters(
                parts.engine,
                file,
                layout,
                parts.clock.now(),
                country=parts.settings.country,
                progress=show,
                rejects_to=rejected,
            )
        _print_import(file, summary)


@contextmanager
def _bar() -> Iterator[Callable[[importing.Progress], None]]:
    """A progress bar on a terminal, from the first report on; an error takes it away again."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )

    def show(progress: importing.Progress) -> None:
        if not bar.tasks:
            bar.add_task("", rate="")
            bar.start()
        _show(bar, bar.task_ids[0], progress)

    try:
        yield show
    except BaseException:
        bar.live.transient = True
        raise
    finally:
        bar.live.stop()


def _show(bar: Progress, task: TaskID, progress: importing.Progress) -> None:
    elapsed = bar.tasks[task].elapsed or 0
    rate = f"{progress.rows / elapsed:,.0f} rows/s" if elapsed and progress.rows else ""
    bar.update(
        task,
        description=STAGES[progress.stage],
        completed=progress.bytes_read,
        total=progress.bytes_total,
        rate=rate,
    )


def _print_import(file: Path, summary: ImportSummary) -> None:
    rate = summary.read / summary.seconds if summary.seconds else 0
    click.echo(
        f"{file.name}: {_count(summary.read, 'row')} read in {summary.seconds:,.1f} s "
        f"({_count(round(rate), 'row')} a second)"
    )
    click.echo(
        f"  {_count(summary.new, 'new voter')}, {summary.changed:,} changed, "
        f"{summary.unchanged:,} as before, {_count(summary.rejected, 'row')} rejected"
    )
    if summary.withdrawn:
        click.echo(
            f"  {_count(summary.withdrawn, 'voter')} on file withdrawn: "
            "confidential or no longer registered"
        )
    if summary.kept_without_phone:
        click.echo(f"  {_count(summary.kept_without_phone, 'voter')} kept without a phone, such as")
        for note in summary.notes:
            click.echo(f"    {note}")
    _print_rejects(summary.rejects)


def _print_rejects(path: Path | None) -> None:
    if path:
        click.echo(f"  The rejected rows, each with its reason, are in {path}")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@click.command("make-voter-file")
@click.argument("path", type=FILE)
@click.option("--voters", type=click.IntRange(min=1), default=20_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--consents", "consents_to", type=FILE, help="Also write a file of their consents.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=str(SNAPSHOT),
    show_default=True,
    help="The day from which ages count.",
)
def make_voter_file(
    path: Path, voters: int, seed: int, consents_to: Path | None, as_of: datetime
) -> None:
    """Write made-up voters to PATH in the North Carolina layout, the same for the same seed."""
    day = as_of.replace(tzinfo=UTC).date()
    try:
        consents_made = write_voter_file(path, voters, seed, day, consents_to)
    except OSError as error:
        _refuse(f"{error.filename or path} cannot be written: {error.strerror or error}")
    click.echo(f"{path}: {_count(voters, 'voter')}, seed {seed}")
    if consents_to is not None:
        click.echo(f"{consents_to}: {_count(consents_made, 'consent')}")


@click.command("consents")
@click.argument("file", type=FILE)
@click.option("--layout", type=click.Choice(LAYOUTS), help="Whose voter ids FILE uses.")
@click.option("--rejected", type=FILE, help="Where rejected rows go [default: FILE.rejected.csv].")
def consents(file: Path, layout: str | None, rejected: Path | None) -> None:
    """Load consents from the CSV FILE: voter_id,channel,address,basis,source,given_on."""
    parts = connect()
    with _refusals():
        summary = load_consents(
            parts.engine,
            file,
            parts.clock.now(),
            country=parts.settings.country,
            layout=layout,
            rejects_to=rejected,
        )
    click.echo(
        f"{file.name}: {_count(summary.read, 'consent')} read: {summary.new:,} new, "
        f"{summary.newer:,} in place of an older one, {summary.known:,} known before, "
        f"{_count(summary.rejected, 'row')} rejected"
    )
    click.echo(f"  {_count(summary.emails_filled, 'voter')} given an email")
    _print_rejects(summary.rejects)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what the user can mend."""
    try:
        yield
    except ImportRefused as refusal:
        _refuse(refusal)
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            _refuse("the database has no tables yet: run lastmile migrate first")
        raise


def _refuse(message: object) -> Never:
    raise click.ClickException(str(message))
