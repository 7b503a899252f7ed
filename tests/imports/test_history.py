"""Vote history: votes are added to voters, elections become known, scores follow."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from app.domain.layout import load_layout
from app.domain.turnout import Election as PastElection
from app.domain.turnout import Past, scores
from app.services.import_file import Summary
from app.services.import_runs import bring_in
from app.services.load_history import LISTED
from app.services.loader import Setting
from app.services.rejects import ImportRefused
from app.store.engine import Sessions
from app.store.imports import RejectedRow
from app.store.voters import Election, Voter
from tests import factories

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
NC_HEADER = "county_id\tncid\telection_lbl\telection_desc\tvoting_method"
WHOLE = ("new", "unchanged", "not_a_vote", "unknown", "rejected")


def nc(voter_id: str, day: str, kind: str = "GENERAL", method: str = "IN-PERSON") -> str:
    """A row of North Carolina's history."""
    return f"92\t{voter_id}\t{day}\t{day} {kind}\t{method}"


def load(
    engine: Engine,
    folder: Path,
    rows: Iterable[str],
    layout: str = "nc_history",
    source: str | None = None,
    check: bool = False,
) -> Summary:
    chosen = load_layout(layout)
    header = [NC_HEADER] if chosen.header else []
    path = folder / "history.txt"
    path.write_text("\n".join([*header, *rows]) + "\n", encoding="utf-8")
    setting = Setting(chosen.source if source is None else source, "US", AT, AT)
    summary = bring_in(
        engine,
        path,
        chosen,
        setting,
        lambda: AT + timedelta(seconds=time.monotonic()),
        worker="test",
        check=check,
    )
    assert summary.counts["read"] == sum(summary.counts[name] for name in WHOLE)
    return summary


def put(sessions: Sessions, *ids: str, **facts: object) -> None:
    with sessions.begin() as session:
        for place, source_id in enumerate(ids):
            factories.voters(session, 1, first=1 + place, source_id=source_id, **facts)


def votes(sessions: Sessions, source: str = "nc") -> dict[str, list[str]]:
    with sessions() as session:
        query = select(Voter.source_id, Voter.votes).where(Voter.source == source)
        return {source_id: list(days) for source_id, days in session.execute(query)}


def turnout(sessions: Sessions) -> dict[str, float | None]:
    with sessions() as session:
        query = select(Voter.source_id, Voter.turnout).order_by(Voter.id)
        return {source_id: score for source_id, score in session.execute(query)}  # noqa: C416


def elections(sessions: Sessions) -> list[tuple[str, str, str]]:
    with sessions() as session:
        query = select(Election.day, Election.kind, Election.name).order_by(Election.day)
        return [(str(day), kind, name) for day, kind, name in session.execute(query)]


def reasons(sessions: Sessions) -> list[tuple[int, str]]:
    with sessions() as session:
        query = select(RejectedRow.row_number, RejectedRow.reason).order_by(RejectedRow.row_number)
        return [(number, reason) for number, reason in session.execute(query)]


