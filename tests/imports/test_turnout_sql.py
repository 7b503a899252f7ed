"""The turnout score in SQL is the one of the domain, at an import and afterwards."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select, text

from app.domain.turnout import Election, Past, scores
from app.store import turnout
from app.store.arrivals import NO_SCORE
from app.store.history import upsert_elections
from app.store.voters import Voter

TODAY = date(2026, 11, 1)
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
PAST = [
    Election(date(2016, 11, 8), "general"),
    Election(date(2020, 3, 3), "primary"),
    Election(date(2020, 11, 3), "general"),
    Election(date(2021, 11, 2), "municipal"),
    Election(date(2024, 11, 5), "general"),
]
ALL_DAYS = tuple(str(day) for day, _ in PAST)
EVERY_FIELD = frozenset(turnout.FACTS)

days = st.dates(date(2012, 1, 1), date(2026, 10, 31))
kinds = st.sampled_from(("general", "primary", "municipal", "special", "other"))


@st.composite
def sources(draw: st.DrawFn) -> tuple[list[Past], list[Election]]:
    """Voters of a few precincts, and up to fourteen elections that some of them voted in."""
    chosen = draw(st.lists(days, min_size=1, max_size=14, unique=True))
    past = [Election(day, draw(kinds)) for day in chosen]
    voter = st.builds(
        Past,
        votes=st.lists(st.sampled_from(chosen), unique=True).map(
            lambda voted: tuple(sorted(map(str, voted)))
        ),
        registered_on=st.none() | days,
        birth_year=st.none() | st.integers(1920, 2009),
        state=st.just("NC"),
        county=st.sampled_from(("", "ASH", "ELM")),
        precinct=st.sampled_from(("", "01", "02")),
    )
    return draw(st.lists(voter, min_size=1, max_size=25)), past


def put(connection: Connection, people: Sequence[Past], source: str = "nc") -> None:
    if not people:
        return
    connection.execute(
        insert(Voter),
        [
            {
                **{name: getattr(voter, name) for name in turnout.FACTS},
                "votes": list(voter.votes),
                "source": source,
                "source_id": f"{source}{number:03}",
                "imported_at": AT,
            }
            for number, voter in enumerate(people)
        ],
    )


def stage(connection: Connection, people: Sequence[Past], first: int = 0) -> None:
    """`arriving` as a voter file leaves it: those on file have their id already."""
    connection.execute(
        text(
            "CREATE TEMP TABLE arriving (id bigint, source_id text, votes text[], "
            "registered_on date, birth_year integer, state text, county text, precinct text)"
            " ON COMMIT DROP"
        )
    )
    for number, voter in enumerate(people, first):
        connection.execute(
            text(
                "INSERT INTO arriving SELECT coalesce((SELECT id FROM voters WHERE source = 'nc' "
                "AND source_id = :source_id), 1000 + :number), :source_id, :votes, "
                "CAST(:registered_on AS date), CAST(:birth_year AS integer), "
                ":state, :county, :precinct"
            ),
            {
                **{name: getattr(voter, name) for name in turnout.FACTS},
                "votes": list(voter.votes),
                "source_id": f"nc{number:03}",
                "number": number,
            },
        )


def arriving_scores(
    connection: Connection, fields: frozenset[str] = EVERY_FIELD
) -> list[float | None]:
    """What the statement that stores `arriving` would write as turnout."""
    found = turnout.score_arriving(connection, "nc", fields, TODAY)
    return list(
        connection.scalars(
            text(f"SELECT {found.expression} FROM arriving {found.joins} ORDER BY source_id"),
            found.binds,
        )
    )


def stored(connection: Connection, source: str = "nc") -> list[float | None]:
    query = select(Voter.turnout).where(Voter.source == source).order_by(Voter.source_id)
    return list(connection.scalars(query))


def approx(expected: Sequence[float | None]) -> object:
    return pytest.approx(expected, abs=1e-6)


many = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(source=sources())
def test_sql_and_python_agree_on_voters_on_file(
    engine: Engine, source: tuple[list[Past], list[Election]]
) -> None:
    people, past = source
    with engine.connect() as connection:  # never committed
        put(connection, people)
        upsert_elections(connection, "nc", past)
        turnout.rescore(connection, "nc", TODAY)
        assert stored(connection) == approx(scores(people, past, TODAY))


@many
@given(source=sources(), data=st.data())
def test_sql_and_python_agree_on_a_file_that_arrives_among_voters_on_file(
    engine: Engine, source: tuple[list[Past], list[Election]], data: st.DataObject
) -> None:
    people, past = source
    staying = data.draw(st.integers(0, len(people) - 1))
    known = data.draw(st.integers(staying, len(people)))
    with engine.connect() as connection:
        put(connection, [*people[:staying], *[Past()] * (known - staying)])
        upsert_elections(connection, "nc", past)
        stage(connection, people[staying:], staying)
        assert arriving_scores(connection) == approx(scores(people, past, TODAY)[staying:])


def test_what_a_file_does_not_say_is_taken_from_the_voter_on_file(engine: Engine) -> None:
    full = [Past(ALL_DAYS, date(2000, 1, 1), 1960, "NC", "ASH", "01"), Past((), None, 1999)]
    mute = [Past((), full[0].registered_on, 1960, "NC", "ASH", "01"), full[1]]
    with engine.connect() as connection:
        put(connection, full)
        upsert_elections(connection, "nc", PAST)
        stage(connection, mute)
        found = arriving_scores(connection, EVERY_FIELD - {"votes"})
        assert found == approx(scores(full, PAST, TODAY))


def test_with_no_election_known_the_score_stays_unknown_and_costs_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        stage(connection, [Past(ALL_DAYS)])
        assert turnout.score_arriving(connection, "nc", EVERY_FIELD, TODAY) == NO_SCORE
        assert arriving_scores(connection) == [None]
        assert turnout.prepare(connection, "nc", TODAY) is None
        assert turnout.rescore(connection, "nc", TODAY) == 0


def test_a_file_without_a_change_is_not_scored(engine: Engine) -> None:
    with engine.connect() as connection:
        put(connection, [Past(ALL_DAYS)])
        upsert_elections(connection, "nc", PAST)
        stage(connection, [])
        assert turnout.score_arriving(connection, "nc", EVERY_FIELD, TODAY) == NO_SCORE


def test_after_an_import_the_same_tables_score_those_who_stay(engine: Engine) -> None:
    people = [Past(ALL_DAYS, birth_year=1960), Past((), birth_year=1960)]
    with engine.connect() as connection:
        put(connection, people[:1])
        upsert_elections(connection, "nc", PAST)
        stage(connection, people[1:], 1)
        found = turnout.score_arriving(connection, "nc", EVERY_FIELD, TODAY)
        assert turnout.rescore_others(connection, found) == 1
        assert stored(connection) == approx(scores(people, PAST, TODAY)[:1])


def test_a_score_that_hardly_moved_is_not_written(engine: Engine) -> None:
    with engine.connect() as connection:
        put(connection, [Past(ALL_DAYS), Past()])
        upsert_elections(connection, "nc", PAST)
        assert turnout.rescore(connection, "nc", TODAY) == 2
        connection.execute(text("UPDATE voters SET turnout = turnout + 0.004"))
        assert turnout.rescore(connection, "nc", TODAY) == 0
        connection.execute(text("UPDATE voters SET turnout = turnout + 0.004"))
        assert turnout.rescore(connection, "nc", TODAY) == 2


def test_voters_withdrawn_or_merged_are_not_scored_and_draw_nobody(engine: Engine) -> None:
    people = [Past(ALL_DAYS), Past()]
    with engine.connect() as connection:
        put(connection, [*people, Past(), Past()])
        connection.execute(
            text(
                "UPDATE voters SET status = 'confidential' WHERE source_id = 'nc002';"
                "UPDATE voters SET merged_into = 1 WHERE source_id = 'nc003'"
            )
        )
        upsert_elections(connection, "nc", PAST)
        turnout.rescore(connection, "nc", TODAY)
        assert stored(connection) == approx([*scores(people, PAST, TODAY), None, None])


def test_other_sources_have_scores_of_their_own(engine: Engine) -> None:
    with engine.connect() as connection:
        put(connection, [Past(ALL_DAYS)])
        put(connection, [Past(ALL_DAYS)], "oh")
        upsert_elections(connection, "nc", PAST)
        turnout.rescore(connection, "nc", TODAY)
        turnout.rescore(connection, "oh", TODAY)
        assert stored(connection) == approx(scores([Past(ALL_DAYS)], PAST, TODAY))
        assert stored(connection, "oh") == [None]


def test_pieces_committed_one_by_one_come_to_the_whole(engine: Engine) -> None:
    people = [Past(ALL_DAYS[:number]) for number in range(5)]
    with engine.begin() as connection:
        put(connection, people)
        upsert_elections(connection, "nc", PAST)
    with engine.connect() as connection:
        prepared = turnout.prepare(connection, "nc", TODAY, keep=True)
        assert prepared is not None
        connection.commit()
        first = connection.scalar(text("SELECT min(id) FROM voters"))
        assert turnout.rescore_range(connection, prepared, first, first + 1) == 2
        connection.commit()
        assert stored(connection)[2:] == [None, None, None]
        assert turnout.rescore_range(connection, prepared, first, first + 9) == 3
        turnout.drop_prepared(connection)
        connection.commit()
        assert stored(connection) == approx(scores(people, PAST, TODAY))
