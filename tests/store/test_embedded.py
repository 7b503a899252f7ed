"""The embedded PostgreSQL starts anywhere, survives what befalls it and ends with its last user."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.store.cluster import EmbeddedPostgresError, postmaster
from app.store.embedded import EmbeddedPostgres

USE_AND_LEAVE = """
import sys; from pathlib import Path; from app.store.embedded import shared_url
print(shared_url(Path(sys.argv[1])))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "var", durable=False)
    yield server
    server.shut_down()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


def process_of(server: EmbeddedPostgres) -> psutil.Process:
    process = postmaster(server.data)
    assert process is not None
    return process


@pytest.mark.parametrize("name", ["with a space", "with,comma", "it's", "long" * 30])
def test_it_starts_in_a_directory_of_any_name(tmp_path: Path, name: str) -> None:
    server = EmbeddedPostgres(tmp_path / name, durable=False)
    try:
        assert ask(server.start(), "SELECT lower('ÉÀ')") == "éà"
    finally:
        server.shut_down()


def test_it_speaks_of_no_statement_in_its_log(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.Error):
        ask(server.start(), "SELECT 'Olive Ames'::int")
    assert "Olive" not in (server.data / "log").read_text()


def test_only_its_owner_reaches_its_socket(server: EmbeddedPostgres) -> None:
    server.start()
    assert server.data.stat().st_mode & 0o077 == 0


def test_it_ends_with_its_last_user(server: EmbeddedPostgres) -> None:
    server.start()
    first = process_of(server)
    command = [sys.executable, "-c", USE_AND_LEAVE, str(server.var_dir)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == server.url
    assert process_of(server) == first, "someone who left stopped it under us"
    server.stop()
    assert not server.running
    subprocess.run(command, capture_output=True, check=True)
    assert not server.running, "its only user left, and it still runs"


def test_it_starts_again_after_being_killed(server: EmbeddedPostgres) -> None:
    server.start()
    process_of(server).kill()
    while postmaster(server.data) is not None:
        time.sleep(0.01)
    assert ask(server.start(), "SELECT 1") == 1


def test_a_stale_pid_file_does_not_stop_it(server: EmbeddedPostgres) -> None:
    server.start()
    kept = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    stale = "\n".join([str(os.getpid()), *kept[1:]]) + "\n"
    (server.data / "postmaster.pid").write_text(stale)
    assert ask(server.start(), "SELECT 1") == 1


def test_an_interrupted_beginning_is_begun_again(server: EmbeddedPostgres) -> None:
    leftover = server.data.with_name("postgres.new")
    leftover.mkdir(parents=True)
    (leftover / "half").touch()
    assert ask(server.start(), "SELECT 1") == 1


def test_a_directory_that_cannot_be_is_explained_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(tmp_path / "file" / "var").start()
    assert "\n" not in str(caught.value)


def test_a_killed_user_does_not_keep_it_running(server: EmbeddedPostgres) -> None:
    server.start()
    script = USE_AND_LEAVE + "import time; sys.stdout.flush(); time.sleep(60)"
    command = [sys.executable, "-c", script, str(server.var_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline()
        other.send_signal(signal.SIGKILL)
    server.stop()
    assert not server.running
