"""What cleaning makes of a row of any list: the row as COPY takes it, or why it stays out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

NONE = r"\N"
"""How PostgreSQL's COPY writes NULL. Cleaned text holds no backslash, so nothing else reads so."""


class Cleaned(NamedTuple):
    """A row to be stored, each cell as COPY takes it, and what was lost on the way."""

    row: Sequence[str]
    lost: str = ""  # a sentence: "phone '555-01' has 5 digits; kept the voter without it"


class Rejection(NamedTuple):
    """Why a row does not go in, in words for the person who has the file."""

    reason: str
    secret: bool = False  # nothing of the row may be kept
    source_id: str = ""  # whom the row withdraws if they are on file, else empty
    status: str = ""  # confidential, removed, …: the status they then have


Clean = Callable[[Sequence[str]], Cleaned | Rejection]
"""From the cells of a row to what is stored of it."""
