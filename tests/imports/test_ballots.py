"""Ballots: how far each has come, whom that strikes, and that older news undoes nothing."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.ballot import HAS_VOTED, ROW, STAGES, ballot_cleaner, stage_words
from app.domain.channel import Channel
from app.domain.cleaned import NONE, Cleaned, Rejection
from app.domain.layout import Columns, layout_from
from app.services.rejects import ImportRefused
from app.services.release import release_some
from app.services.strike import StrikeRefused, ids_in, strike_ids
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.imports.lists import Load, came_to, loader, rows

TODAY = date(2026, 10, 29)
VOTER = "AA000001"


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


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Loads lists of ballots for the polling day."""
    return loader(engine, tmp_path)


@pytest.fixture
def called(sessions: Sessions) -> None:
    """Three voters who wait for a call, and one who is nobody's target."""
    with sessions.begin() as session:
        factories.call_list(session, 3)
        factories.voters(session, 1, first=4)


def stage(engine: Engine, voter: str = VOTER) -> tuple[str, str]:
    """A voter's stage and since when."""
    query = (
        "SELECT stage, stage_on::text FROM mail_ballots JOIN voters ON voters.id = voter_id "
        "WHERE source_id = :voter"
    )
    (found,) = rows(engine, query, voter=voter)
    return found[0], found[1]


def kept(engine: Engine) -> list[tuple[str, ...]]:
    """All that we know of the mail ballots."""
    columns = "stage, stage_on::text, requested_on::text, sent_on::text, returned_on::text, reason"
    return rows(engine, f"SELECT {columns} FROM mail_ballots")


def struck(engine: Engine) -> list[str]:
    """Who has voted, by the ballots; the targets must say the same."""
    ballots = rows(
        engine, "SELECT source_id FROM ballots JOIN voters ON id = voter_id ORDER BY source_id"
    )
    targets = rows(
        engine,
        "SELECT source_id FROM targets JOIN voters ON id = voter_id WHERE voted_at IS NOT NULL",
    )
    assert {row[0] for row in targets} == {row[0] for row in ballots} - {"AA000004"}
    return [row[0] for row in ballots]


def pending(engine: Engine) -> list[str]:
    """Whose call is still to be made."""
    query = (
        "SELECT source_id FROM touches JOIN voters ON voters.id = voter_id "
        "WHERE touches.state IN ('ready', 'claimed') ORDER BY 1"
    )
    return [row[0] for row in rows(engine, query)]


HEADER = "source_id,stage,stage_on"


def dated(load: Load, name: str, day: str, voter: str = VOTER) -> dict[str, int]:
    """One voter's ballot came to this stage on this day."""
    return load("ballots", HEADER, f"{voter},{name},{day}", polling_day="2026-11-03").counts


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


