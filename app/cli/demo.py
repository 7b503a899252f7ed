"""`lastmile demo`: a whole campaign on this machine, on a fast clock and a simulated carrier."""

import contextlib
import http.client
import os
import shlex
import signal
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from types import FrameType

import click

from app.cli.demo_home import (
    INBOUND_PATH,
    DemoError,
    DemoHome,
    free_ports,
    require_free,
    with_supervisor,
)
from app.cli.supervisor import Supervisor
from app.config import settings
from app.store.cluster import EmbeddedPostgresError
from app.store.embedded import DATABASE, EmbeddedPostgres

PEOPLE = {"organizer": "olive@demo.example", "volunteer": "victor@demo.example"}
SEED = "2026"
PAGES_SECONDS = 60.0
LOOK_SECONDS = 0.5
PAUSE_SECONDS = 5.0


class Stopped(BaseException):
    """Ctrl-C, or a signal that means the same."""


@click.command()
@click.option("--port", type=int, help="Where the pages are (default: LASTMILE_WEB_PORT or 8000).")
@click.option("--voters", default=20_000, show_default=True, help="How many, on the first run.")
@click.option("--reset", is_flag=True, help="Stop the demo, delete what it made, and exit.")
@click.option("--no-open", is_flag=True, help="Do not open the organizer's page in the browser.")
def demo(port: int | None, voters: int, reset: bool, no_open: bool) -> None:
    """Run a demo campaign: database, pages, worker and simulated carrier."""
    home = DemoHome(settings().var_dir)
    try:
        if reset:
            start_over(home)
        else:
            Demo(home, port or settings().web_port, voters, opens=not no_open).run()
    except (DemoError, EmbeddedPostgresError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or home.var_dir}: {error.strerror}; "
            "LASTMILE_VAR_DIR names the directory that the demo writes to"
        ) from error


def start_over(home: DemoHome) -> None:
    """Stop what runs and delete what the demo made."""
    home.evict()
    try:
        if home.owner.exists():
            EmbeddedPostgres(home.var_dir).shut_down()
        home.clear()
    finally:
        home.leave()
    click.echo("The demo is gone; the next one starts from nothing.")


