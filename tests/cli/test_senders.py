"""`lastmile sender …`: added by its kind, changed, stopped with a reason, started."""

import pytest
from click.testing import CliRunner

from app.cli import senders
from app.clock import ManualClock
from app.config import Settings
from app.store.engine import Sessions
from app.wiring import Parts
from tests.factories import NOON
from tests.scene import column, texting

NAME = "Eastside calls"


@pytest.fixture(autouse=True)
def campaign(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign with one sender of texts, at noon."""
    with sessions.begin() as session:
        texting(session, 1)
    parts = Parts(Settings(_env_file=None), sessions.kw["bind"], sessions, ManualClock(NOON))
    monkeypatch.setattr(senders, "connect", lambda: parts)


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(senders.sender, words)
    assert done.exit_code == code, done.output
    return done.output


def test_a_sender_is_added_by_its_kind_and_changed_by_name(sessions: Sessions) -> None:
    said = run("add", NAME, "ten_dlc:80", "+19195550143", "name=Second", "price=0.0083")
    assert "Sender 3 is added" in said
    assert column(sessions, "SELECT per_day FROM senders WHERE id = 3") == [200_000]
    said = run("set", NAME, "Second", "per_day=2,000", "per_hour=")
    assert "per_day: 200000 → 2000" in said
    assert "per_hour: 10000 → none" in said
    assert "Nothing was different" in run("set", "1", "3", "per_day=2000")


def test_a_sender_is_stopped_and_started(sessions: Sessions) -> None:
    assert "is stopped" in run("stop", NAME, "Texts", "--reason", "too many complaints")
    assert column(sessions, "SELECT stopped FROM senders WHERE id = 1") == [
        "stopped by hand: too many complaints"
    ]
    assert "too many complaints" in run("stop", NAME, "1", "--reason", "again")
    assert "sends again" in run("start", NAME, "1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", NAME, "pigeon", "+19195550143"), "there are long_code, toll_free"),
        (("add", NAME, "short_code", "+19195550143"), "4 to 8 digits"),
        (("set", NAME, "Texts", "colour=red"), "nothing of a sender"),
        (("set", NAME, "Texts", "per_day=many"), "is no number"),
        (("set", NAME, "Fax", "per_day=1"), "there are: 1 (Texts, +19195550142)"),
        (("stop", NAME, "Texts", "--reason", " "), "Say why"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said_in_words(words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, code=1)
