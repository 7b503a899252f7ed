"""The processes start from nothing; those that tests start sooner are processes like them."""

import os
import signal

import psutil

from tests.conftest import StartCarrier, StartWeb, StartWorker
from tests.processes import environment, lastmile


def test_web_and_worker_start_from_nothing(start_web: StartWeb, start_worker: StartWorker) -> None:
    worker = start_worker(fresh=True)
    web, _ = start_web(fresh=True)
    worker.wait_for("worker started")
    assert (worker.stop(), web.stop()) == (0, 0)


def test_a_forked_process_has_its_own_number_and_its_own_end(start_carrier: StartCarrier) -> None:
    first, second = start_carrier().running, start_carrier().running
    numbers = {first.process.pid, second.process.pid, os.getpid()}
    assert len(numbers) == 3
    assert first.process.poll() is None
    first.kill()
    assert first.process.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(first.process.pid)
    assert second.process.poll() is None
    assert second.stop() == 0


def test_a_forked_process_has_its_own_settings() -> None:
    for name in ("one", "two"):
        said = lastmile("migrate", environment=environment(f"{name}://localhost/x"))
        assert said.returncode == 1
        assert f"DATABASE_URL starts with {name}://" in said.stderr
