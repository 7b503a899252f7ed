"""How far a ballot has come: the stages, the words that files have for them, a row cleaned."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from app.domain.cleaned import NONE, Clean, Cleaned
from app.domain.layout import Columns
from app.domain.listed import Unusable, day_value, folded, row_cleaner, short, voter_id
from app.domain.name import Cache, clean_text
from app.domain.tables import table

STAGES = ("requested", "sent", "returned", "rejected", "cured", "voted")
"""In the order in which a ballot goes through them; on one day the later stage counts."""

HAS_VOTED = ("returned", "cured", "voted")
"""Stages in which there is nothing left to ask of the voter."""

ROW = ("source_id", "stage", "stage_on", "requested_on", "sent_on", "returned_on", "reason")

_DAYS = {"stage_on": "Since", "requested_on": "Requested on", "sent_on": "Sent on"}
_OF_STAGE = {"requested": "requested_on", "sent": "sent_on"}  # the others: returned_on
_TOLD_BY = ("stage", "requested_on", "sent_on", "returned_on")
_SEPARATOR = "\n"


@cache
def stage_words() -> Mapping[str, str]:
    """Word of a file, folded → our stage."""
    return {row["word"]: row["stage"] for row in table("ballot_stages")}


def ballot_cleaner(columns: Columns, today: date) -> Clean:
    """Cleans rows of ballots into ROW; `stage_on` is NULL where the file gives no day.

    A row that has a stage wants a word that the table or the layout's own `stage` knows. Without
    one its latest day tells. In a file of ids alone every row has voted; an empty cell where the
    file does have stages or days says nothing, and nobody is struck for it.
    """
    bare = not any(field in columns.places for field in _TOLD_BY)

    def finish(values: dict[str, str]) -> Cleaned:
        stage, _, reason = values["stage"].partition(_SEPARATOR)
        days = {field: values[field] for field in (*_DAYS, "returned_on")}
        day = days["stage_on"]
        if not stage:
            stage = _latest(days) or ("voted" if bare else "")
            if not stage:
                raise Unusable("says neither where the ballot is nor when it was sent or returned")
            day = "" if bare else days[_OF_STAGE.get(stage, "returned_on")]
            day = day or days["stage_on"]
        own = _OF_STAGE.get(stage, "returned_on")
        day = day or days[own]
        if stage in ("requested", "sent", "returned"):
            days[own] = days[own] or day
        reason = (values["reason"] or reason) if stage == "rejected" else ""
        return Cleaned(
            (
                values["source_id"],
                stage,
                day or NONE,
                *(days[field] or NONE for field in ("requested_on", "sent_on", "returned_on")),
                reason,
            )
        )

    days = {field: day_value(title, columns, today) for field, title in _DAYS.items()}
    return row_cleaner(
        columns,
        {
            "source_id": voter_id,
            "stage": _stage_value(columns.layout.words),
            **days,
            "returned_on": day_value("Returned on", columns, today),
            "reason": short("the reason"),
        },
        finish,
    )


def _stage_value(tables: Mapping[str, Mapping[str, str]]) -> Callable[[str], str]:
    """Reads a stage; a word that says more than the stage comes along, after a separator."""
    own = {**tables.get("status", {}), **tables.get("stage", {})}
    theirs = {folded(word): stage for word, stage in own.items() if stage in STAGES}
    words = {**stage_words(), **theirs}

    def stage_of(raw: str) -> str:
        word = folded(raw)
        stage = words.get(word, "")
        if word and not stage:
            raise Unusable(
                f"ballot status {clean_text(raw)[:40]!r} is not known: say in the mapping which of "
                f"{', '.join(STAGES)} it means"
            )
        return stage if word == stage else f"{stage}{_SEPARATOR}{clean_text(raw)}"

    return Cache(stage_of).__getitem__


def _latest(days: Mapping[str, str]) -> str:
    """The stage that the days of a row tell of, or empty."""
    for stage in ("returned", "sent", "requested"):
        if days[f"{stage}_on"]:
            return stage
    return ""
