"""How far ballots have come, and whom they have struck."""

from sqlalchemy import Engine

from tests.imports.lists import Load, rows

VOTER = "AA000001"


def stage(engine: Engine, voter: str = VOTER) -> tuple[str, str]:
    """A voter's stage and since when."""
    query = (
        "SELECT stage, stage_on::text FROM mail_ballots JOIN voters ON voters.id = voter_id "
        "WHERE source_id = :voter"
    )
    (found,) = rows(engine, query, voter=voter)
    return found[0], found[1]


def kept(engine: Engine) -> list[tuple[str, ...]]:
    """All that we know of the mail ballots."""
    columns = "stage, stage_on::text, requested_on::text, sent_on::text, returned_on::text, reason"
    return rows(engine, f"SELECT {columns} FROM mail_ballots")


def struck(engine: Engine) -> list[str]:
    """Who has voted, by the ballots; the targets must say the same."""
    ballots = rows(
        engine, "SELECT source_id FROM ballots JOIN voters ON id = voter_id ORDER BY source_id"
    )
    targets = rows(
        engine,
        "SELECT source_id FROM targets JOIN voters ON id = voter_id WHERE voted_at IS NOT NULL",
    )
    assert {row[0] for row in targets} == {row[0] for row in ballots} - {"AA000004"}
    return [row[0] for row in ballots]


def pending(engine: Engine) -> list[str]:
    """Whose call is still to be made."""
    query = (
        "SELECT source_id FROM touches JOIN voters ON voters.id = voter_id "
        "WHERE touches.state IN ('ready', 'claimed') ORDER BY 1"
    )
    return [row[0] for row in rows(engine, query)]


HEADER = "source_id,stage,stage_on"


def dated(load: Load, name: str, day: str, voter: str = VOTER) -> dict[str, int]:
    """One voter's ballot came to this stage on this day."""
    return load("ballots", HEADER, f"{voter},{name},{day}", polling_day="2026-11-03").counts
