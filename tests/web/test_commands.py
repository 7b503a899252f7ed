"""`lastmile user` and `lastmile sign-in-link`, as processes of their own."""

import subprocess

import requests
from sqlalchemy import select

from app.store.engine import Sessions
from app.store.people import User
from tests.conftest import StartWeb
from tests.processes import environment, lastmile


def _lastmile(
    database_url: str, *arguments: str, typed: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return lastmile(*arguments, environment=environment(database_url, **settings), typed=typed)


def test_a_person_is_added_and_comes_in_by_the_printed_link(
    start_web: StartWeb, database_url: str, sessions: Sessions
) -> None:
    _, url = start_web()
    added = _lastmile(
        database_url, "user", "add", "Olive@Example.org", "--name", "Olive", "--role", "organizer"
    )
    assert "Added Olive@Example.org as organizer." in added.stdout, added.stderr
    password = added.stdout.strip().rpartition(" ")[2]
    assert len(password) >= 12
    linked = _lastmile(database_url, "sign-in-link", "olive@example.org", LASTMILE_PUBLIC_URL=url)
    answer = requests.get(linked.stdout.strip(), timeout=10)
    assert answer.url == f"{url}/campaigns"
    assert "Sign out" in answer.text


def test_a_person_is_added_with_their_languages(database_url: str, sessions: Sessions) -> None:
    add = ("user", "add", "ana@example.org", "--name", "Ana")
    added = _lastmile(database_url, *add, "--language", "es", "--language", "en")
    assert added.returncode == 0, added.stderr
    with sessions() as session:
        assert session.scalars(select(User.languages)).one() == ["es", "en"]


def test_what_cannot_be_is_said_in_a_line(database_url: str, sessions: Sessions) -> None:
    unknown = _lastmile(database_url, "sign-in-link", "nobody@example.org")
    assert unknown.returncode == 1
    assert "has no account; add one: lastmile user add" in unknown.stderr
    add = ("user", "add", "ana@example.org", "--name", "Ana", "--password-stdin")
    short = _lastmile(database_url, *add, typed="short\n")
    assert "at least 12 characters" in short.stderr
    nowhere = _lastmile(database_url, *add, "--campaign", "7", typed="long enough for us\n")
    assert "There is no campaign 7." in nowhere.stderr