class Demo:
    """One run of the demo, from the first line it prints to the last process it ends."""

    def __init__(self, home: DemoHome, port: int, voters: int, *, opens: bool) -> None:
        self.home, self.port, self.voters, self.opens = home, port, voters, opens
        self.postgres = EmbeddedPostgres(home.var_dir)

    def run(self) -> None:
        """Start everything, keep it running, and end all of it when told to."""
        with contextlib.suppress(Stopped), told_to_stop(), contextlib.ExitStack() as stack:
            self.home.enter()
            stack.callback(self.home.leave)
            require_free(self.port)
            carrier, smtp = free_ports(2)
            stack.callback(self.postgres.shut_down)
            with step("database started"):
                url = self.postgres.start()
            environment = self.home.environment(url, self.port, carrier, smtp)
            self.home.write_environment(environment)
            processes = Supervisor(with_supervisor(environment), self.home.path, click.echo)
            stack.callback(self.wind_down, processes)
            self.load(processes)
            self.start_processes(processes, carrier, smtp)
            self.welcome(processes)
            self.keep_running(processes)

    def load(self, processes: Supervisor) -> None:
        """Migrate; on the first run also make the voters and the campaign."""
        if not self.home.loaded.exists():  # the first run, or one that was cut short
            self.postgres.drop_database(DATABASE)
            self.postgres.create_database(DATABASE)
        with step("tables migrated"):
            run(processes, "migrate")
        if not self.home.loaded.exists():
            run(processes, "clock", "hold")  # the campaign's time begins when it is all there
            voters, consents = (str(self.home.path / f"{n}.txt") for n in ("voters", "consents"))
            with step(f"voter file of {self.voters:,} made"):
                count = ("--voters", str(self.voters))
                run(processes, "make-voter-file", voters, *count, "--seed", SEED,
                    "--consents", consents)  # fmt: skip
            with step("voter file imported"):
                run(processes, "import", voters, "--layout", "nc")
            with step("consents imported"):
                run(processes, "consents", consents)
            with step("campaign made"):
                run(processes, "campaign", "demo")
            self.home.loaded.touch()
        with contextlib.suppress(DemoError):
            run(processes, "clock", "resume")

    def start_processes(self, processes: Supervisor, carrier: int, smtp: int) -> None:
        """Start carrier, web and worker and wait for the first page."""
        told = processes.environment
        with step("pages up"):
            processes.keep(
                *("carrier", "carrier", "--port", str(carrier), "--smtp-port", str(smtp)),
                *("--account-sid", told["TWILIO_ACCOUNT_SID"]),
                *("--auth-token", told["TWILIO_AUTH_TOKEN"]),
                *("--inbound-url", told["LASTMILE_PUBLIC_URL"] + INBOUND_PATH),
                *("--ledger", str(self.home.path / "ledger"), "--seed", SEED),
                # Livelier than real voters, so that a newcomer sees every kind of reply soon.
                *("--share", "stop=0.015", "--share", "voted=0.04", "--share", "other=0.10"),
            )
            processes.keep("web", "web")
            processes.keep("worker", "worker")
            end = time.monotonic() + PAGES_SECONDS
            while not answers(self.port):
                processes.tend()
                if time.monotonic() > end:
                    raise DemoError(f"the pages do not come up; see {self.home.path / 'web.log'}")
                time.sleep(0.1)

    def welcome(self, processes: Supervisor) -> None:
        """Say where to go."""
        links = sign_in_links(processes)
        click.echo(f"\nLastmile runs at http://localhost:{self.port}\n")
        for role, link in links.items():
            click.echo(f"  {role:<10} {link}")
        quoted = shlex.quote(str(self.home.path / "environment"))
        click.echo(
            f"\nLogs and files: {self.home.path}"
            f"\nCommands in another shell: set -a; . {quoted}; set +a"
            "\nCtrl-C stops the demo; make demo goes on with it; make demo-reset starts over.\n"
        )
        link = links["organizer"]
        if self.opens and link.startswith("http") and sys.stdout.isatty() and has_screen():
            webbrowser.open(link)

    def keep_running(self, processes: Supervisor) -> None:
        """Start again whatever dies, until told to stop."""
        while True:
            time.sleep(LOOK_SECONDS)
            if not self.postgres.running:
                click.echo("the database ended; starting it again")
                self.start_database_again()
            processes.tend()

    def start_database_again(self) -> None:
        """One try; the next look round makes another."""
        try:
            self.postgres.start()
        except EmbeddedPostgresError as error:
            click.echo(str(error))
            time.sleep(PAUSE_SECONDS)

    def wind_down(self, processes: Supervisor) -> None:
        """End the processes; the campaign's clock stands still until the next run."""
        click.echo("\nstopping …")
        processes.terminate()
        with contextlib.suppress(DemoError):
            run(processes, "clock", "hold")
        processes.stop()


@contextlib.contextmanager
def told_to_stop() -> Iterator[None]:
    """Raise Stopped here at the first signal to end; further ones change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, lambda *_: None)
        raise Stopped

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.getsignal(each) for each in numbers}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup means it
            signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def step(done: str) -> Iterator[None]:
    """Print what was done and how long it took."""
    began = time.monotonic()
    yield
    click.echo(f"{done} ({time.monotonic() - began:.1f} s)")


def run(processes: Supervisor, *arguments: str) -> str:
    """Run `lastmile arguments…`; DemoError with the last line that it said if it fails."""
    try:
        return processes.run(*arguments)
    except subprocess.CalledProcessError as error:
        said = str(error.output).strip().splitlines() or ["it said nothing"]
        command = " ".join(arguments[:2])
        more = f" (more in {processes.logs / 'setup.log'})" if processes.logs else ""
        raise DemoError(f"lastmile {command}: {said[-1]}{more}") from error


def sign_in_links(processes: Supervisor) -> dict[str, str]:
    """For each role the link that signs its person in, or what to type to get it."""
    commands = [("sign-in-link", email) for email in PEOPLE.values()]
    try:
        said = processes.run_together(*commands)
        links = [text.strip().splitlines()[-1] for text in said]
    except (subprocess.CalledProcessError, IndexError):
        links = [" ".join(("lastmile", *command)) for command in commands]
    return dict(zip(PEOPLE, links, strict=True))


def answers(port: int) -> bool:
    """Whether the pages are up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_screen() -> bool:
    """Whether a browser would have a window here."""
    return sys.platform == "darwin" or any(
        os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")
    )
