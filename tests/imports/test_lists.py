"""What all lists have in common: their loaders, their words, and hostile cells."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kind import KINDS
from app.domain.language import names
from app.domain.listed import folded, languages_in
from app.domain.tables import table
from app.domain.time_of_day import clean_time, in_words
from app.services.lists import LOADERS
from app.store.engine import Sessions
from tests import factories
from tests.imports.lists import Load, came_to

OTHERS = {"voters", "history"}


def test_every_other_kind_of_list_has_its_loader() -> None:
    assert KINDS.keys() - OTHERS == LOADERS.keys()


@pytest.mark.parametrize("name", ["channel_words", "ballot_stages", "language_words"])
def test_each_word_of_a_table_stands_there_once_as_it_is_compared(name: str) -> None:
    words = [row["word"] for row in table(name)]
    assert len(words) == len(set(words))
    assert [word for word in words if word != " ".join(word.casefold().split())] == []
    if name != "language_words":
        assert [word for word in words if word != folded(word)] == []


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("6:30 am", time(6, 30)),
        ("06:30", time(6, 30)),
        ("0630", time(6, 30)),
        ("7", time(7)),
        ("7pm", time(19)),
        ("7 P.M.", time(19)),
        ("7.30 pm", time(19, 30)),
        ("7p", time(19)),
        ("19:30", time(19, 30)),
        ("19:30:00", time(19, 30)),
        ("07:00:00 PM", time(19)),
        ("12 am", time(0)),
        ("12 pm", time(12)),
        ("Noon", time(12)),
        ("0:00", time(0)),
        ("24:00", None),
        ("13 pm", None),
        ("0 am", None),
        ("7:60", None),
        ("7m", None),
        ("seven", None),
        ("", None),
        ("6:30 am - 7:30 pm", None),
        ("٧", None),
    ],
)
def test_a_time_is_read_as_people_write_it(raw: str, at: time | None) -> None:
    assert clean_time(raw) == at


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_that_is_said_is_read_again(hour: int, minute: int) -> None:
    assert clean_time(in_words(time(hour, minute))) == time(hour, minute)


@given(st.text())
def test_whatever_stands_in_a_cell_is_a_time_or_none(raw: str) -> None:
    assert clean_time(raw) is None or raw.strip()


@pytest.mark.parametrize(
    ("raw", "codes", "strange"),
    [
        ("English", ["en"], []),
        ("English, español / zh", ["en", "es", "zh"], []),
        ("Spanish and English; Spanish", ["es", "en"], []),
        ("Klingon, Haitian Creole", ["ht"], ["klingon"]),
        ("", [], []),
    ],
)
def test_languages_are_read_as_codes(raw: str, codes: list[str], strange: list[str]) -> None:
    assert languages_in(raw, names()) == (codes, strange)


def test_every_language_we_know_can_be_written_by_its_name() -> None:
    assert {code: languages_in(name, names())[0] for code, name in names().items()} == {
        code: [code] for code in names()
    }


HOSTILE = "\\.\\N\t{x}\"'\x07=1+1—ñ"


@pytest.mark.parametrize("kind", sorted(LOADERS))
def test_hostile_cells_end_as_rows_or_reasons(sessions: Sessions, load: Load, kind: str) -> None:
    with sessions.begin() as session:
        made = factories.call_list(session, 1).id
    fields = [field.name for field in KINDS[kind].fields]
    good = {
        "source_id": "AA000001",
        "email": "kim@example.org",
        "phone": "9195550101",
        "address": "9195550101",
        "channel": "call",
        "day": "2026-10-30",
        "starts": "17:00",
        "ends": "18:00",
        "given_on": "2026-10-01",
    }
    lines = [fields]
    for bad in fields:
        lines.append([HOSTILE if field == bad else good.get(field, "") for field in fields])
        lines.append([good.get(field, "") if field == bad else HOSTILE for field in fields])
    lines.append([HOSTILE] * len(fields))
    loaded = load(kind, *lines, campaign=made)
    came_to(loaded)
    assert loaded.counts["read"] == len(lines) - 1
    assert all(loaded.refused.values())
