"""Which kind of list it is, and what each kind asks for."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.store.engine import Sessions
from app.store.imports import ImportRun
from tests import factories
from tests.web.imports.sent import SHIFTS, filled, send, shown


def test_shifts_want_a_campaign(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    run_id = send(organizer, SHIFTS, "shifts.csv")
    assert "Set up a campaign first" in shown(organizer, run_id)
    with sessions.begin() as session:
        campaign_id = factories.campaign(session).id
    fields = {f"column-{place}": field for place, field in enumerate(("email", "day", "starts"))}
    form = {"kind": "shifts", "was_kind": "shifts", "layout": "own", "was_layout": "own"}
    form |= {**fields, "column-3": "ends", "days": "year"}
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 422
    form["campaign"] = str(campaign_id)
    assert organizer.post(f"/imports/{run_id}", data=form).status_code == 303
    assert run_of(run_id).options == {"campaign": campaign_id}


def test_ballots_take_the_polling_day_of_their_campaign(
    organizer: FlaskClient, run_of: Callable[[int], ImportRun], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign_id = factories.call_list(session, 1).id
    run_id = send(organizer, b"voter_id,ballot status\nAA000001,returned\n", "ballots.csv")
    form = {"kind": "ballots", "was_kind": "ballots", "layout": "own", "was_layout": "own"}
    form |= {"column-0": "source_id", "column-1": "stage", "source": "nc"}
    form["campaign"] = str(campaign_id)
    organizer.post(f"/imports/{run_id}", data=form)
    assert run_of(run_id).options == {
        "campaign": campaign_id,
        "polling_day": "2026-11-03",
        "source": "nc",
    }


def test_another_kind_brings_its_own_columns(organizer: FlaskClient) -> None:
    run_id = send(organizer, b"phone;reason\n919-555-0101;asked us\n", "list.csv")
    form = filled(kind="do_not_contact")
    page = organizer.post(f"/imports/{run_id}/preview", data=form).text
    assert "Phones and emails that nobody may use." in page
    assert '<option value="phone" selected>' in page


@pytest.mark.parametrize("layout", ["shipped:nc", "saved:gone", "shipped:nowhere", "before", ""])
def test_a_layout_of_another_kind_gives_way_to_a_guess(organizer: FlaskClient, layout: str) -> None:
    run_id = send(organizer, SHIFTS, "shifts.csv")
    form = {"kind": "shifts", "was_kind": "shifts", "layout": layout, "was_layout": layout}
    page = organizer.post(f"/imports/{run_id}/preview", data={**form, "base": layout})
    assert page.status_code == 200
    assert '<option value="starts" selected>' in page.text


PHONES = b"Name,Phone\nAna Ruiz,919-555-0101\nBo Diaz,919-555-0102\n"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            b"Voter ID,Last name,Party,County,Opt out\n1,Ruiz,DEM,WAKE,\n2,Diaz,REP,WAKE,yes\n",
            "list.csv",
            "“Opt out” looks as if it were “Do not contact”",
        ),
        (PHONES, "opt-outs of May.csv", "“opt-outs of May.csv” looks as if it were"),
        (b"919-555-0101\n919-555-0102\n", "list.csv", "by its cells alone"),
    ],
    ids=["a column", "the name of the file", "nothing but phones"],
)
def test_a_kind_that_may_be_wrong_is_asked_about_before_anything_happens(
    organizer: FlaskClient,
    run_of: Callable[[int], ImportRun],
    content: bytes,
    name: str,
    words: str,
) -> None:
    run = send(organizer, content, name)
    page = organizer.get(f"/imports/{run}").text
    assert words in page
    kind = page.partition('name="was_kind" value="')[2].partition('"')[0]
    form = {"kind": kind, "was_kind": kind, "source": "list", "action": "check"}
    refused = organizer.post(f"/imports/{run}", data=form)
    assert refused.status_code == 422
    assert "Say of which kind the list is." in refused.text
    assert run_of(run).state == "draft"
    assert organizer.post(f"/imports/{run}", data=form | {"sure": kind}).status_code == 303
    assert run_of(run).state == "check_queued"


def test_a_kind_that_somebody_chose_is_not_asked_about(organizer: FlaskClient) -> None:
    run = send(organizer, PHONES, "opt-outs.csv")
    form = {"kind": "do_not_contact", "was_kind": "voters", "action": "look"}
    page = organizer.post(f"/imports/{run}", data=form).text
    assert "looks as if it were" not in page
    assert "Say of which kind" not in page
