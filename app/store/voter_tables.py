"""The tables that name a voter, and what a merge does with the rows of the one who goes."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

COPIED = {
    "mail_ballots": (
        "polling_day",
        "stage, stage_on, requested_on, sent_on, returned_on, reason, recorded_at",
    ),
    "answers": ("question", "answer, source, answered_on"),
    "voting_plans": ("campaign_id", "votes_at, how, with_whom, ride, source, made_by, made_at"),
}
"""Facts of which a voter has one of a kind: the key, and the other columns. What the kept one lacks
is copied to them."""

MOVED = {
    "rides": ("id", "bigint", ""),
    "problems": ("id", "bigint", ""),
    "sheet_lines": ("sheet_id || ' ' || line", "text", ""),
    # Found by address, since there may be millions: whoever answers was texted before.
    "conversations": (
        "id",
        "bigint",
        "AND (campaign_id, address) IN "
        "(SELECT campaign_id, address FROM attempts WHERE voter_id = :gone)",
    ),
}
"""What is still to be dealt with, of which a voter may have several: the key, its type, and how the
rows are found. All of it becomes the kept one's."""

JOINED = frozenset({"targets", "ballots"})
"""Joined column by column, and struck: services/merge.py."""

LEFT = frozenset({"touches", "attempts", "inbound", "merges"})
"""What was meant, done or heard stays under the row that it was about: what is pending is canceled,
and the pages read the history of both."""


def copy_facts(session: Session, kept: int, gone: int) -> dict[str, list[str]]:
    """Gives the kept voter the facts that only the other has; their keys by table."""
    copied = {}
    for table, (key, columns) in COPIED.items():
        done = session.scalars(
            text(
                f"INSERT INTO {table} (voter_id, {key}, {columns}) "
                f"SELECT :kept, {key}, {columns} FROM {table} WHERE voter_id = :gone "
                f"ON CONFLICT DO NOTHING RETURNING CAST({key} AS text)"
            ),
            {"kept": kept, "gone": gone},
        )
        copied[table] = sorted(done)
    return copied


def drop_facts(session: Session, kept: int, facts: Mapping[str, Sequence[str]]) -> None:
    """Takes what was copied away again: `facts` gives for each table the keys."""
    keys = {**{table: key for table, (key, _) in COPIED.items()}, "ballots": "polling_day"}
    for table, chosen in facts.items():
        session.execute(
            text(
                f"DELETE FROM {table} "
                f"WHERE voter_id = :kept AND CAST({keys[table]} AS text) = ANY(:chosen)"
            ),
            {"kept": kept, "chosen": list(chosen)},
        )


def move_rows(session: Session, kept: int, gone: int) -> dict[str, list[str]]:
    """Makes the rows of the one who goes the kept one's; their keys by table."""
    moved = {}
    for table, (key, _, which) in MOVED.items():
        done = session.scalars(
            text(
                f"UPDATE {table} SET voter_id = :kept WHERE voter_id = :gone {which} "
                f"RETURNING CAST({key} AS text)"
            ),
            {"kept": kept, "gone": gone},
        )
        moved[table] = sorted(done)
    return moved


def move_back(session: Session, kept: int, gone: int, moved: Mapping[str, Sequence[str]]) -> None:
    """Gives back what `move_rows` moved and nobody has moved on since."""
    for table, chosen in moved.items():
        key, type_, _ = MOVED[table]
        session.execute(
            text(
                f"UPDATE {table} SET voter_id = :gone "
                f"WHERE voter_id = :kept AND {key} = ANY(CAST(:chosen AS {type_}[]))"
            ),
            {"kept": kept, "gone": gone, "chosen": list(chosen)},
        )
