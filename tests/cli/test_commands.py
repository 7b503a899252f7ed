"""The commands, as an organizer types them: what they say, and what they say when it is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.clock import Clock
from app.store.embedded import EmbeddedPostgres
from app.store.engine import Sessions
from tests import factories
from tests.processes import environment
from tests.processes import lastmile as run
from tests.scene import column, texting

TOML = """
name = "{name}"
organization = "Friends of Rosa Alvarez"
zone = "America/New_York"
polling_day = {day}
polls_open = 06:30:00
polls_close = 19:30:00
budget = 500
[ramps.call]
shape = "{shape}"
starts_on = {starts_on}
total = {total}
[words]
call = "Hi {{first_name}}"
"""
SOON = Clock().wall().date() + timedelta(days=21)
"""Far enough to be planned, near enough to be planned in a moment."""


@pytest.fixture
def lastmile(engine: Engine, database_url: str) -> "Lastmile":
    return Lastmile(database_url)


class Lastmile:
    """`lastmile …` on this test's database."""

    def __init__(self, database_url: str) -> None:
        self.environment = environment(database_url)

    def __call__(self, *arguments: object) -> str:
        """What it prints; it must succeed."""
        done = run(*arguments, environment=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refuses(self, *arguments: object) -> str:
        """What it prints; it must refuse in plain words."""
        done = run(*arguments, environment=self.environment)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


def draft(path: Path, **facts: object) -> Path:
    values = {"name": "Alvarez", "day": SOON, "shape": "linear", "total": 10, **facts}
    path.write_text(TOML.format(starts_on=SOON - timedelta(days=14), **values))
    return path


def test_a_campaign_is_set_up_from_a_file_and_listed(
    lastmile: Lastmile, sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 3)
    assert "Campaign 1 is set up." in lastmile("campaign", "new", draft(tmp_path / "c.toml"))
    assert f"Alvarez  polling day {SOON}" in lastmile("campaign", "list")
    assert "is a campaign of this name" in lastmile.refuses("campaign", "new", tmp_path / "c.toml")


def test_a_plan_that_cannot_be_kept_is_said_when_it_is_made(
    lastmile: Lastmile, sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 3)
    said = lastmile("campaign", "new", draft(tmp_path / "c.toml", total=100_000))
    assert "100,000 of 100,000 calls cannot be planned" in said
    assert "nobody is booked. Book callers for these hours." in said
    assert "HiGHS" not in said


WRONG = [
    ({"day": "2020-11-03"}, "polls of November 3, 2020 have closed"),
    ({"shape": "cubic"}, "'cubic' is no shape; use linear or exponential"),
    ({"day": '"soon"'}, "polling_day must be a day like 2026-11-03"),
    ({"total": "= ="}, "is not TOML"),
]


@pytest.mark.parametrize(("facts", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_campaign_file_is_refused_with_what_to_do(
    lastmile: Lastmile, tmp_path: Path, facts: dict[str, str], words: str
) -> None:
    assert words in lastmile.refuses("campaign", "new", draft(tmp_path / "c.toml", **facts))


def test_a_list_of_ballots_strikes_and_says_what_it_did(
    lastmile: Lastmile, sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 2, polling_day=factories.POLLING_DAY)
        factories.calls(session, campaign, whom)
    path = tmp_path / "voted.csv"
    path.write_text("ncid,name\nAA000001,Luz\nAA999999,Nobody\n")
    said = lastmile("voted", path, "--polling-day", "2026-11-03")
    assert "Ballots recorded: 1 (known before: 0). Pending contacts canceled: 1." in said
    assert "1 id is not on the voter file: AA999999" in said
    assert column(sessions, "SELECT voter_id FROM ballots") == [1]
    assert "say which election" in lastmile.refuses("voted", path)


def test_the_clock_stands_while_held_and_goes_on_where_it_stood(
    lastmile: Lastmile, sessions: Sessions
) -> None:
    lastmile.environment["LASTMILE_CLOCK"] = "start=2026-10-27T19:30:00-04:00 speed=60"
    lastmile("migrate")
    held = lastmile("clock", "hold")
    assert held == lastmile("clock", "show")
    assert "at speed 60" in lastmile("clock", "resume")


def test_a_clock_that_nobody_held_goes_on_from_the_last_sign_of_life(
    lastmile: Lastmile, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO clock_anchor VALUES "
                "(1, '2026-10-27 23:30Z', now() - '1 day'::interval, 60, '', 'UTC')"
            )
        )
        session.execute(
            text(
                "INSERT INTO workers (name, host, pid, started_at, beat_at) VALUES "
                "('a:1', 'a', 1, now(), now() - '1 day'::interval + '1 minute'::interval)"
            )
        )
    assert lastmile("clock", "resume").startswith("2026-10-28T00:30")


def test_a_wrong_clock_is_refused(lastmile: Lastmile) -> None:
    lastmile.environment["LASTMILE_CLOCK"] = "start=tomorrow"
    assert "LASTMILE_CLOCK" in lastmile.refuses("migrate")


def test_a_database_that_is_behind_the_program_is_said_in_words(
    postgres: EmbeddedPostgres,
) -> None:
    url = postgres.create_database("behind")
    try:
        done = run("campaign", "list", environment=environment(url))
    finally:
        postgres.drop_database("behind")
    assert done.returncode == 1
    assert "run `lastmile migrate`" in done.stderr
    assert "Traceback" not in done.stderr
