"""What the command line says of an import: a bar while it runs, counts when it is done."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from app.domain.kind import KINDS
from app.services.import_file import Summary
from app.store import import_runs

STAGES = {
    "waiting": "another import is running; waiting for it to end",
    "reading": "reading",
    "comparing": "comparing with what is on file",
    "storing": "storing",
}

OTHERS = {
    "withdrawn": "withdrawn from the voters on file: confidential or no longer registered",
    "missing": "on file, but not in this file",
    "canceled": "canceled of what was to go out",
    "newer": "in place of an older one",
    "emails_filled": "filled in where a voter had no email",
    "not_a_vote": "left out, since they are no vote",
    "unknown": "left out, of voters who are not on file",
}
"""Counts that only some kinds of list have, in words that follow the number."""

NOTES = 5


@contextmanager
def bar() -> Iterator[Callable[[import_runs.Progress], None]]:
    """A progress bar on a terminal, from the first report on; an error takes it away again."""
    console = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )

    def show(progress: import_runs.Progress) -> None:
        if not shown.tasks:
            shown.add_task("", rate="")
            shown.start()
        _show(shown, shown.task_ids[0], progress)

    try:
        yield show
    except BaseException:
        shown.live.transient = True
        raise
    finally:
        shown.live.stop()


def _show(shown: Progress, task: TaskID, progress: import_runs.Progress) -> None:
    elapsed = shown.tasks[task].elapsed or 0
    rate = f"{progress.rows / elapsed:,.0f} rows/s" if elapsed and progress.rows else ""
    shown.update(
        task,
        description=STAGES.get(progress.stage, progress.stage),
        completed=progress.bytes_read,
        total=progress.bytes_total,
        rate=rate,
    )


def print_summary(file: Path, kind: str, summary: Summary, *, check: bool) -> None:
    """What came of an import, or would come of it."""
    counts = summary.counts
    rate = counts["read"] / summary.seconds if summary.seconds else 0
    click.echo(
        f"{file.name}: {count(counts['read'], 'row')} read in {summary.seconds:,.1f} s "
        f"({count(round(rate), 'row')} a second)"
    )
    if check:
        click.echo("  A dry run: nothing was stored. An import would come to")
    click.echo(f"  {_main(counts, KINDS[kind].row)}")
    for name, words in OTHERS.items():
        if counts.get(name):
            click.echo(f"  {counts[name]:,} {words}")
    if counts.get("kept_with_loss"):
        click.echo(f"  {count(counts['kept_with_loss'], 'row')} kept with a loss, such as")
        for note in summary.notes[:NOTES]:
            click.echo(f"    {note}")
    if summary.rejects:
        click.echo(f"  The rejected rows, each with its reason, are in {summary.rejects}")


def _main(counts: Mapping[str, int], row: str) -> str:
    return (
        f"{count(counts.get('new', 0), f'new {row}')}, {counts.get('changed', 0):,} changed, "
        f"{counts.get('unchanged', 0):,} as before, {count(counts['rejected'], 'row')} rejected"
    )


def count(number: int, word: str) -> str:
    """1 row, 2,000 rows, 2 new addresses."""
    plural = f"{word}es" if word.endswith("s") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"
