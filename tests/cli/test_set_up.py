"""`lastmile go` and `lastmile copy`: the checklist and the refusals of the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.cli import main
from app.cli import set_up as commands
from app.clock import ManualClock
from app.config import Settings
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.services.test_set_up import BASICS, REASONS, ready_draft

BECAUSE = [word for name, why in REASONS.items() for word in ("--because", f"{name}={why}")]


@pytest.fixture(autouse=True)
def _here(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run at noon on the test's database."""
    settings = Settings(_env_file=None, public_url="https://vote.example.org")
    parts = Parts(settings, sessions.kw["bind"], sessions, ManualClock(NOON))
    monkeypatch.setattr(commands, "connect", lambda: parts)


def lastmile(*words: str, ends_with: int = 0) -> str:
    """What the command prints; it must end so."""
    done = CliRunner().invoke(main, words)
    assert done.exit_code == ends_with, done.output
    return done.output


@contextmanager
def state_after(sessions: Sessions, campaign_id: int, state: str) -> Iterator[None]:
    """The campaign's state afterwards."""
    yield
    with sessions() as session:
        assert session.get_one(Campaign, campaign_id).state == state


def test_a_draft_begins_once_and_its_reasons_are_kept(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    with state_after(sessions, made, "draft"):
        said = lastmile("go", str(made), ends_with=1)
    assert "  ok    Voters are chosen." in said
    assert "  look  rehearsal: The final week was not rehearsed." in said
    assert "with --because POINT=REASON: looks_text, webhooks" in said
    with state_after(sessions, made, "draft"):
        lastmile("go", BASICS.name, "--check", *BECAUSE)
    with state_after(sessions, made, "running"):
        said = lastmile("go", BASICS.name, *BECAUSE)
    assert f"Passed over: {REASONS['rehearsal']}" in said
    assert f"{BASICS.name} has begun.\n" in said
    assert "has begun already" in lastmile("go", BASICS.name)
    with sessions() as session:
        begun = select(AuditEntry).where(AuditEntry.action == "campaign begun")
        (entry,) = session.scalars(begun).all()
    assert entry.details["passed_over"]["rehearsal"] == REASONS["rehearsal"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Put right first: people, "),
        (["--because", "people=we have none yet"], "'people' must be well first"),
        (["--because", "weather=it may rain"], "'weather' is no point of the checklist"),
        (["--because", "rehearsal=no"], "a reason of at least 5 letters"),
    ],
)
def test_what_must_be_there_cannot_be_passed_over(
    sessions: Sessions, words: list[str], said: str
) -> None:
    with sessions.begin() as session:
        made = factories.campaign(session, state="draft").id
    with state_after(sessions, made, "draft"):
        assert said in lastmile("go", str(made), *words, ends_with=1)


def test_a_copy_is_a_draft_with_the_same_refusals_as_the_page(sessions: Sessions) -> None:
    made = ready_draft(sessions)
    ask = ("copy", BASICS.name, "--name", "Rivera 2028", "--polling-day")
    said = lastmile(*ask, "2028-11-07")
    assert f"Campaign {made + 1} is a draft, with polling day on 2028-11-07." in said
    with sessions() as session:
        copied = session.get_one(Campaign, made + 1)
    assert (copied.state, copied.copied_from) == ("draft", made)
    assert "is a campaign of this name already" in lastmile(*ask, "2028-11-07", ends_with=1)
    assert "write it like 2028-11-07" in lastmile(*ask, "in fall", ends_with=1)
    past = ("copy", BASICS.name, "--name", "Rivera 2020", "--polling-day", "2020-11-03")
    assert "choose a day to come" in lastmile(*past, ends_with=1)
    assert "There is no campaign 'Nobody'" in lastmile("copy", "Nobody", *ask[2:], "2028-11-07",
                                                       ends_with=1)  # fmt: skip
