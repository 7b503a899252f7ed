"""What a kind of list tells the importer: how its rows are cleaned, staged and settled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.domain.cleaned import Clean
from app.domain.layout import Columns
from app.services.setting import Setting as Setting

Refuse = Callable[[int, str, str], None]
"""Says that a staged row stays out after all: its number, the reason, what to show of it."""


@dataclass(frozen=True)
class Loader:
    """One kind of list. The importer opens the file, reads, cleans, stages, then settles; all in
    one transaction, which it alone commits.

    `columns` are those of the temporary table `arriving`, which has `row_number integer` before
    them; `types` gives the type of each that is not text. `settle` brings `arriving` into the
    tables and returns counts: new, changed and unchanged, and others of its own; with those that
    it refuses they make up all rows that were staged. `compare` gives the same counts and writes
    nothing but temporary tables; without it a dry run settles and takes it back.
    """

    columns: tuple[str, ...]
    clean: Callable[[Columns, Setting], Clean]
    settle: Callable[[Connection, Setting, Refuse], dict[str, int]]
    types: Mapping[str, str] = field(default_factory=dict)
    compare: Callable[[Connection, Setting, Refuse], dict[str, int]] | None = None
