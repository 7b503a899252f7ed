"""`lastmile import-run`: the process in which a worker has an import carried out."""

import signal
import sys

import click

from app.cli.demo_watch import end_with_supervisor
from app.failure import log_error
from app.services.import_runs import work
from app.wiring import connect


@click.command("import-run", hidden=True)
@click.argument("run_id", type=int)
@click.argument("worker")
def import_run(run_id: int, worker: str) -> None:
    """Carry out an import that a worker has claimed; started by the worker, not by people."""
    end_with_supervisor()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # gives the run back, see _mark
    parts = connect()
    uploads, country = parts.settings.uploads, parts.settings.country
    try:
        work(parts.sessions, parts.engine, uploads, run_id, worker, parts.clock, country)
    except Exception as error:
        log_error("import failed", error, run=run_id)
        sys.exit(1)
