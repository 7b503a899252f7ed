"""A mapping made by hand: from columns to a layout and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.find_columns import find_columns
from app.domain.kind import KINDS
from app.domain.layout import layout_from
from app.domain.mapping import (
    DAY_ORDERS,
    KEPT,
    LEFT_OUT,
    VOTE,
    day_forms,
    day_order,
    doubled_fields,
    election_of,
    facts_of,
    fields_of,
    missing_fields,
)

NAMES = [f"Column {number}" for number in range(1, 9)]
VOTES = {"pattern": r".*?(\d{1,2}/\d{1,2}/\d{4})", "day": "%m/%d/%Y"}


@st.composite
def mappings(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A kind and a field of it for each column, none twice that may not be."""
    kind = draw(st.sampled_from(list(KINDS)))
    known = [field.name for field in KINDS[kind].fields]
    fields = draw(st.lists(st.sampled_from([LEFT_OUT, *known]), min_size=8, max_size=8))
    for name in doubled_fields(kind, fields):
        first = fields.index(name)
        fields = [LEFT_OUT if f == name and at > first else f for at, f in enumerate(fields)]
    return kind, fields


@given(mappings(), st.booleans())
def test_what_is_mapped_is_what_the_layout_finds(
    mapping: tuple[str, list[str]], header: bool
) -> None:
    kind, fields = mapping
    if missing_fields(kind, fields):
        return
    facts = facts_of({"delimiter": ";", "header": header}, kind, NAMES, fields)
    columns = find_columns(layout_from(facts, "mine"), ";".join(NAMES) + "\n")
    assert fields_of(columns) == fields


@pytest.mark.parametrize(
    ("kind", "fields", "missing"),
    [
        ("voters", ["source_id"], ["“Last name” or “Whole name in one column”"]),
        ("voters", ["full_name"], []),
        ("ballots", [""], ["“Voter id”"]),
        ("do_not_contact", ["", ""], ["“Phone”"]),
        ("do_not_contact", ["email"], []),
        ("shifts", ["email", "day"], ["“From”", "“Until”"]),
    ],
)
def test_what_is_missing_is_named(kind: str, fields: list[str], missing: list[str]) -> None:
    assert missing_fields(kind, fields) == missing


def test_a_field_that_may_not_be_joined_stands_once() -> None:
    fields = ["phone", "phone", "address", "address", "email", "email", KEPT, KEPT]
    assert doubled_fields("voters", fields) == ["email"]
    facts = facts_of({}, "voters", NAMES, [*fields[:4], "last_name"])
    assert facts["joined"] == {
        "phone": ["Column 1", "Column 2"],
        "address": ["Column 3", "Column 4"],
    }
    assert "/" in facts["glue"]["phone"]


def test_columns_of_elections_can_be_chosen_among() -> None:
    names = ["id", "last", "GENERAL-11/08/2022", "GENERAL-11/05/2024", "Canvassed 10/01/2024"]
    fields = ["source_id", "last_name", VOTE, VOTE, LEFT_OUT]
    base: dict[str, Any] = {"votes": VOTES}
    for _ in range(2):  # a mapping that is changed again is not narrowed twice
        base = facts_of(base, "voters", names, fields)
    columns = find_columns(layout_from(base, "mine"), ",".join(names) + "\n")
    assert fields_of(columns) == fields
    assert election_of(names[4], VOTES) == "2024-10-01"
    assert "votes" not in facts_of(base, "voters", names, ["source_id", "last_name", "", "", ""])


@pytest.mark.parametrize("order", DAY_ORDERS)
def test_an_order_of_days_is_known_by_its_forms(order: str) -> None:
    assert day_order(day_forms(order)) == order
