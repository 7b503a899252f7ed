"""The cleaner of voter files; processes that clean import this and little else."""

from collections.abc import Sequence

from app.domain.cleaned import Clean, Cleaned, Rejection
from app.domain.layout import Columns
from app.domain.voter import cleaner, hash_of
from app.services.setting import Setting


def clean_voters(columns: Columns, setting: Setting) -> Clean:
    """The cleaner of a voter file; each row comes as one text for COPY, and behind it its hash."""
    clean = cleaner(columns, setting.country, setting.at.year)

    def clean_and_hash(cells: Sequence[str]) -> Cleaned | Rejection:
        found = clean(cells)
        if isinstance(found, Rejection):
            return found
        line = "\t".join(found.row)
        return Cleaned((line, hash_of(line)), found.lost)

    return clean_and_hash
