"""Voters are found by what people type, the exact ones first, and no look-up walks the table."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from app.domain.name import fold
from app.domain.search import parse
from app.store.engine import Sessions
from app.store.search import _SETTINGS, Found, TooBroad, find
from tests import factories

PEOPLE = (
    ("María José", "Fernández-Ortiz", {}),
    ("Mario", "Fern", {"phone2": "+17045550199"}),
    ("Martha", "Fernandez", {"email": "martha.f@example.org"}),
    ("Sean", "O'Brien", {}),
    ("Ana", "de la Cruz", {"household_id": 7}),
    ("Luis", "Cruz", {"source_id": "OH-77 b"}),
    ("Ana", "de la Cruz", {"birth_year": 1988, "household_id": 7}),
    ("Cruz", "Luis", {}),
)


@pytest.fixture
def on_file(sessions: Sessions) -> Sessions:
    """The people above, as voters 1, 2, …"""
    with sessions.begin() as session:
        for number, (first, last, facts) in enumerate(PEOPLE, 1):
            names = {"first_name": first, "last_name": last}
            keys = {"first_key": fold(first), "last_key": fold(last)}
            factories.voters(session, 1, number, **names, **keys, **facts)
    return sessions


def look(sessions: Sessions, typed: str, country: str = "US") -> list[int]:
    return [each.id for each in found(sessions, typed, country)]


def found(sessions: Sessions, typed: str, country: str = "US") -> list[Found]:
    with sessions() as session:
        return find(session, parse(typed, country))


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("fern mar", [2, 3, 1]),  # the exact surname first, then as in the dictionary
        ("mar fern", [2, 3, 1]),
        ("maria fernandez", [1]),
        ("Fernández, María", [1]),
        ("fernandez ortiz, m", [1]),
        ("MARIA JOSE FERNANDEZ ORTIZ", [1]),
        ("maría elena fernández", [1]),  # a middle name that is not on file
        ("fern", [2, 3, 1]),
        ("o'brien", [4]),
        ("obrien", [4]),
        ("o brien", [4]),
        ("sean o brien", [4]),
        ("ana de la cruz", [5, 7]),
        ("de la cruz", [5, 7]),
        ("luis cruz", [6, 8]),
        ("cruz,", [6]),
        ("luis cruz jr", [6, 8]),
        ("(919) 555-0003", [3]),
        ("919 555 000", [2, 3, 7, 4, 6, 8, 5, 1]),
        ("1 919 555 0004", [4]),
        ("+19195550004", [4]),
        ("704-555-01", [2]),
        ("AA000003", [3]),
        ("aa000003", [3]),
        ("AA00000", [5, 7, 1, 2, 3, 4, 8]),
        ("oh-77", [6]),  # as it is written, or in capitals
        ("oh-77 b", []),
        ("OH-77 b", [6]),
        ("martha.f@", [3]),
        ("MARTHA.F@EXAMPLE.ORG", [3]),
        ("#4", [4]),
        ("zz", []),
        ("", []),
        ("   ", []),
        ("%", []),
        ("fern%", [2, 3, 1]),
        ("'; DROP TABLE voters; --", []),
        ("\\", []),
        ("@", []),
        ("91", []),
    ],
)
def test_what_is_typed_finds(on_file: Sessions, typed: str, ids: list[int]) -> None:
    rows = look(on_file, typed)
    assert (sorted(rows) if len(ids) > 3 else rows) == (sorted(ids) if len(ids) > 3 else ids)


@pytest.mark.parametrize(
    ("typed", "country", "start"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 7700 900123", "US", "+447700900123"),
        ("0044 7700", "GB", "+447700"),
        ("447700", "GB", "+447700"),
        ("1919", "US", "+1919"),
    ],
)
def test_a_phone_is_read_as_people_dial_it(typed: str, country: str, start: str) -> None:
    assert start in parse(typed, country).phones


def test_a_double_is_found_as_the_one_who_was_kept(on_file: Sessions) -> None:
    with on_file.begin() as session:
        session.execute(text("UPDATE voters SET merged_into = 3 WHERE id = 2"))
    assert look(on_file, "fern") == [3, 1]
    assert look(on_file, "AA000002") == [3]
    assert look(on_file, "+19195550002") == [3]


def test_members_of_a_household_stand_together(on_file: Sessions) -> None:
    with on_file.begin() as session:
        session.execute(text("UPDATE voters SET household_id = 2 WHERE id = 1"))
    assert look(on_file, "fern") == [2, 1, 3]


def test_an_exact_name_comes_before_the_many_that_begin_alike(on_file: Sessions) -> None:
    with on_file.begin() as session:
        names = {"first_name": "Ann", "last_name": "Leeds", "first_key": "ann"}
        factories.voters(session, 60, 100, **names, last_key="leeds")
        names = {"first_name": "Zoe", "last_name": "Lee", "first_key": "zoe", "last_key": "lee"}
        factories.voters(session, 1, 200, **names)
    rows = found(on_file, "lee")
    assert len(rows) == 20
    assert rows[0].first_name == "Zoe"


@given(typed=st.text(max_size=30), country=st.sampled_from(["US", "GB", "MX"]))
def test_anything_can_be_typed(typed: str, country: str) -> None:
    asked = parse(typed, country)
    assert len(asked.names) <= 14
    assert all(fold(each.first) == each.first for each in asked.names)


WORST = ("s", "s m", "s zq", "mar zz", "jo de la cruz sm", "919", "AA", "AA0", "x@", "a, b", "#1")


@pytest.mark.parametrize("typed", WORST)
def test_no_look_up_walks_the_table(on_file: Sessions, engine: Engine, typed: str) -> None:
    statements: list[tuple[str, Any]] = []

    def keep(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    with on_file() as session:
        event.listen(engine, "before_cursor_execute", keep)
        try:
            find(session, parse(typed))
        finally:
            event.remove(engine, "before_cursor_execute", keep)
        searched = [each for each in statements if "UNION ALL" in each[0] or "rank" in each[0]]
        for setting, value in _SETTINGS.items():
            session.execute(text(f"SET LOCAL {setting} = {value}"))
        for statement, parameters in searched:
            connection = session.connection()
            plan = "\n".join(
                connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()
            )
            assert "Seq Scan" not in plan, plan
            assert plan.count("Index Cond") >= statement.count("FROM voters WHERE"), plan


def test_a_server_that_takes_too_long_is_not_waited_for(
    on_file: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_file.begin() as session:
        session.execute(text("LOCK TABLE voters IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(TooBroad):
            found(on_file, "fern")


def test_the_settings_of_a_search_end_with_it(on_file: Sessions) -> None:
    with on_file() as session:
        before = session.scalar(text("SHOW statement_timeout"))
        find(session, parse("fern"))
        assert session.scalar(text("SHOW enable_seqscan")) == "on"
        assert session.scalar(text("SHOW statement_timeout")) == before
