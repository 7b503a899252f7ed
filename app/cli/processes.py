"""`lastmile migrate`, `web`, `worker`, `clock`: the processes and what they share."""

import sys
from collections.abc import Callable
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from app.cli.demo_watch import end_with_supervisor
from app.cli.keep import keep_worker
from app.clock import Clock
from app.config import Settings, settings
from app.domain.timeline import parse_clock
from app.garbage import collect_seldom, quickly
from app.keys import NoSecretKey, signing_key
from app.services.heartbeat import last_beat
from app.store.clocks import load_anchor, save_anchor
from app.store.migrate import upgrade
from app.wiring import Parts, connect, database_url


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date; sets the clock if LASTMILE_CLOCK asks for one."""
    parts = connect()
    upgrade(parts.engine)
    _start_clock(parts)
    click.echo("The tables are up to date.")


def _start_clock(parts: Parts) -> None:
    """Sets the campaign clock once; a clock that is set already goes on."""
    try:
        wanted = parse_clock(parts.settings.clock, Clock().wall())
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with parts.engine.begin() as connection:
        if wanted is not None and load_anchor(connection) is None:
            save_anchor(connection, wanted)


SWITCH_SECONDS = 0.0005
"""A page asks the database ten times, and after each answer waits until a busy thread beside it
lets go of the interpreter: at the usual 5 ms a page of 20 ms can take 100."""


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings instead of a file of its own."""

    def __init__(self, load: Callable[[], Any], options: dict[str, Any]) -> None:
        self._load = load
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hands the options over."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker process so that none shares a connection."""
        return self._load()


@click.command()
@click.option("--port", type=int, help="Default: LASTMILE_WEB_PORT or 8000.")
def web(port: int | None) -> None:
    """Serve the pages."""
    end_with_supervisor()
    chosen = settings()
    try:
        signing_key(chosen)
    except NoSecretKey as error:
        raise click.ClickException(str(error)) from error
    # Started here, once; the worker processes only connect to it.
    chosen = chosen.model_copy(update={"database_url": database_url(chosen)})
    Gunicorn(lambda: _app(chosen), _options(chosen, port or chosen.web_port)).run()


def _options(chosen: Settings, port: int) -> dict[str, Any]:
    return {
        "bind": f"{chosen.web_host}:{port}",
        "workers": chosen.web_processes,
        "threads": chosen.web_threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": 5,
        "control_socket_disable": True,
        "loglevel": "warning",
    }


def _app(chosen: Settings) -> Any:
    with quickly():
        from app.web.app import create_app

        app = create_app(connect(chosen))
    as_the_web()
    return app


def as_the_web() -> None:
    """How threads and garbage are dealt with in a process of the web, once all is loaded."""
    sys.setswitchinterval(SWITCH_SECONDS)
    collect_seldom()


@click.command()
@click.option("--keep", is_flag=True, help="Start it again whenever it dies, hangs or freezes.")
def worker(keep: bool) -> None:
    """Run the worker: pace, dispatch, settle. Start as many as you like, on any machine."""
    if keep:
        end_with_supervisor()
        keep_worker(settings())
        return
    with quickly():
        from app.worker.process import run_worker

    end_with_supervisor()
    run_worker(connect())


@click.command()
@click.argument("what", type=click.Choice(["show", "hold", "resume"]))
def clock(what: str) -> None:
    """Show the campaign's clock; hold it, or let it go on where it stood (demo and rehearsal)."""
    parts = connect()
    anchor = parts.clock.anchor
    if anchor is None:
        click.echo(f"{parts.clock.now().isoformat(timespec='seconds')} (the wall clock)")
        return
    wall = parts.clock.wall()
    if what == "hold":
        anchor = anchor.held(wall)
    elif what == "resume":
        # A clock that nobody could hold stopped with the last sign of life of a worker.
        stopped = anchor.held(last_beat(parts.sessions) or wall) if anchor.speed else anchor
        wanted = parse_clock(parts.settings.clock, wall)
        anchor = stopped.resumed(wall, wanted.speed if wanted else 1.0)
    if what != "show":
        with parts.engine.begin() as connection:
            save_anchor(connection, anchor)
    click.echo(f"{anchor.at(wall).isoformat(timespec='seconds')} at speed {anchor.speed:g}")
