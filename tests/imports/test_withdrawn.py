"""Who is confidential or no longer registered in a newer file is left alone, and may come back."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.services.import_voters import ImportSummary, import_voters
from app.services.merge import MergeRefused, merge, unmerge
from app.store.campaigns import Campaign, PlanHour
from app.store.engine import Sessions
from app.store.voters import Voter
from app.store.withdrawn import CANCELED
from tests import factories
from tests.factories import NOON
from tests.imports.consents import load_consents

HEADER = (
    "ncid\tlast_name\tfirst_name\tstatus_cd\tConfidential_ind\tres_street_address\tres_city_desc"
    "\tzip_code\tfull_phone_number"
)
HOME = "12 OAK ST"
HOUR = NOON.replace(minute=0)

Import = Callable[..., ImportSummary]


def row(
    voter_id: str, status: str = "A", hidden: str = "N", address: str = HOME, phone: str = ""
) -> str:
    return f"{voter_id}\tDOE\tJO\t{status}\t{hidden}\t{address}\tRALEIGH\t27601\t{phone}"


@pytest.fixture
def bring_in(engine: Engine, tmp_path: Path) -> Import:
    """Imports a file of these rows."""

    def bring_in(*rows: str, header: str = HEADER) -> ImportSummary:
        path = tmp_path / "voters.txt"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return import_voters(engine, path, "nc", NOON)

    return bring_in


def campaign(sessions: Sessions, name: str = "Eastside") -> int:
    """A campaign that works on every voter on file and has a text ready for each; its id."""
    with sessions.begin() as session:
        made = factories.campaign(session, name=name, reserved=Decimal("0.05"))
        whom = session.query(Voter).order_by(Voter.id).all()
        factories.targets(session, made, whom)
        factories.calls(
            session, made, [v for v in whom if v.phone], channel=Channel.TEXT, held=Decimal("0.01")
        )
        session.add(
            PlanHour(campaign_id=made.id, channel=Channel.TEXT, hour_at=HOUR, planned=9, released=5)
        )
        return made.id


def facts(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(found) for found in connection.execute(text(query))]


def outs(engine: Engine) -> dict[str, str]:
    """Voter's id in the file → why their target is out."""
    query = "SELECT source_id, out FROM targets JOIN voters ON id = voter_id"
    return dict(facts(engine, query))


def touches(engine: Engine) -> dict[str, tuple[str, str]]:
    query = (
        "SELECT source_id, touches.state, reason FROM touches "
        "JOIN voters ON voters.id = touches.voter_id"
    )
    return {name: (state, reason) for name, state, reason in facts(engine, query)}


WITHDRAWN = (TouchState.CANCELED.value, CANCELED)
READY = (TouchState.READY.value, "")


@pytest.mark.parametrize(
    ("status", "secret", "word", "out"),
    [
        ("R", "N", "removed", "no longer registered"),
        ("D", "N", "denied", "no longer registered"),
        ("A", "Y", "confidential", "confidential"),
        ("R", "Y", "confidential", "confidential"),
    ],
)
def test_a_voter_whom_a_newer_file_keeps_out_is_no_target_and_gets_nothing_that_was_pending(
    engine: Engine,
    sessions: Sessions,
    bring_in: Import,
    status: str,
    secret: str,
    word: str,
    out: str,
) -> None:
    bring_in(row("A1", phone="9195550101"), row("A2", phone="9195550102"))
    made = campaign(sessions)
    newer = row("A1", status, secret, phone="9195550101"), row("A2", phone="9195550102")
    summary = bring_in(*newer)
    assert (summary.withdrawn, summary.rejected, summary.unchanged) == (1, 1, 1)
    assert facts(engine, "SELECT status FROM voters ORDER BY id") == [(word,), ("active",)]
    assert outs(engine) == {"A1": out, "A2": ""}
    assert touches(engine) == {"A1": WITHDRAWN, "A2": READY}
    # Its place in the plan and its money are free again.
    assert facts(engine, "SELECT released FROM plan_hours") == [(4,)]
    with sessions() as session:
        assert session.get_one(Campaign, made).reserved == Decimal("0.04")
    before = facts(engine, "SELECT * FROM voters ORDER BY id")
    again = bring_in(*newer)
    assert (again.withdrawn, again.rejected, again.unchanged) == (0, 1, 1)
    assert facts(engine, "SELECT * FROM voters ORDER BY id") == before
    assert outs(engine) == {"A1": out, "A2": ""}


