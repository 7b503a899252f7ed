"""News of ballots: the newest stands, in whatever order and however often it comes."""

import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.ballot import HAS_VOTED, STAGES
from app.services.strike import strike_ids
from app.store.engine import Sessions
from tests.factories import NOON, POLLING_DAY
from tests.imports.ballots.stages import HEADER, VOTER, dated, kept, pending, stage, struck
from tests.imports.lists import Load, came_to, rows


@pytest.mark.usefixtures("called")
def test_a_ballot_that_came_back_strikes_in_the_same_transaction(
    engine: Engine, load: Load
) -> None:
    loaded = load(
        "ballots",
        HEADER,
        "AA000001,returned,2026-10-20",
        "AA000002,sent,2026-10-01",
        "AA000004,voted,2026-10-20",
        "ZZ,returned,2026-10-20",
        polling_day="2026-11-03",
    )
    assert came_to(loaded) == (3, 0, 0, 1)
    assert loaded.refused == {5: "no voter on file has this id"}
    assert {name: loaded.counts[name] for name in ("struck", "taken_back", "canceled")} == {
        "struck": 2,
        "taken_back": 0,
        "canceled": 1,
    }
    assert struck(engine) == ["AA000001", "AA000004"]
    assert pending(engine) == ["AA000002", "AA000003"]
    assert rows(engine, "SELECT reason FROM touches WHERE state = 'canceled'") == [("has voted",)]


@pytest.mark.usefixtures("called")
def test_the_same_list_ten_minutes_later_changes_nothing(engine: Engine, load: Load) -> None:
    lists = (
        [HEADER, "AA000001,returned,2026-10-20", "AA000002,sent,", "AA000003,rejected,2026-10-20"],
        ["source_id", "AA000004"],
    )
    for lines, again in itertools.product(lists, (False, True)):
        at = NOON + again * timedelta(days=1, minutes=10)
        loaded = load("ballots", *lines, at=at, polling_day="2026-11-03")
        new = len(lines) - 1
        assert came_to(loaded) == ((0, 0, new, 0) if again else (new, 0, 0, 0))
        assert loaded.counts["struck"] == (0 if again else 1)
    assert struck(engine) == ["AA000001", "AA000004"]
    assert len(rows(engine, "SELECT 1 FROM mail_ballots WHERE recorded_at = :at", at=NOON)) == 4


@pytest.mark.usefixtures("called")
def test_a_rejected_ballot_brings_the_voter_back_and_a_cured_one_strikes_again(
    engine: Engine, load: Load
) -> None:
    dated(load, "returned", "2026-10-20")
    counts = dated(load, "rejected", "2026-10-22")
    assert (counts["taken_back"], counts["changed"]) == (1, 1)
    assert struck(engine) == []
    assert stage(engine) == ("rejected", "2026-10-22")
    counts = dated(load, "cured", "2026-10-24")
    assert counts["struck"] == 1
    assert struck(engine) == [VOTER]
    kept = "SELECT returned_on::text FROM mail_ballots"
    assert rows(engine, kept) == [("2026-10-20",)]


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize("source", ["desk", "call", "text", "file"])
@pytest.mark.parametrize("first", [False, True], ids=["after the mail", "before the mail"])
def test_a_rejected_ballot_takes_back_nothing_that_people_said(
    engine: Engine, sessions: Sessions, load: Load, source: str, first: bool
) -> None:
    def say() -> None:
        strike_ids(sessions, POLLING_DAY, [VOTER], by=None, source=source, at=NOON)

    if first:
        say()
    dated(load, "returned", "2026-10-20")
    if not first:
        say()
    assert dated(load, "rejected", "2026-10-22")["taken_back"] == 0
    assert struck(engine) == [VOTER]
    assert rows(engine, "SELECT source FROM ballots") == [(source,)]


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize(
    ("news", "stands"),
    [
        (["returned 20", "sent 10"], "returned"),
        (["returned 20", "sent 25"], "returned"),  # sending is no news of what came back
        (["rejected 20", "sent 25"], "sent"),  # another ballot
        (["returned 10", "sent 20", "rejected 15"], "sent"),
        (["rejected 15", "sent 20", "returned 10"], "sent"),  # a list from before the rejection
        (["rejected 15", "sent 20", "returned 17"], "returned"),
        (["rejected 15", "sent 20", "cured 15"], "cured"),
        (["rejected 20", "sent 20"], "rejected"),
        (["rejected 22", "returned 20"], "rejected"),
        (["rejected 22", "returned 24"], "returned"),
        (["returned 20", "rejected 20"], "rejected"),
        (["rejected 20", "cured 20"], "cured"),
        (["cured 24", "rejected 22"], "cured"),
        (["voted 20", "rejected 25"], "voted"),  # a vote is final
        (["sent 20", "requested 25"], "requested"),
        # Without a day a row counts as far as it goes further.
        (["returned 20", "sent"], "returned"),
        (["sent 20", "returned"], "returned"),
        (["rejected 20", "returned"], "rejected"),
        (["rejected 20", "cured"], "cured"),
        (["returned", "voted"], "voted"),
        (["sent", "sent 10"], "sent"),
    ],
)
def test_the_newest_news_stands(
    engine: Engine, load: Load, news: Sequence[str], stands: str
) -> None:
    for name, _, day in (item.partition(" ") for item in news):
        dated(load, name, f"2026-10-{day}" if day else "")
    assert stage(engine)[0] == stands
    assert struck(engine) == ([VOTER] if stands in HAS_VOTED else [])


