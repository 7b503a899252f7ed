"""`lastmile rehearse CAMPAIGN`: a campaign's final week played through on a copy, with faults."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.cli.plan import find, folded
from app.cli.rehearsal_report import lines
from app.cli.rehearse_run import INTERRUPTED, Asked, carry_out
from app.domain.rehearsal import Fault, Outcome
from app.services import rehearsals
from app.services.rehearsal_watch import Stopped
from app.services.rehearsals import Claimed, NoRehearsal
from app.wiring import Parts, connect


def read_faults(said: str) -> frozenset[Fault]:
    """The faults that `all`, `none` or a list of names stands for; raises UsageError."""
    words = [word for word in said.replace(",", " ").lower().replace("-", "_").split() if word]
    if words in (["all"], ["none"]):
        return frozenset(Fault) if words == ["all"] else frozenset()
    known = {fault.value: fault for fault in Fault}
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        named = f"no fault is called {unknown[0]!r}" if unknown else "no fault is named"
        raise click.UsageError(f"{named}; there are all, none, or any of: {', '.join(known)}")
    return frozenset(known[word] for word in words)


@click.command()
@click.argument("campaign")
@click.option("--faults", default="all", show_default=True, metavar="all|none|LIST")
@click.option("--seed", type=int, help="The same seed, the same week [default: a new one].")
@click.option("--workers", type=int, default=3, show_default=True, help="How many work at it.")
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write all of it there."
)
@click.pass_context
def rehearse(
    context: click.Context,
    campaign: str,
    faults: str,
    seed: int | None,
    workers: int,
    file: Path | None,
) -> None:
    """Play the final week of CAMPAIGN on a copy, with faults, and tell which promises were kept.

    CAMPAIGN is its number, its name, or a part that no other name has. The campaign itself is
    only read. LIST is names of faults with commas between. Ends with 1 if a promise was broken,
    with 2 if there is nothing to rehearse.
    """
    chosen = read_faults(faults)
    parts = connect()
    with parts.sessions() as session:
        found = find(session, campaign)
    asked = Asked()
    holder = f"command:{socket.gethostname()}:{os.getpid()}"
    try:
        claimed = _begin(parts, found.id, chosen, seed, workers, holder)
        with _interruptible(asked), _bar() as show:
            outcome = carry_out(parts, claimed, holder, asked, show)
    except NoRehearsal as refused:
        raise click.UsageError(str(refused)) from refused
    except Stopped:
        rehearsals.fail(
            parts.sessions,
            claimed.id,
            holder,
            "It was stopped on the command line.",
            now=parts.clock.now(),
        )
        click.echo("Stopped; the campaign is as it was.", err=True)
        context.exit(INTERRUPTED)
    _report(outcome, claimed, file)
    if not outcome.kept:
        context.exit(1)


def _begin(
    parts: Parts,
    campaign_id: int,
    faults: frozenset[Fault],
    seed: int | None,
    workers: int,
    holder: str,
) -> Claimed:
    clock = parts.clock
    rehearsal_id = rehearsals.want(
        parts.sessions,
        campaign_id,
        faults=faults,
        seed=seed,
        workers=workers,
        by=None,
        now=clock.now(),
        holder=holder,
        wall=clock.wall(),
    )
    claimed = rehearsals.claimed_by(parts.sessions, rehearsal_id, holder)
    assert claimed is not None  # it was just made
    return claimed


def _report(outcome: Outcome, claimed: Claimed, file: Path | None) -> None:
    for line in lines(outcome, claimed.id, claimed.campaign_id, claimed.faults):
        for part in folded(line):
            click.echo(part)
    if file is not None:
        try:
            told = json.dumps(outcome.as_json(), ensure_ascii=False, indent=2)
            file.write_text(f"{told}\n", encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"{file}: {error.strerror}") from error


@contextmanager
def _interruptible(asked: Asked) -> Iterator[None]:
    before = {one: signal.signal(one, asked) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _bar() -> Iterator[Callable[[float], None]]:
    """A progress bar on a terminal, which takes the share that is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as shown:
        task = shown.add_task("the campaign is copied", total=1.0)

        def show(share: float) -> None:
            shown.update(task, completed=share, description="the final week is played")

        yield show