def test_a_voter_who_is_registered_again_comes_back_and_nothing_else_is_lifted(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    rows = [row(name, phone=f"919555010{name[1]}") for name in ("A1", "A2", "A3", "A4")]
    bring_in(*rows)
    campaign(sessions)
    with sessions.begin() as session:
        session.execute(
            text(
                "UPDATE targets SET out = 'refused' FROM voters "
                "WHERE id = voter_id AND source_id = 'A3'"
            )
        )
    assert bring_in(row("A1", "R"), row("A2", hidden="Y"), row("A3", "R"), rows[3]).withdrawn == 3
    assert outs(engine) == {
        "A1": "no longer registered",
        "A2": "confidential",
        "A3": "refused",
        "A4": "",
    }
    summary = bring_in(*rows)
    assert (summary.changed, summary.unchanged, summary.withdrawn) == (3, 1, 0)
    assert outs(engine) == {"A1": "", "A2": "", "A3": "refused", "A4": ""}
    found = facts(engine, "SELECT status, last_name, phone FROM voters ORDER BY id")
    assert found == [("active", "Doe", f"+1919555010{number}") for number in range(1, 5)]
    assert touches(engine)["A1"] == WITHDRAWN  # the pacer releases anew; nothing is revived
    assert bring_in(*rows).unchanged == 4


def test_of_a_confidential_voter_the_id_alone_is_kept(
    engine: Engine, bring_in: Import, tmp_path: Path
) -> None:
    bring_in(row("A1", phone="9195550101"), row("A2"), row("A3"))
    consents = tmp_path / "consents.csv"
    consents.write_text(
        "voter_id,channel,address,basis,source,given_on\nA1,email,a@b.org,x,x,2024-01-05\n"
    )
    load_consents(engine, consents, NOON)
    assert facts(engine, "SELECT email FROM voters WHERE source_id = 'A1'") == [("a@b.org",)]
    bring_in(row("A1", hidden="Y", phone="9195550101"), row("A2"), row("A3"))
    load_consents(engine, consents, NOON)  # must not bring the email back
    with engine.connect() as connection:
        query = text("SELECT * FROM voters ORDER BY id")
        first, second, third = connection.execute(query).mappings().all()
    empty = {name for name, value in first.items() if value in ("", None, [], {})}
    assert set(first) - empty == {
        *("id", "source", "source_id", "state", "status", "household_id", "imported_at"),
        "language",
    }
    assert (first["status"], first["language"]) == ("confidential", "en")
    # The household goes on without them.
    assert first["household_id"] == first["id"]
    assert second["household_id"] == third["household_id"] == second["id"]


def test_a_voter_not_on_file_is_not_made_one(engine: Engine, bring_in: Import) -> None:
    assert bring_in(row("A1", "R"), row("A2", hidden="Y")).withdrawn == 0
    assert facts(engine, "SELECT id FROM voters") == []


def test_a_voter_of_another_file_with_the_same_id_stays(engine: Engine, bring_in: Import) -> None:
    bring_in(row("A1"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE voters SET source = 'oh'"))
    assert bring_in(row("A1", "R")).withdrawn == 0
    assert facts(engine, "SELECT status FROM voters") == [("active",)]


def test_who_moved_within_the_state_stays_though_the_old_registration_is_in_the_file(
    engine: Engine, bring_in: Import
) -> None:
    bring_in(row("A1"))
    summary = bring_in(row("A1", "R"), row("A1"))
    assert (summary.withdrawn, summary.rejected, summary.unchanged) == (0, 1, 1)
    assert facts(engine, "SELECT status FROM voters") == [("active",)]


def test_confidential_in_any_row_of_the_file_counts(engine: Engine, bring_in: Import) -> None:
    bring_in(row("A1", phone="9195550101"))
    rows = row("A1", phone="9195550101"), row("A1", hidden="Y"), row("A2"), row("A2", hidden="Y")
    for withdrawn in (1, 0):
        summary = bring_in(*rows)
        assert (summary.withdrawn, summary.rejected, summary.read) == (withdrawn, 4, 4)
    assert facts(engine, "SELECT status, phone FROM voters") == [("confidential", None)]
    assert facts(engine, "SELECT raw FROM rejected_rows WHERE raw <> ''") == []


@pytest.mark.parametrize(
    ("header", "cells", "lifted"),
    [
        ("ncid\tlast_name", "\tDOE", set()),
        ("ncid\tlast_name\tstatus_cd", "\tDOE\tA", {"A1"}),
        ("ncid\tlast_name\tstatus_cd\tconfidential_ind", "\tDOE\tA\tN", {"A1", "A2"}),
    ],
)
def test_a_file_without_the_column_lifts_nothing(
    engine: Engine, bring_in: Import, header: str, cells: str, lifted: set[str]
) -> None:
    bring_in(row("A1"), row("A2"))
    bring_in(row("A1", "R"), row("A2", hidden="Y"))
    summary = bring_in(f"A1{cells}", f"A2{cells}", header=header)
    assert (summary.changed, summary.unchanged) == (len(lifted), 2 - len(lifted))
    active = facts(engine, "SELECT source_id FROM voters WHERE status = 'active'")
    assert {name for (name,) in active} == lifted


def test_a_campaign_made_since_is_put_right_by_the_next_import(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    bring_in(row("A1", phone="9195550101"))
    bring_in(row("A1", "R", phone="9195550101"))
    campaign(sessions)
    bring_in(row("A1", "R", phone="9195550101"))
    assert outs(engine) == {"A1": "no longer registered"}
    assert touches(engine) == {"A1": WITHDRAWN}


def test_what_has_gone_out_is_left_to_settle(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    bring_in(row("A1", phone="9195550101"))
    campaign(sessions)
    with sessions.begin() as session:
        session.execute(text("UPDATE touches SET state = 'attempting'"))
    bring_in(row("A1", "R"))
    assert touches(engine) == {"A1": ("attempting", "")}
    assert outs(engine) == {"A1": "no longer registered"}


def test_a_failure_withdraws_nobody(engine: Engine, sessions: Sessions, bring_in: Import) -> None:
    bring_in(row("A1", phone="9195550101"))
    campaign(sessions)
    with engine.begin() as connection:  # the last statement of the import fails
        connection.execute(
            text("ALTER TABLE import_runs ADD CONSTRAINT planted CHECK (state <> 'done') NOT VALID")
        )
    try:
        with pytest.raises(Exception, match="planted"):
            bring_in(row("A1", "R"))
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE import_runs DROP CONSTRAINT planted"))
    assert outs(engine) == {"A1": ""}
    assert touches(engine) == {"A1": READY}


def test_all_campaigns_of_a_withdrawn_voter_end(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    bring_in(row("A1", phone="9195550101"))
    campaign(sessions, "Eastside")
    campaign(sessions, "Westside")
    bring_in(row("A1", "R"))
    assert facts(engine, "SELECT out FROM targets") == [("no longer registered",)] * 2
    assert facts(engine, "SELECT state FROM touches") == [("canceled",)] * 2


def places(engine: Engine) -> list[tuple[Any, ...]]:
    return facts(engine, "SELECT household_id, place FROM targets ORDER BY voter_id")


def test_targets_follow_the_households_and_places_of_voters(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    first = row("A1", address="1 ELM", phone="9195550101")
    bring_in(first, row("A2", address="2 ELM", phone="9195550102"), row("A3", address="3 ELM"))
    campaign(sessions)
    one, two, three = (each for (each,) in facts(engine, "SELECT id FROM voters ORDER BY id"))
    here = "NC:America/New_York"
    assert places(engine) == [(one, here), (two, here), (three, here)]
    # The second takes the first one's phone: one household, though the first one's row is as ever.
    bring_in(first, row("A2", address="2 ELM", phone="9195550101"), row("A3", address="3 ELM"))
    assert places(engine) == [(one, here), (one, here), (three, here)]
    # The first gets another phone and another state, and leaves the second alone.
    moved = row("A1", address="1 ELM", phone="9195550103") + "\tHI"
    bring_in(moved, header=f"{HEADER}\tstate_cd")
    there = facts(engine, "SELECT state || ':' || zones FROM voters WHERE source_id = 'A1'")[0][0]
    assert there.startswith("HI:")
    assert places(engine) == [(one, there), (two, here), (three, here)]


def test_targets_of_others_are_not_written(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    bring_in(row("A1", address="1 ELM"), row("A2", address="2 ELM"))
    campaign(sessions)
    before = facts(engine, "SELECT ctid::text FROM targets ORDER BY voter_id")
    bring_in(row("A1", address="1 ELM", phone="9195550101"), row("A2", address="2 ELM"))
    assert facts(engine, "SELECT ctid::text FROM targets ORDER BY voter_id") == before


def test_an_import_waits_for_a_target_that_is_held_and_sees_what_was_released(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    """The pacer has locked the target and released a touch; the import cancels it after all."""
    bring_in(row("A1", phone="9195550101"))
    campaign(sessions)
    with sessions.begin() as session:
        session.execute(text("DELETE FROM touches"))
    with sessions.begin() as session:
        session.execute(text("SELECT FROM targets FOR UPDATE"))
        importing = Thread(target=bring_in, args=(row("A1", "R"),))
        importing.start()
        importing.join(1)
        assert importing.is_alive()
        voter = session.query(Voter).one()
        factories.calls(session, session.query(Campaign).one(), [voter])
    importing.join(10)
    assert touches(engine) == {"A1": WITHDRAWN}


def test_the_run_tells_how_many_were_withdrawn(engine: Engine, bring_in: Import) -> None:
    bring_in(row("A1"))
    bring_in(row("A1", "R"))
    counts = facts(engine, "SELECT counts FROM import_runs ORDER BY id DESC LIMIT 1")[0][0]
    assert counts["withdrawn"] == 1


def test_what_other_tables_know_of_a_confidential_voter_goes_too(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    bring_in(row("A1", phone="9195550101"), row("A2", phone="9195550102"), row("A3"))
    with sessions() as session:
        first, second, third = (v.id for v in session.query(Voter).order_by(Voter.source_id))
    merged = merge(sessions, third, first, by=None, at=NOON)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO answers SELECT id, 'Support', 'Yes', 'call', '2026-10-01' "
                "FROM unnest(CAST(:ids AS bigint[])) AS id"
            ),
            {"ids": [first, second]},
        )
    assert "9195550101" in str(facts(engine, "SELECT before FROM merges"))
    bring_in(row("A1", hidden="Y"), row("A2", phone="9195550102"), row("A3"))
    assert facts(engine, "SELECT voter_id FROM answers") == [(second,)]
    assert facts(engine, "SELECT before FROM merges") == [({},)]
    with pytest.raises(MergeRefused, match="confidential"):
        unmerge(sessions, merged.merge_id, by=None, at=NOON)


def test_a_confidential_voter_s_phone_leaves_the_rows_that_took_it_over(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    rows = (row("A2"), row("A3"), row("A4", phone="9195550104"))
    bring_in(row("A1", phone="9195550101"), *rows)
    ids = [found[0] for found in facts(engine, "SELECT id FROM voters ORDER BY source_id")]
    merge(sessions, ids[1], ids[0], by=None, at=NOON)
    bring_in(row("A1", phone="9195550109"), *rows)  # another has the old one by now
    last = merge(sessions, ids[2], ids[1], by=None, at=NOON)
    campaign(sessions)
    bring_in(row("A1", hidden="Y"), *rows)
    phones = facts(engine, "SELECT source_id, phone FROM voters WHERE phone IS NOT NULL")
    assert phones == [("A4", "+19195550104")]
    assert touches(engine) == {**dict.fromkeys(("A1", "A2", "A3"), WITHDRAWN), "A4": READY}
    assert facts(engine, "SELECT DISTINCT before FROM merges") == [({},)]
    with pytest.raises(MergeRefused, match="confidential"):
        unmerge(sessions, last.merge_id, by=None, at=NOON)


def test_what_is_a_double_s_own_comes_back_with_its_next_file(
    engine: Engine, sessions: Sessions, bring_in: Import
) -> None:
    rows = (row("A2", phone="9195550101"), row("A3"))
    bring_in(row("A1", phone="9195550101"), *rows)
    ids = [found[0] for found in facts(engine, "SELECT id FROM voters ORDER BY source_id")]
    merge(sessions, ids[1], ids[0], by=None, at=NOON)
    bring_in(row("A1", hidden="Y"), *rows)
    assert facts(engine, "SELECT phone FROM voters WHERE source_id = 'A2'") == [("+19195550101",)]