def test_votes_are_gathered_by_voter_sorted_and_without_doubles(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", "A2")
    rows = [
        nc("A1", "11/05/2024"),
        nc("A1", "11/03/2020"),
        nc("A1", "11/05/2024"),
        nc("A2", "03/03/2020", "PRIMARY"),
    ]
    found = load(engine, tmp_path, rows)
    assert votes(sessions) == {"A1": ["2020-11-03", "2024-11-05"], "A2": ["2020-03-03"]}
    assert elections(sessions) == [
        ("2020-03-03", "primary", "03/03/2020 PRIMARY"),
        ("2020-11-03", "general", "11/03/2020 GENERAL"),
        ("2024-11-05", "general", "11/05/2024 GENERAL"),
    ]
    expected = {"read": 4, "new": 3, "unchanged": 1, "elections": 3, "rescored": 2}
    assert found.counts == expected | {"changed": 0, "not_a_vote": 0, "unknown": 0, "rejected": 0}


def test_a_second_file_adds_and_takes_nothing_away(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    load(engine, tmp_path, [nc("A1", "11/03/2020"), nc("A1", "11/05/2024")])
    later = load(engine, tmp_path, [nc("A1", "11/08/2022"), nc("A1", "11/05/2024")])
    assert votes(sessions) == {"A1": ["2020-11-03", "2022-11-08", "2024-11-05"]}
    assert (later.counts["new"], later.counts["unchanged"], later.counts["elections"]) == (1, 1, 1)
    again = load(engine, tmp_path, [nc("A1", "11/08/2022")])
    assert (again.counts["new"], again.counts["rescored"]) == (0, 0)


def test_scores_follow_for_those_who_voted_and_those_who_stayed_away(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", "A2", registered_on=date(2001, 1, 1))
    assert turnout(sessions) == {"A1": None, "A2": None}
    load(engine, tmp_path, [nc("A1", "11/05/2024")])
    people = [Past(days, date(2001, 1, 1), 1959) for days in (("2024-11-05",), ())]
    past = [PastElection(date(2024, 11, 5), "general")]
    expected = scores(people, past, AT.date())
    assert list(turnout(sessions).values()) == pytest.approx(expected, abs=1e-6)
    load(engine, tmp_path, [nc("A1", "11/08/2022")])
    after = turnout(sessions)["A2"]
    assert after is not None
    assert expected[1] is not None
    assert after < expected[1]


def test_the_hash_of_the_voter_file_is_left_alone(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", row_hash="of the voter file", imported_at=AT - timedelta(days=9))
    load(engine, tmp_path, [nc("A1", "11/05/2024")])
    with sessions() as session:
        (voter,) = session.scalars(select(Voter))
        assert (voter.row_hash, voter.imported_at) == (
            "of the voter file",
            AT - timedelta(days=9),
        )


def test_florida_codes_tell_which_ballots_were_cast(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "100000001", "100000002", "100000003", source="fl")
    rows = [
        "ALA\t100000001\t11/05/2024\tGEN\tY",
        "ALA\t100000002\t11/05/2024\tGEN\tN",
        "ALA\t100000002\t08/20/2024\tPRI\tA",
        "ALA\t100000003\t11/05/2024\tGEN\tB",
        "ALA\t100000003\t03/19/2024\tPPP\tP",
    ]
    found = load(engine, tmp_path, rows, "fl_history")
    assert votes(sessions, "fl") == {
        "100000001": ["2024-11-05"],
        "100000002": ["2024-08-20"],
        "100000003": [],
    }
    assert (found.counts["new"], found.counts["not_a_vote"]) == (2, 3)
    assert [(day, kind) for day, kind, _ in elections(sessions)] == [
        ("2024-08-20", "primary"),
        ("2024-11-05", "general"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (nc("", "11/05/2024"), "no voter id"),
        (nc("A" * 65, "11/05/2024"), "voter id is longer than 64 characters"),
        (
            nc("A1", "13/45/2024"),
            "election day '13/45/2024' is no day as this file writes it: 11/05/2024",
        ),
        (
            nc("A1", "11/03/2026"),
            "election day 2026-11-03 is in the future; nobody has voted in it",
        ),
        ("92\tA1", "has 2 cells where 5 are expected"),
        (nc("Z9", "11/05/2024"), "no voter on file has this id"),
    ],
)
def test_a_bad_row_stays_out_with_its_reason_and_the_rest_goes_in(
    engine: Engine, sessions: Sessions, tmp_path: Path, row: str, reason: str
) -> None:
    put(sessions, "A1")
    found = load(engine, tmp_path, [row, nc("A1", "11/08/2022")])
    assert reasons(sessions) == [(2, reason)]
    assert (found.counts["new"], found.counts["rejected"]) == (1, 1)


def test_of_ids_that_nobody_has_the_first_are_listed_and_the_rest_counted(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    gone = [nc(f"Z{number}", "11/05/2024") for number in range(LISTED + 7)]
    found = load(engine, tmp_path, [*gone, nc("A1", "11/05/2024")])
    assert (found.counts["rejected"], found.counts["unknown"]) == (LISTED, 7)
    listed = reasons(sessions)
    reason = "no voter on file has this id (the first 1,000 of 1,007 such rows are listed)"
    assert (listed[0], listed[-1][0]) == ((2, reason), LISTED + 1)


def test_a_file_of_strangers_makes_no_election(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    load(engine, tmp_path, [nc("Z1", "11/05/2024")])
    assert elections(sessions) == []
    assert turnout(sessions) == {"A1": None}


def test_nothing_is_kept_of_a_confidential_voter(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", status="confidential")
    found = load(engine, tmp_path, [nc("A1", "11/05/2024")])
    assert votes(sessions) == {"A1": []}
    assert turnout(sessions) == {"A1": None}
    assert reasons(sessions) == []
    assert found.counts["unknown"] == 1


def test_votes_of_a_double_go_to_the_voter_who_was_kept(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", "A2")
    with sessions.begin() as session:
        kept, gone = session.scalars(select(Voter).order_by(Voter.id))
        gone.merged_into = kept.id
    load(engine, tmp_path, [nc("A1", "11/05/2024"), nc("A2", "11/05/2024"), nc("A2", "11/08/2022")])
    assert votes(sessions) == {"A1": ["2022-11-08", "2024-11-05"], "A2": []}


def test_voters_of_other_sources_with_the_same_id_are_left_alone(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    put(sessions, "A1", source="oh")
    load(engine, tmp_path, [nc("A1", "11/05/2024")])
    assert votes(sessions, "oh") == {"A1": []}
    with pytest.raises(ImportRefused, match="voters on file come from nc, oh: say from which"):
        load(engine, tmp_path, [nc("A1", "11/05/2024")], source="")


def test_a_file_that_does_not_say_whose_ids_takes_the_only_ones_there_are(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefused, match="import the voter file first"):
        load(engine, tmp_path, [nc("A1", "11/05/2024")], source="")
    put(sessions, "A1")
    load(engine, tmp_path, [nc("A1", "11/05/2024")], source="")
    assert votes(sessions) == {"A1": ["2024-11-05"]}


def test_the_kind_that_most_rows_state_stands_and_a_later_file_may_correct_it(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1", "A2", "A3")
    everyone = ("A1", "A2", "A3")
    load(engine, tmp_path, [nc(voter, "05/17/2022", "") for voter in everyone])
    assert elections(sessions)[0][1] == "other"
    kinds = ("PRIMARY", "MUNICIPAL", "PRIMARY")
    rows = [nc(voter, "05/17/2022", kind) for voter, kind in zip(everyone, kinds, strict=True)]
    load(engine, tmp_path, rows)
    assert elections(sessions) == [("2022-05-17", "primary", "05/17/2022 PRIMARY")]


def test_a_dry_run_counts_the_same_and_writes_nothing(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    rows = [nc("A1", "11/05/2024"), nc("A1", "11/05/2024"), nc("Z1", "11/05/2024")]
    checked = load(engine, tmp_path, rows, check=True).counts
    assert votes(sessions) == {"A1": []}
    assert elections(sessions) == []
    done = load(engine, tmp_path, rows).counts
    assert checked == {name: done[name] for name in checked}


def test_a_failure_leaves_votes_and_elections_as_they_were(
    engine: Engine, sessions: Sessions, tmp_path: Path
) -> None:
    put(sessions, "A1")
    with engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE voters ADD CONSTRAINT planted CHECK (turnout IS NULL)")
        )
    try:
        with pytest.raises(Exception, match="planted"):
            load(engine, tmp_path, [nc("A1", "11/05/2024")])
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE voters DROP CONSTRAINT planted"))
    assert votes(sessions) == {"A1": []}
    assert elections(sessions) == []
