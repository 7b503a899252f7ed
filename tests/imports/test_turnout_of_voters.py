"""A voter file with a column for each election brings turnout scores along."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from app.cli import main, score
from app.clock import ManualClock
from app.config import Settings
from app.services.import_voters import import_voters
from app.store.engine import make_sessions
from app.wiring import Parts

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)
HEADER = "SOS_VOTERID,LAST_NAME,DATE_OF_BIRTH,REGISTRATION_DATE,RESIDENTIAL_ADDRESS1"


def voter(number: int, *votes: str) -> str:
    return ",".join([f"OH{number}", "DOE", "1980-01-02", "2001-01-02", f"{number} OAK ST", *votes])


def bring_in(engine: Engine, folder: Path, elections: list[str], *rows: str) -> None:
    path = folder / "oh.csv"
    path.write_text("\n".join([",".join([HEADER, *elections]), *rows, ""]))
    import_voters(engine, path, "oh", AT)


def scores(engine: Engine) -> dict[str, float]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT source_id, turnout FROM voters ORDER BY id"))
        return {row.source_id: row.turnout for row in rows}


def test_more_votes_score_higher_and_everybody_is_scored(engine: Engine, tmp_path: Path) -> None:
    elections = ["GENERAL-11/03/2020", "GENERAL-11/08/2022"]
    bring_in(engine, tmp_path, elections, voter(1, "X", "X"), voter(2, "X", ""), voter(3, "", ""))
    found = scores(engine)
    assert 1 > found["OH1"] > found["OH2"] > found["OH3"] > 0
    with engine.connect() as connection:
        kinds = connection.execute(text("SELECT day::text, kind FROM elections ORDER BY day"))
        assert [tuple(row) for row in kinds] == [
            ("2020-11-03", "general"),
            ("2022-11-08", "general"),
        ]


def test_an_election_that_a_newer_file_adds_moves_those_who_stayed_away(
    engine: Engine, tmp_path: Path
) -> None:
    rows = [voter(number, "X", "") for number in range(1, 5)]
    bring_in(engine, tmp_path, ["GENERAL-11/03/2020", "x"], *rows)
    before = scores(engine)
    newer = [voter(1, "X", "X"), voter(2, "X", "X"), voter(3, "X", ""), voter(4, "X", "")]
    bring_in(engine, tmp_path, ["GENERAL-11/03/2020", "GENERAL-11/08/2022"], *newer)
    after = scores(engine)
    assert after["OH1"] > after["OH3"]
    assert after["OH3"] < before["OH3"]


def test_without_any_election_nobody_has_a_score(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, tmp_path, [], voter(1), voter(2))
    assert scores(engine) == {"OH1": None, "OH2": None}


def test_scores_can_be_made_anew(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(engine, tmp_path, ["GENERAL-11/08/2022"], voter(1, "X"), voter(2, ""))
    found = scores(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE voters SET turnout = NULL"))
    parts = Parts(Settings(), engine, make_sessions(engine), ManualClock(AT))
    monkeypatch.setattr(score, "connect", lambda: parts)
    result = CliRunner().invoke(main, ["score"])
    assert result.output == "oh: 2 voters have another score\n"
    assert scores(engine) == found
