"""The voter file's own way through the importer: repeats, withdrawals, households, turnout."""

from datetime import date

from sqlalchemy import Connection

from app.domain.layout import Columns
from app.domain.turnout import Election
from app.domain.voter import (
    KEPT_OUT_BY_LAW,
    lasting_statuses,
    stored_fields,
)
from app.services.clean_voters import clean_voters
from app.services.loader import Loader, Refuse, Setting
from app.store import arrivals, numbers, turnout, withdrawn
from app.store.history import upsert_elections


def voters_loader(columns: Columns) -> Loader:
    """The loader for a voter file with these columns.

    Its `settle` needs the temporary table `leaving` (store/withdrawn.py) beside `arriving`.
    """
    fields, lasting = stored_fields(columns), lasting_statuses(columns)

    def settle(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
        counts = _prepare(connection, setting, refuse)
        counts["withdrawn"] = withdrawn.withdraw(connection, setting.source, setting.at)
        settled = _store(connection, setting, columns, fields, lasting)
        withdrawn.follow(connection, setting.source, setting.at)
        counts |= {"new": settled.new, "changed": settled.changed}
        return _with_unchanged(counts)

    def compare(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
        counts = _prepare(connection, setting, refuse)
        counts["withdrawn"] = withdrawn.count(connection, setting.source)
        unchanged, changed = arrivals.unchanged_and_changed(connection, setting.source, lasting)
        new = counts["staged"] - counts["refused"] - counts["same"] - unchanged - changed
        return _with_unchanged(counts | {"new": new, "changed": changed})

    return Loader(arrivals.STAGED, clean_voters, settle, arrivals.TYPES, compare)


def _store(
    connection: Connection,
    setting: Setting,
    columns: Columns,
    fields: frozenset[str],
    lasting: frozenset[str],
) -> arrivals.Settled:
    """Voters, households and turnout; the elections that the file has columns for are known."""
    source, today = setting.source, setting.at.date()
    new_elections = upsert_elections(
        connection,
        source,
        (Election(date.fromisoformat(day), kind) for day, kind in columns.elections),
    )
    others = arrivals.has_voters(connection, source)
    scores: list[arrivals.Score] = []

    def score() -> arrivals.Score:
        scores.append(turnout.score_arriving(connection, source, fields, today))
        return scores[-1]

    settled = arrivals.settle(connection, source, fields, lasting, setting.at, score)
    if scores[-1] is not arrivals.NO_SCORE and others:
        turnout.rescore_others(connection, scores[-1])
    elif new_elections and others:  # nobody is written, but an election that nobody voted in counts
        turnout.rescore(connection, source, today)
    numbers.turn_arrived(connection)
    return settled


def _prepare(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    """Take out of staging whom the file itself takes out or repeats; count who is missing."""
    refused = 0
    for number in withdrawn.drop_confidential(connection):
        refuse(number, KEPT_OUT_BY_LAW, "")
        refused += 1
    repeats = arrivals.drop_repeats(connection)
    for repeat in repeats.different:
        refuse(repeat.row_number, f"same id as row {repeat.first_row}, which was kept", repeat.raw)
        refused += 1
    known = arrivals.has_voters(connection, setting.source)
    missing = withdrawn.count_missing(connection, setting.source) if known else 0
    if missing and setting.options.get("missing") == "withdraw":
        withdrawn.stage_missing(connection, setting.source)
    return {"staged": setting.staged, "refused": refused, "same": repeats.same, "missing": missing}


def _with_unchanged(counts: dict[str, int]) -> dict[str, int]:
    """The counts that people see; what is neither new nor changed nor refused is unchanged."""
    staged, refused = counts.pop("staged"), counts.pop("refused")
    del counts["same"]
    return counts | {"unchanged": staged - refused - counts["new"] - counts["changed"]}
