"""Who shares an address or a phone is one household, however they came in."""

from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import Engine, text

from app.services.import_voters import import_voters
from app.store.households import CROWD
from tests.imports.conftest import WriteFile, line

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)


def households(engine: Engine) -> list[str]:
    """The households, each as the ids of its voters; checks that the smallest id names it."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT string_agg(source_id, ' ' ORDER BY source_id), min(id) = household_id "
                "FROM voters GROUP BY household_id ORDER BY 1"
            )
        ).all()
    assert all(named for _, named in rows)
    return [members for members, _ in rows]


def bring_in(engine: Engine, write_file: WriteFile, *lines: str) -> list[str]:
    import_voters(engine, write_file(*lines), "nc", AT)
    return households(engine)


A, B, C = "9195550101", "9195550102", "9195550103"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("1", address="1 Elm St"), line("2", address="1 ELM ST")], ["1 2"]),
        ([line("1", address="1 Elm St"), line("2", address="2 Elm St")], ["1", "2"]),
        ([line("1"), line("2")], ["1", "2"]),
        ([line("1", address="1 Elm St", phone=A), line("2", address="9 Oak", phone=A)], ["1 2"]),
        (
            [
                line("1", address="1 Elm", phone=A),
                line("2", address="2 Elm", phone=A),
                line("3", address="2 Elm", phone=B),
                line("4", address="4 Elm", phone=B),
                line("5", address="4 Elm", phone=C),
                line("6", address="6 Elm", phone=C),
                line("7", address="7 Elm"),
            ],
            ["1 2 3 4 5 6", "7"],
        ),
    ],
)
def test_an_address_or_a_phone_makes_a_household(
    engine: Engine, write_file: WriteFile, lines: list[str], expected: list[str]
) -> None:
    assert bring_in(engine, write_file, *lines) == expected


def test_a_long_chain_is_one_household_in_any_order(engine: Engine, write_file: WriteFile) -> None:
    phones = [f"9195550{number}" for number in range(100, 200)]
    lines = []
    for number, (left, right) in enumerate(pairwise(phones)):
        lines += [
            line(f"L{number:02}", address=f"{number} Elm", phone=left),
            line(f"R{number:02}", address=f"{number} Elm", phone=right),
        ]
    Random(1).shuffle(lines)
    assert len(bring_in(engine, write_file, *lines)) == 1


def test_a_crowd_at_an_address_is_no_household(engine: Engine, write_file: WriteFile) -> None:
    crowd = [line(f"{number:02}", address="1 Home Way") for number in range(CROWD)]
    assert len(bring_in(engine, write_file, *crowd)) == 1
    assert len(bring_in(engine, write_file, line("99", address="1 Home Way"))) == CROWD + 1


def test_a_newcomer_joins_those_already_there(engine: Engine, write_file: WriteFile) -> None:
    bring_in(engine, write_file, line("1", address="1 Elm", phone=A), line("2", address="2 Elm"))
    assert bring_in(engine, write_file, line("3", address="2 Elm", phone=A)) == ["1 2 3"]


def test_who_moves_out_leaves_the_others_together(engine: Engine, write_file: WriteFile) -> None:
    three = [line(name, address="1 Elm") for name in "123"]
    assert bring_in(engine, write_file, *three) == ["1 2 3"]
    assert bring_in(engine, write_file, line("1", address="9 Oak")) == ["1", "2 3"]
    assert bring_in(engine, write_file, line("1", address="1 Elm")) == ["1 2 3"]


def test_coming_in_one_by_one_gives_the_same_households(
    engine: Engine, write_file: WriteFile
) -> None:
    rng = Random(7)
    lines = [
        line(f"{n:02}", address=f"{rng.randint(1, 9)} Elm", phone=f"91955501{rng.randint(10, 29)}")
        for n in range(24)
    ]
    one_by_one = [bring_in(engine, write_file, each) for each in lines][-1]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM voters"))
    assert bring_in(engine, write_file, *lines) == one_by_one
