"""`lastmile campaign set` and `blackout`: what they change, say, and refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import change_campaign
from app.cli.campaigns import campaign
from app.clock import ManualClock
from app.config import Settings
from app.domain.survey import DEFAULT
from app.services.campaign_settings import settings_of
from app.services.rules import listed
from app.services.surveys import survey_of
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON

NAME = "Eastside calls"
BLACKOUT = ("blackout", NAME, "2026-10-31 12:00", "2026-10-31T15:00", "--channels", "call, text")


class Lastmile:
    """`lastmile campaign …` in this process, at noon."""

    def __call__(self, *words: str) -> str:
        """What it prints; it must succeed."""
        done = CliRunner().invoke(campaign, words)
        assert done.exit_code == 0, done.output
        return done.output

    def refuses(self, *words: str) -> str:
        """What it prints; it must refuse in plain words."""
        done = CliRunner().invoke(campaign, words)
        assert done.exit_code == 1, done.output
        return done.output


@pytest.fixture
def lastmile(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Lastmile:
    """The commands, on a campaign of one voter."""
    with sessions.begin() as session:
        factories.targets(session, factories.campaign(session), factories.voters(session, 1))
    parts = Parts(Settings(_env_file=None), sessions.kw["bind"], sessions, ManualClock(NOON))
    monkeypatch.setattr(change_campaign, "connect", lambda: parts)
    return Lastmile()


def test_settings_are_changed_by_name_or_number(lastmile: Lastmile, sessions: Sessions) -> None:
    said = lastmile("set", NAME, "budget=750.5", "reserve=30%", "daily_cap=2", "total_cap=9")
    assert "budget: 20000 → 750.5\nreserve_share: 0.4 → 0.3\n" in said
    assert "Nothing was different" in lastmile("set", "1", "reserve=0.3")
    with sessions() as session:
        now = settings_of(session, 1)
    assert (now.voter_daily_cap, now.voter_total_cap) == (2, 9)


@pytest.mark.parametrize(
    ("which", "change", "words"),
    [
        ("Westside", "budget=5", "There is no campaign 'Westside'; there are: 1 (Eastside calls)."),
        (NAME, "color=red", "is no setting; there are budget=500 reserve=30%"),
        (NAME, "budget", "is no setting"),
        (NAME, "daily_cap=1.5", "is no number; write it like daily_cap=2"),
        (NAME, "reserve=30", "less than 100 %"),
        (NAME, "budget=NaN", "The budget is 0 to"),
    ],
    ids=["campaign", "name", "no value", "no whole number", "percent", "no number"],
)
def test_a_setting_that_cannot_be_is_refused(
    lastmile: Lastmile, which: str, change: str, words: str
) -> None:
    assert words in lastmile.refuses("set", which, change)


def test_a_blackout_says_what_it_closes(lastmile: Lastmile, sessions: Sessions) -> None:
    said = lastmile(*BLACKOUT, "--note", "a funeral")
    assert "Blackout of calls and texts from Sat, Oct 31, noon until Sat, Oct 31, 3 pm." in said
    assert "calls: 3 h of the final week close, 69.5 h stay open; 0 planned" in said
    assert "holds already" in lastmile(*BLACKOUT, "--note", "a funeral")
    with sessions() as session:
        [one] = listed(session, 1)
    assert one.note == "a funeral"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({2: "2026-10-31 16:00"}, "must end after it begins"),
        ({2: "soon"}, "'soon' is no instant"),
        ({3: "2026-10-28 12:00", 2: "2026-10-27 12:00"}, "over already"),
        ({5: "call,pigeon"}, "is no channel"),
        ({2: "2026-10-29 12:00", 3: "2026-11-04", 5: "call,text,email"}, "--nothing-goes-out"),
    ],
    ids=["backwards", "no time", "past", "channel", "whole week"],
)
def test_a_blackout_that_cannot_be_is_refused(
    lastmile: Lastmile, change: dict[int, Any], words: str
) -> None:
    typed = [change.get(at, word) for at, word in enumerate(BLACKOUT)]
    assert words in lastmile.refuses(*typed, "--note", "a funeral")


def test_nothing_goes_out_only_when_that_is_said(lastmile: Lastmile) -> None:
    whole = ("blackout", NAME, "2026-10-29 12:00", "2026-11-04", "--note", "a court order")
    assert "Blackout of calls, texts and emails" in lastmile(*whole, "--nothing-goes-out")


def test_a_survey_is_loaded_from_a_file(
    lastmile: Lastmile, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "survey.json"
    answers = [{"key": "yes", "words": "Yes"}, {"key": "no", "words": "No"}]
    file.write_text(json.dumps([{"key": "ride", "words": "A ride?", "answers": answers}]))
    assert "ask from now on: ride." in lastmile("survey", NAME, str(file))
    file.write_text(json.dumps([{"key": "ride", "words": "A ride?", "answers": []}]))
    assert "needs 2 to 6 answers" in lastmile.refuses("survey", NAME, str(file))
    file.write_text("[")
    assert "is not JSON" in lastmile.refuses("survey", NAME, str(file))
    with sessions() as session:
        assert [one.key for one in survey_of(session, 1).questions] == ["ride"]
    file.write_text("[]")
    assert "the usual question" in lastmile("survey", "1", str(file))
    with sessions() as session:
        assert survey_of(session, 1) == DEFAULT
