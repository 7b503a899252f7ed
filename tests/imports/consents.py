"""Consents brought in by one call: who may be texted, called or mailed automatically, and why."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.domain.layout import Layout, layout_from
from app.domain.made_up import CONSENT_HEADER
from app.services.import_runs import bring_in
from app.services.loader import Setting


@dataclass(frozen=True)
class ConsentSummary:
    """What came of a file of consents. read = new + newer + known + rejected."""

    read: int
    new: int
    newer: int  # replaced an older consent for the same address
    known: int
    rejected: int
    emails_filled: int
    rejects: Path | None


def consent_layout() -> Layout:
    """The layout of a CSV with the columns of CONSENT_HEADER, the source of ids not known."""
    fields = ("source_id", *CONSENT_HEADER[1:])
    columns = dict(zip(fields, CONSENT_HEADER, strict=True))
    return layout_from({"title": "Consents", "kind": "consents", "columns": columns}, "consents")


def load_consents(
    engine: Engine,
    path: Path,
    at: datetime,
    country: str = "US",
    layout: str | None = None,
    rejects_to: Path | None = None,
) -> ConsentSummary:
    """Load the CSV at `path`, with the columns of CONSENT_HEADER, into consents; all or nothing.

    The latest consent for an address stands. An email consent gives the voter of that id, if they
    have none, the email. `layout` tells whose ids these are where two files use the same. Bad rows
    are listed with number and reason in `rejects_to` (PATH.rejected.csv unless told). Raises
    ImportRefused if the file cannot be read.
    """

    def wall() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    summary = bring_in(
        engine,
        path,
        consent_layout(),
        Setting(layout or "", country, at, wall()),
        wall,
        worker=f"call:{os.getpid()}:{time.monotonic_ns()}",
        rejects_to=rejects_to or path.with_name(path.name + ".rejected.csv"),
    )
    counts = summary.counts
    return ConsentSummary(
        read=counts["read"],
        new=counts["new"],
        newer=counts["changed"],
        known=counts["unchanged"],
        rejected=counts["rejected"],
        emails_filled=counts["emails_filled"],
        rejects=summary.rejects,
    )
