"""Many values as one bind: the driver writes a list element by element, which takes long."""

from collections.abc import Iterable
from uuid import UUID


def array_of(ids: Iterable[int] | Iterable[UUID]) -> str:
    """Ids as PostgreSQL writes an array; to be cast there, to bigint[] or uuid[]."""
    return "{" + ",".join(map(str, ids)) + "}"