@pytest.mark.usefixtures("called")
def test_ids_are_matched_by_their_source_and_through_merges(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        kept = factories.voters(session, 1, source="oh", source_id="AA000002")[0]
        gone = factories.voters(session, 1, source="oh", source_id="X9")[0]
        gone.merged_into = kept.id
    voted = ("source_id", "AA000002", "X9")
    unclear = load("ballots", *voted, polling_day="2026-11-03")
    assert unclear.refused == {2: "several voter files have this id (nc, oh): say which"}
    (recorded,) = rows(engine, "SELECT voter_id FROM ballots")
    assert recorded == (kept.id,)
    clear = load("ballots", *voted, source="nc", polling_day="2026-11-03")
    assert clear.refused == {3: "no voter on file has this id"}
    assert len(rows(engine, "SELECT 1 FROM ballots")) == 2


@pytest.mark.usefixtures("called")
def test_ids_that_are_one_person_are_no_riddle(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        other = factories.voters(session, 1, source="oh", source_id=VOTER)[0]
        other.merged_into = 1
    loaded = load("ballots", "source_id", VOTER, polling_day="2026-11-03")
    assert came_to(loaded) == (1, 0, 0, 0)
    assert struck(engine) == [VOTER]


@pytest.mark.usefixtures("called")
def test_a_dry_run_counts_and_strikes_nobody(engine: Engine, load: Load) -> None:
    loaded = load("ballots", "source_id", VOTER, check=True, polling_day="2026-11-03")
    assert (loaded.counts["new"], loaded.counts["struck"]) == (1, 1)
    assert struck(engine) == []
    assert pending(engine) == ["AA000001", "AA000002", "AA000003"]


def test_the_polling_day_is_told_or_the_only_one_ahead(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        factories.voters(session, 1)
    with pytest.raises(ImportRefused, match=r"say which polling day .* no campaign has one ahead"):
        load("ballots", "source_id", VOTER)
    with sessions.begin() as session:
        first = factories.campaign(session).id
    assert load("ballots", "source_id", VOTER).counts["struck"] == 1
    with sessions.begin() as session:
        factories.campaign(session, name="Later", polling_day=date(2026, 12, 8))
    with pytest.raises(ImportRefused, match="there are 2026-11-03, 2026-12-08"):
        load("ballots", "source_id", VOTER)
    assert load("ballots", "source_id", VOTER, campaign=first).counts["struck"] == 0
    with pytest.raises(ImportRefused, match="'Tuesday' is no day: write it as 2026-11-03"):
        load("ballots", "source_id", VOTER, polling_day="Tuesday")
    days = rows(engine, "SELECT polling_day::text FROM ballots")
    assert days == [("2026-11-03",)]


def test_a_voter_of_another_polling_day_is_struck_from_this_one_alone(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        now = factories.call_list(session, 1)
        later = factories.campaign(session, name="Later", polling_day=date(2026, 12, 8))
        session.execute(
            text(
                "INSERT INTO targets (campaign_id, voter_id, household_id, place) "
                "SELECT :later, id, id, 'NC:America/New_York' FROM voters"
            ),
            {"later": later.id},
        )
    load("ballots", "source_id", VOTER, polling_day="2026-12-08")
    load("ballots", "source_id", VOTER, polling_day="2026-11-03")
    load("ballots", HEADER, f"{VOTER},rejected,2026-10-20", polling_day="2026-12-08")
    query = "SELECT campaign_id, voted_at IS NOT NULL FROM targets ORDER BY campaign_id"
    assert rows(engine, query) == [(now.id, True), (later.id, True)]


def test_the_strike_desk_takes_a_merged_voter_for_the_one_who_was_kept(
    engine: Engine, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 1)
        factories.voters(session, 1, first=2, merged_into=1)
    struck_now = strike_ids(
        sessions, POLLING_DAY, ["AA000002", VOTER, "QQ"], by=None, source="desk", at=NOON
    )
    assert (struck_now.recorded, struck_now.already, struck_now.unknown) == (1, 1, ["QQ"])
    assert struck(engine) == [VOTER]


def test_calls_wait_again_for_a_voter_to_cure_the_ballot(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    with sessions.begin() as session:
        made = factories.call_list(session, 1)
    dated(load, "returned", "2026-10-20")
    now = datetime(2026, 10, 29, 16, tzinfo=UTC)
    for name, day, released in (("rejected", "2026-10-22", 1), ("cured", "2026-10-23", 0)):
        dated(load, name, day)
        with sessions.begin() as session:
            frame = load_frame(session, made.id)
            assert release_some(session, frame, Channel.CALL, 5, now) == released
    assert pending(engine) == []


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("A1\nA2\n", ["A1", "A2"]),
        ("Voter ID\nA1\n", ["A1"]),
        ("name;voter_id\nJo;A1\nAl;A2", ["A1", "A2"]),
        ("NCID\tname\nA1\tJo", ["A1"]),
        ("name,Voter  File VANID\nJo,7", ["7"]),
        ("id,state_voter_id\n1,A1", ["A1"]),
    ],
)
def test_the_strike_desk_finds_the_column_of_ids(content: str, ids: list[str]) -> None:
    assert ids_in(content, "list.csv") == ids


def test_the_strike_desk_does_not_guess_which_column_has_the_ids() -> None:
    with pytest.raises(StrikeRefused, match="no column is called voter_id"):
        ids_in("A1,Jo\nA2,Al", "list.csv")


def test_what_is_no_list_is_refused_at_the_strike_desk() -> None:
    with pytest.raises(StrikeRefused, match="no list of voter ids"):
        ids_in("A" * 200_000, "list.csv")
