"""What the demo starts keeps running, and nothing of it outlives the demo."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.cli import supervisor
from app.cli.demo_home import DemoError, DemoHome, free_ports, require_free, with_supervisor
from app.cli.supervisor import Supervisor

CARRIER = (
    "carrier",
    "--account-sid",
    "AC1",
    "--auth-token",
    "t",
    "--port",
    "0",
    "--smtp-port",
    "0",
)
SUPERVISE = f"""
import os, sys, time; from pathlib import Path
from app.cli.supervisor import Supervisor; from app.cli.demo_watch import SUPERVISOR_PID
here = Supervisor({{**os.environ, SUPERVISOR_PID: str(os.getpid())}}, Path(sys.argv[1]), print)
print(here.keep("carrier", *{CARRIER!r}).process.pid, flush=True)
time.sleep(60)
"""


def until(is_so: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    environment = with_supervisor({"LASTMILE_VAR_DIR": str(tmp_path)})
    keeper = Supervisor(environment, tmp_path, said.append)
    yield keeper
    keeper.stop()


def test_a_child_that_dies_is_started_again_and_the_log_is_named(
    keeper: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.1)
    child = keeper.keep("carrier", *CARRIER)
    child.pause = 0.1
    assert child.process is not None
    first = child.process
    first.kill()
    first.wait()

    def came_back() -> bool:
        keeper.tend()
        return child.process not in (None, first)

    until(came_back)
    assert said == [
        f"carrier ended (SIGKILL); starting it again in 0 s, see {keeper.logs}/carrier.log"
    ]


def test_stop_leaves_no_process(keeper: Supervisor) -> None:
    child = keeper.keep("carrier", *CARRIER)
    assert child.process is not None
    keeper.stop()
    assert not psutil.pid_exists(child.process.pid)


def test_a_failed_command_says_what_it_said(keeper: Supervisor) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        keeper.run("no-such-command")
    assert "No such command" in caught.value.output


def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        until(lambda: "ready" in (tmp_path / "carrier.log").read_text())
        parent.send_signal(signal.SIGKILL)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_port_in_use_is_named_with_what_to_change() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemoError, match=f"port {port} is in use.*LASTMILE_WEB_PORT"):
            require_free(port, seconds=0.0)
    require_free(free_ports(1)[0], seconds=0.0)


def test_one_demo_a_directory(tmp_path: Path) -> None:
    first = DemoHome(tmp_path)
    first.enter()
    with pytest.raises(DemoError, match=f"already runs in .*process {os.getpid()}"):
        DemoHome(tmp_path).enter()
    first.leave()
    second = DemoHome(tmp_path)
    second.enter()
    second.leave()


def test_a_database_that_the_demo_did_not_make_is_not_touched(tmp_path: Path) -> None:
    precious = tmp_path / "postgres" / "PG_VERSION"
    precious.parent.mkdir()
    precious.touch()
    home = DemoHome(tmp_path)
    with pytest.raises(DemoError, match="did not make"):
        home.enter()
    home.clear()
    assert precious.exists()


def test_the_secret_is_kept_and_its_owners_alone(tmp_path: Path) -> None:
    home = DemoHome(tmp_path)
    home.path.mkdir()
    assert home.secret() == home.secret()
    assert (home.path / "secret").stat().st_mode & 0o777 == 0o600


def test_every_way_out_of_the_demo_leads_to_the_simulated_carrier(tmp_path: Path) -> None:
    home = DemoHome(tmp_path)
    home.path.mkdir()
    told = home.environment("postgresql://", 8000, 8010, 8025)
    assert told["TWILIO_BASE_URL"] == "http://127.0.0.1:8010"
    assert (told["SMTP_HOST"], told["SMTP_PORT"]) == ("127.0.0.1", "8025")
