"""`lastmile rehearse-run`: the process in which a worker has a rehearsal played."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click
import structlog

from app.cli.demo_watch import end_with_supervisor
from app.domain.rehearsal import Fault, Outcome
from app.failure import log_error
from app.garbage import quickly
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
    with quickly():
        from app.rehearsal.copy import NoRoom
        from app.rehearsal.part import RehearsalRefused
        from app.rehearsal.run import rehearse

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
