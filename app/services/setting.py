"""What an import is told from outside its file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Setting:
    """What an import is told from outside the file."""

    source: str  # whose voter ids these are: nc, oh, a mapping's own; empty: not known
    country: str  # of phones without a country code
    at: datetime  # campaign time
    wall: datetime  # machine time, in which accounts live
    by: int | None = None  # the user who asked
    # campaign (its id), polling_day (ISO), missing ("keep" or "withdraw"), …
    options: Mapping[str, Any] = field(default_factory=dict)
    staged: int = 0  # rows in staging, once the file is read
