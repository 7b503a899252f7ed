"""Write a file of made-up voters, and one of their consents, for demos, rehearsals and tests."""

import csv
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from app.domain.made_up import CONSENT_HEADER, HEADER, made_up_voters


def make_voter_file(
    path: Path, voters: int, seed: int, today: date, consents_to: Path | None = None
) -> int:
    """Write `voters` made-up voters to `path` in the North Carolina layout; how many consents.

    The same seed and day give the same files, byte for byte. Raises OSError if one cannot be
    written.
    """
    count = 0
    with ExitStack() as open_files:
        file = open_files.enter_context(path.open("w", newline="", encoding="latin-1"))
        rows = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        rows.writerow(HEADER)
        consents: Any = None
        if consents_to is not None:
            other = open_files.enter_context(consents_to.open("w", newline="", encoding="utf-8"))
            consents = csv.writer(other, lineterminator="\n")
            consents.writerow(CONSENT_HEADER)
        for voter in made_up_voters(voters, seed, today):
            rows.writerow(voter.cells)
            if consents is not None:
                consents.writerows(voter.consents)
                count += len(voter.consents)
    return count
