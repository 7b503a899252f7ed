"""Rows of a list joined to the voters that they name."""

from sqlalchemy import Connection

from app.services.loader import Refuse, Setting
from app.store import identities, repeats


def resolve(connection: Connection, setting: Setting, refuse: Refuse) -> int:
    """Give each staged row its `voter_id`, refuse those whose id is nobody's; how many are left."""
    for number, reason, source_id in identities.resolve(connection, setting.source):
        refuse(number, reason, source_id)
    return repeats.count(connection)


def counts(rows: int, new: int, changed: int, **others: int) -> dict[str, int]:
    """What came of so many rows; the rest of them said nothing new."""
    return {"new": new, "changed": changed, "unchanged": rows - new - changed, **others}
