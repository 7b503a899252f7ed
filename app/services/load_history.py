"""Vote history: a file with a row for each vote becomes the voters' votes and turnout scores."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from app.domain.cleaned import NONE, Clean, Cleaned, Rejection
from app.domain.day import clean_day
from app.domain.election import kind_of_election, named_kind
from app.domain.layout import Columns
from app.domain.name import Cache, clean_text
from app.domain.turnout import Election
from app.domain.voter import LONGEST_ID
from app.services.loader import Loader, Refuse, Setting
from app.services.rejects import ImportRefused
from app.store import history

LISTED = 1_000
"""Rows of ids unknown that are listed; history files hold years of people who have left."""

LONGEST_NAME = 80
"""Characters of an election's name that are kept."""


def clean_history(columns: Columns, setting: Setting) -> Clean:
    """The cleaner of a history file. A ballot that was not cast comes out without a day."""
    source_id_of, day_of = columns.picker("source_id"), columns.picker("day")
    code_of, name_of = columns.picker("code"), columns.picker("election_name")
    kind_of = columns.picker("election_kind")
    layout, width, today = columns.layout, columns.width, setting.at.date()
    votes: Cache[str, bool] = Cache(layout.is_vote, limit=1_000)
    days: Cache[str, str] = Cache(lambda raw: _iso(clean_day(raw, layout.days)), limit=10_000)
    names: Cache[str, str] = Cache(lambda raw: clean_text(raw)[:LONGEST_NAME], limit=10_000)
    words = layout.words.get("election_kind", {})
    kinds: Cache[str, str] = Cache(
        lambda raw: words.get(clean_text(raw).upper()) or named_kind(raw), limit=10_000
    )
    latest = today.isoformat()

    def clean(cells: Sequence[str]) -> Cleaned | Rejection:
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return Rejection(f"has {len(cells)} cells where {width} are expected")
        source_id = clean_text(source_id_of(cells))
        if not source_id:
            return Rejection("no voter id")
        if len(source_id) > LONGEST_ID:
            return Rejection(f"voter id is longer than {LONGEST_ID} characters")
        if not votes[code_of(cells)]:
            return Cleaned((source_id, NONE, "", ""))
        raw = day_of(cells)
        day = days[raw]
        if not day:
            shown = date(2024, 11, 5).strftime(layout.days[0]) if layout.days else "2024-11-05"
            return Rejection(
                f"election day {clean_text(raw)[:40]!r} is no day as this file writes it: {shown}"
            )
        if day > latest:
            return Rejection(f"election day {day} is in the future; nobody has voted in it")
        name = names[name_of(cells)]
        return Cleaned((source_id, day, kinds[kind_of(cells)] or kinds[name], name))

    return clean


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def settle_history(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    """Bring the votes in `arriving` to the voters, and every score that they move; see `_counts`.

    Scores of voters without a vote in the file move too, since an election they stayed away from
    counts, so all of the source are looked at, in the same transaction.
    """
    source = _source(connection, setting)
    gathered = history.gather(connection, source)
    counts = _counts(connection, source, gathered, refuse)
    if gathered.matched:
        stated = history.stated_elections(connection)
        counts["elections"] = history.upsert_elections(
            connection, source, (Election(day, kind_of_election(day)) for day, _, _ in stated)
        )
        history.name_elections(connection, source, stated)
        counts["rescored"] = history.store(connection, source, setting.at.date())
    return counts


def compare_history(connection: Connection, setting: Setting, refuse: Refuse) -> dict[str, int]:
    """The counts of `settle_history` as far as they are known without writing."""
    source = _source(connection, setting)
    return _counts(connection, source, history.gather(connection, source), refuse)


def _counts(
    connection: Connection, source: str, gathered: history.Gathered, refuse: Refuse
) -> dict[str, int]:
    """What became of the rows. new + unchanged + not_a_vote + unknown, with those refused, are all
    that were staged.

    new: votes that were not on file. unchanged: votes that were, or came twice. not_a_vote: codes
    of ballots not cast. unknown: votes of ids that nobody on file has, beyond the first LISTED,
    which are refused. `elections` (new ones) and `rescored` (voters written) count no rows.
    """
    listed = min(gathered.unknown, LISTED)
    reason = "no voter on file has this id"
    if gathered.unknown > LISTED:
        reason += f" (the first {LISTED:,} of {gathered.unknown:,} such rows are listed)"
    if listed:
        for number, source_id in history.first_unknown(connection, source, LISTED):
            refuse(number, reason, source_id)
    return {
        "new": gathered.new,
        "changed": 0,
        "unchanged": gathered.matched - gathered.new,
        "not_a_vote": gathered.no_vote,
        "unknown": gathered.unknown - listed + gathered.hidden,
    }


def _source(connection: Connection, setting: Setting) -> str:
    """Whose ids these are; raises ImportRefused if neither the setting nor the voters tell."""
    if setting.source:
        return setting.source
    found = history.sources(connection)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ImportRefused("there are no voters on file: import the voter file first")
    raise ImportRefused(
        f"voters on file come from {', '.join(found)}: say from which these ids are"
    )


HISTORY_LOADER = Loader(
    history.COLUMNS, clean_history, settle_history, history.TYPES, compare_history
)
