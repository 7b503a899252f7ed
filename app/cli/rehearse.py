"""`lastmile rehearse CAMPAIGN`: a campaign's final week played through on a copy, with faults."""

import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click
import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.cli.demo_watch import end_with_supervisor
from app.cli.plan import find, folded
from app.cli.rehearsal_report import lines
from app.domain.rehearsal import Fault, Outcome
from app.failure import log_error
from app.services import rehearsals
from app.services.rehearsal_watch import Stopped, Watch
from app.services.rehearsals import Claimed, NoRehearsal
from app.wiring import Parts, connect

INTERRUPTED = 130
BROKE = "It broke by an error of the program’s own ({}); the log says where."


class Play(Protocol):
    """Plays a campaign's final week through; `app.rehearsal.run.rehearse`."""

    def __call__(
        self,
        parts: Parts,
        campaign_id: int,
        *,
        faults: frozenset[Fault],
        seed: int,
        workers: int,
        progress: Callable[[float], None],
    ) -> Outcome:
        """What came of it."""
        ...


def player() -> tuple[Play, tuple[type[Exception], ...]]:
    """The rehearsal itself, and the errors by which it says that there is nothing to rehearse."""
    from app.rehearsal.copy import NoRoom
    from app.rehearsal.run import RehearsalRefused, rehearse

    return rehearse, (RehearsalRefused, NoRoom)


class Asked:
    """Whether this process was asked to end, by a signal; asked twice, it ends at once."""

    def __init__(self) -> None:
        self.to_end = False

    def __call__(self, *_signal: Any) -> None:
        """The signal's handler."""
        if self.to_end:
            sys.exit(INTERRUPTED)
        self.to_end = True


def carry_out(
    parts: Parts,
    claimed: Claimed,
    holder: str,
    asked: Asked,
    tell: Callable[[float], None] = lambda share: None,
) -> Outcome:
    """Plays what this process holds, and stores what came of it.

    Raises Stopped, or NoRehearsal with the reason why there is nothing to play.
    """
    play, refusals = player()
    clock = parts.clock
    with Watch(parts.sessions, claimed.id, holder, clock.wall) as watch:

        def advance(share: float) -> None:
            watch.advance(share)
            tell(share)
            if asked.to_end:
                raise Stopped

        try:
            with _quiet():
                outcome = play(
                    parts,
                    claimed.campaign_id,
                    faults=claimed.faults,
                    seed=claimed.seed,
                    workers=claimed.workers,
                    progress=advance,
                )
        except Stopped:
            raise
        except refusals as refused:
            rehearsals.fail(parts.sessions, claimed.id, holder, str(refused), now=clock.now())
            raise NoRehearsal(str(refused)) from refused
        except Exception as error:
            problem = BROKE.format(type(error).__name__)
            rehearsals.fail(parts.sessions, claimed.id, holder, problem, now=clock.now())
            raise
    rehearsals.end(parts.sessions, claimed.id, holder, outcome, now=clock.now())
    return outcome


@contextmanager
def _quiet() -> Iterator[None]:
    """What the played workers log is not written down: it would look like the real ones'."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


@click.command("rehearse-run", hidden=True)
@click.argument("rehearsal_id", type=int)
@click.argument("holder")
def rehearse_run(rehearsal_id: int, holder: str) -> None:
    """Play a rehearsal that a worker has claimed; started by the worker, not by people."""
    end_with_supervisor()
    os.nice(10)  # whoever sends comes first
    asked = Asked()
    signal.signal(signal.SIGTERM, asked)
    parts = connect()
    claimed = rehearsals.claimed_by(parts.sessions, rehearsal_id, holder)
    if claimed is None:
        return
    try:
        carry_out(parts, claimed, holder, asked)
    except NoRehearsal:
        pass  # it is said on its page
    except Stopped:
        # Unless a person stopped it.
        rehearsals.put_back(parts.sessions, rehearsal_id, holder, now=parts.clock.now())
    except Exception as error:
        log_error("rehearsal failed", error, rehearsal=rehearsal_id)
        sys.exit(1)


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