@pytest.mark.usefixtures("called")
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.sampled_from(STAGES), st.integers(1, 28)), min_size=1, max_size=5),
)
@example([("returned", 1), ("requested", 2), ("rejected", 1)])  # the request is of a new ballot
def test_dated_news_ends_alike_in_whatever_order_and_files_it_comes(
    engine: Engine, load: Load, news: list[tuple[str, int]]
) -> None:
    lines = [f"{VOTER},{name},2026-10-{day:02}" for name, day in news]
    ends = []
    for order in (lines, lines[::-1]):
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM mail_ballots"))
            connection.execute(text("DELETE FROM ballots"))
            connection.execute(text("UPDATE targets SET voted_at = NULL"))
        for line in order:
            load("ballots", HEADER, line, polling_day="2026-11-03")
        ends.append((kept(engine), struck(engine)))
        load("ballots", HEADER, *order, polling_day="2026-11-03")
        ends.append((kept(engine), struck(engine)))
    assert ends == [ends[0]] * 4


@pytest.mark.usefixtures("called")
def test_a_ballot_that_is_out_again_remembers_why_the_one_before_was_rejected(
    engine: Engine, load: Load
) -> None:
    lines = [
        "source_id,stage,stage_on,sent_on,reason",
        f"{VOTER},rejected,2026-10-10,2026-10-01,no signature",
        f"{VOTER},sent,2026-10-15,,",
    ]
    load("ballots", *lines, polling_day="2026-11-03")
    out_again = [
        ("sent", "2026-10-15", None, "2026-10-15", None, "rejected on 2026-10-10: no signature")
    ]
    assert kept(engine) == out_again
    for again in (lines, lines[:2], lines[::2]):
        assert load("ballots", *again, polling_day="2026-11-03").counts["changed"] == 0
    assert kept(engine) == out_again
    dated(load, "returned", "2026-10-20")
    assert kept(engine) == [("returned", "2026-10-20", None, "2026-10-15", "2026-10-20", "")]


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize(
    ("row", "stands"),
    [
        ("rejected,2026-10-10,,2026-10-15,", ("sent", "2026-10-15")),  # out again already
        ("requested,2026-10-10,,2026-10-15,", ("sent", "2026-10-15")),
        ("sent,2026-10-15,2026-10-10,2026-10-12,", ("sent", "2026-10-15")),
        ("sent,2026-10-15,,,2026-10-20", ("sent", "2026-10-15")),  # the word, not a stray day
    ],
)
def test_the_days_of_a_row_count_at_once_and_not_when_it_comes_again(
    engine: Engine, load: Load, row: str, stands: tuple[str, str]
) -> None:
    for changed in (False, True):
        loaded = load(
            "ballots",
            "source_id,stage,stage_on,requested_on,sent_on,returned_on",
            f"{VOTER},{row}",
            polling_day="2026-11-03",
        )
        assert stage(engine) == stands
        assert came_to(loaded) == ((0, 0, 1, 0) if changed else (1, 0, 0, 0))


@pytest.mark.usefixtures("called")
def test_several_rows_of_one_voter_count_as_one_story(engine: Engine, load: Load) -> None:
    loaded = load(
        "ballots",
        HEADER,
        "AA000001,accepted,2026-10-25",
        "AA000001,spoiled,2026-10-10",
        "AA000001,issued,2026-10-12",
        polling_day="2026-11-03",
    )
    assert came_to(loaded) == (1, 0, 2, 0)
    assert stage(engine) == ("returned", "2026-10-25")
    days = "SELECT sent_on::text, returned_on::text FROM mail_ballots"
    assert rows(engine, days) == [("2026-10-12", "2026-10-25")]
