"""What a row of a list of ballots says, and why one stays out."""

from datetime import date

import pytest

from app.domain.ballot import ROW, STAGES, ballot_cleaner, stage_words
from app.domain.cleaned import NONE, Cleaned, Rejection
from app.domain.layout import Columns, layout_from

TODAY = date(2026, 10, 29)


def clean(cells: dict[str, str], **tables: dict[str, str]) -> Cleaned | Rejection:
    """One row of a file with these columns."""
    facts = {"kind": "ballots", "columns": {field: field for field in cells}, **tables}
    places = {field: (place,) for place, field in enumerate(cells)}
    columns = Columns(layout_from(facts, "x"), len(cells), places, ())
    return ballot_cleaner(columns, TODAY)(list(cells.values()))


def cleaned(cells: dict[str, str], **tables: dict[str, str]) -> dict[str, str]:
    """What is kept of a row that goes in, without what is NULL or empty."""
    found = clean(cells, **tables)
    assert isinstance(found, Cleaned), found
    kept = dict(zip(ROW, found.row, strict=True))
    return {field: value for field, value in kept.items() if value not in ("", NONE)}


def test_every_word_for_a_stage_is_folded_and_means_one_of_the_stages() -> None:
    assert {word: stage for word, stage in stage_words().items() if stage not in STAGES} == {}
    assert set(STAGES) <= stage_words().keys()


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({"source_id": "A1"}, {"stage": "voted"}),
        (
            {"source_id": "A1", "stage_on": "10/20/2026"},
            {"stage": "voted", "stage_on": "2026-10-20"},
        ),
        ({"source_id": "A1", "stage": "Accepted"}, {"stage": "returned"}),
        ({"source_id": "A1", "stage": "ACCEPTED - CURED"}, {"stage": "cured"}),
        (
            {"source_id": "A1", "stage": "Witness Info Incomplete"},
            {"stage": "rejected", "reason": "Witness Info Incomplete"},
        ),
        (
            {"source_id": "A1", "stage": "rejected", "reason": "no signature"},
            {"stage": "rejected", "reason": "no signature"},
        ),
        ({"source_id": "A1", "stage": "sent", "reason": "by post"}, {"stage": "sent"}),
        (
            {"source_id": "A1", "stage": "mailed", "stage_on": "2026-10-01"},
            {"stage": "sent", "stage_on": "2026-10-01", "sent_on": "2026-10-01"},
        ),
        (
            {"source_id": "A1", "requested_on": "2026-09-01", "sent_on": "2026-10-01"},
            {
                "stage": "sent",
                "stage_on": "2026-10-01",
                "requested_on": "2026-09-01",
                "sent_on": "2026-10-01",
            },
        ),
        (
            {"source_id": "A1", "stage": "", "sent_on": "0000-00-00", "returned_on": "10/9/2026"},
            {"stage": "returned", "stage_on": "2026-10-09", "returned_on": "2026-10-09"},
        ),
        (
            {"source_id": "A1", "stage": "rejected", "returned_on": "2026-10-09"},
            {"stage": "rejected", "stage_on": "2026-10-09", "returned_on": "2026-10-09"},
        ),
    ],
)
def test_a_row_says_how_far_its_ballot_has_come(
    cells: dict[str, str], kept: dict[str, str]
) -> None:
    assert cleaned(cells) == {"source_id": "A1", **kept}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"source_id": " ", "stage": "sent"}, "no voter id"),
        ({"source_id": "A" * 65, "stage": "sent"}, "voter id is longer than 64 characters"),
        (
            {"source_id": "A1", "stage": "moot"},
            "ballot status 'moot' is not known: say in the mapping which of requested, sent, "
            "returned, rejected, cured, voted it means",
        ),
        (
            {"source_id": "A1", "stage": "sent", "stage_on": "soon"},
            "Since 'soon' is no day: write it as 2026-03-09",
        ),
        (
            {"source_id": "A1", "returned_on": "2026-11-20"},
            "Returned on 2026-11-20 is in the future",
        ),
        # In a file that has stages an empty one is no vote: nobody is struck for a blank.
        (
            {"source_id": "A1", "stage": ""},
            "says neither where the ballot is nor when it was sent or returned",
        ),
    ],
)
def test_a_row_that_stays_out_says_why(cells: dict[str, str], reason: str) -> None:
    assert clean(cells) == Rejection(reason)


def test_a_mapping_has_words_of_its_own_for_the_stages() -> None:
    row = {"source_id": "A1", "stage": "R-7"}
    assert cleaned(row, stage={"R-7": "returned"})["stage"] == "returned"
    counted = {"source_id": "A1", "stage": "Accepted"}
    assert cleaned(counted, stage={"Accepted": "voted"})["stage"] == "voted"
