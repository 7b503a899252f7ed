"""What each column means: mapped, shown, kept, recognized."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.store.engine import Sessions
from app.store.imports import ImportRun, Mapping
from app.store.people import AuditEntry
from tests.imports.conftest import sample
from tests.web.imports.sent import ODD, SHIFTS, decide, filled, send, shown


def test_a_missing_column_is_said_at_the_top_and_refused(organizer: FlaskClient) -> None:
    run_id = send(organizer, ODD)
    answer = decide(organizer, run_id, **{"column-1": ""})
    assert answer.status_code == 422
    assert "No column is “Last name” or “Whole name in one column” yet" in answer.text


def test_two_columns_cannot_be_one_field(organizer: FlaskClient) -> None:
    run_id = send(organizer, ODD)
    answer = decide(organizer, run_id, **{"column-4": "full_name"})
    assert answer.status_code == 422
    assert "Another column is “Whole name in one column” too" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_an_unknown_field_or_kind_is_left_out(organizer: FlaskClient) -> None:
    run_id = send(organizer, ODD)
    form = filled(kind="nonsense", was_kind="nonsense", **{"column-2": "nonsense"})
    answer = organizer.post(f"/imports/{run_id}/preview", data=form)
    assert answer.status_code == 200


def test_the_preview_shows_the_rows_as_they_will_be(organizer: FlaskClient) -> None:
    run_id = send(organizer, ODD)
    page = organizer.post(f"/imports/{run_id}/preview", data=filled()).text
    assert "María José Fernández" in page
    assert "(919) 555-0101" in page
    assert "8 digits" in page
    assert "Eastern" in page


@pytest.mark.parametrize(("days", "year_first"), [("month", "%m/%d/%Y"), ("day", "%d/%m/%Y")])
def test_the_mapping_is_kept_with_the_run_and_handed_on(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], days: str, year_first: str
) -> None:
    run_id = send(organizer, ODD)
    answer = decide(organizer, run_id, days=days, state="nc", missing="withdraw", country="US")
    assert answer.headers["Location"].endswith(f"/imports/{run_id}")
    run = run_of(run_id)
    assert (run.state, run.kind, run.layout) == ("check_queued", "voters", "own mapping")
    assert run.mapping["columns"]["full_name"] == ["Who"]
    assert run.mapping["days"][:2] == ["%Y-%m-%d", year_first]
    assert (run.mapping["delimiter"], run.mapping["state"], run.mapping["source"]) == (
        *(";", "NC", "list"),
    )
    assert run.options == {"missing": "withdraw", "source": "list", "country": "US"}


def test_a_state_has_two_letters(organizer: FlaskClient) -> None:
    answer = decide(organizer, send(organizer, ODD), state="N1")
    assert answer.status_code == 422
    assert "Write the state in two letters" in answer.text


def test_a_mapping_kept_under_a_name_is_proposed_for_the_next_file(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id, save_as=" Clubs ")
    with sessions() as session:
        assert session.scalars(select(Mapping.name)).all() == ["Clubs"]
    next_id = send(organizer, ODD, "other.csv")
    page = shown(organizer, next_id)
    assert 'value="saved:Clubs" selected' in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "saved:Clubs"}
    organizer.post(f"/imports/{next_id}", data={**form, "was_layout": "saved:Clubs"})
    run = run_of(next_id)
    assert (run.layout, run.mapping["source"]) == ("Clubs", "list")
    unlike = shown(organizer, send(organizer, SHIFTS))
    assert "saved:Clubs" not in unlike


def test_a_known_layout_is_recognized_and_can_be_departed_from(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = send(organizer, sample("oh").read_bytes(), "oh.csv")
    page = shown(organizer, run_id)
    assert 'value="shipped:oh" selected' in page
    assert "19 of 19 columns are read" in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "shipped:oh"}
    page = organizer.post(f"/imports/{run_id}/preview", data=form).text
    assert "Voted on May 6, 2014" in page
    form |= {"was_layout": "own", "base": "shipped:oh", "column-16": "", "source": "oh"}
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 303
    run = run_of(run_id)
    assert run.mapping["party"]["D"] == "DEM"
    assert "general" in run.mapping["votes"]["pattern"]
    assert "primary-05" not in run.mapping["votes"]["pattern"]


def test_importing_at_once_is_written_to_the_audit_log(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id, "import")
    assert run_of(run_id).state == "queued"
    with sessions() as session:
        assert "imported" in session.scalars(select(AuditEntry.action)).all()


def test_who_is_withdrawn_is_counted_before(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun]
) -> None:
    run_id = send(organizer, ODD)
    decide(organizer, run_id, "import", missing="withdraw")
    assert run_of(run_id).state == "check_queued"
    assert "the whole file is checked first" in shown(organizer, run_id)


def test_thousands_of_columns_are_shown_in_part(organizer: FlaskClient) -> None:
    names = ["last name", "voter id", *(f"Q{number}" for number in range(1300))]
    content = "\n".join((",".join(names), ",".join(["Diaz", "7", *["x"] * 1300]))).encode()
    run_id = send(organizer, content, "wide.csv")
    page = shown(organizer, run_id)
    assert page.count('id="column-') == 200
    assert "1,102 more columns are not shown" in page
    form = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "own"}
    all_of_it = organizer.post(f"/imports/{run_id}", data={**form, "action": "all"}).text
    assert all_of_it.count('id="column-') == 1302
