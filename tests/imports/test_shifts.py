"""Shifts, as loaded."""

import pytest
from sqlalchemy import Engine

from app.services.rejects import ImportRefused
from app.store.engine import Sessions
from tests import factories
from tests.imports.lists import Load, came_to, rows

SHIFTS = "email,channel,day,starts,ends"


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    """A campaign on New York's clock, with two volunteers."""
    with sessions.begin() as session:
        made = factories.campaign(session).id
    for name in ("Kim", "Ana"):
        factories.person(sessions, "volunteer", made, name)
    return made


def booked(engine: Engine) -> list[tuple[object, ...]]:
    """All shifts, in UTC."""
    return rows(
        engine,
        "SELECT split_part(email, '@', 1), channel, "
        "to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), "
        "to_char(ends_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') "
        "FROM shifts JOIN users ON users.id = user_id ORDER BY starts_at, email",
    )


def test_shifts_are_on_the_campaigns_clock_and_go_in_once(
    engine: Engine, load: Load, campaign: int
) -> None:
    lines = (
        SHIFTS,
        "kim@example.org,Phone bank,2026-10-31,5 pm,8 pm",
        "Kim@Example.org,texting,11/1/2026,9,12:00",  # the clocks fell back at two in the morning
        "ana@example.org,,2026-10-31,17:00,20:00",
    )
    assert came_to(load("shifts", *lines, campaign=campaign)) == (3, 0, 0, 0)
    expected = [
        ("ana", "call", "10-31 21:00", "11-01 00:00"),
        ("kim", "call", "10-31 21:00", "11-01 00:00"),
        ("kim", "text", "11-01 14:00", "11-01 17:00"),
    ]
    assert booked(engine) == expected
    assert came_to(load("shifts", *lines, campaign=campaign)) == (0, 0, 3, 0)
    longer = "kim@example.org,calls,2026-10-31,5 pm,9 pm"
    assert came_to(load("shifts", SHIFTS, longer, campaign=campaign)) == (0, 1, 0, 0)
    assert booked(engine)[1][3] == "11-01 01:00"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "kim@example.org,call,2026-10-30,9 pm,1 am",
            "ends at 1 am, starts at 9 pm: write am or pm; a shift over midnight is two rows",
        ),
        ("kim@example.org,call,2026-10-30,5,8", "from '5': write am or pm"),
        ("kim@example.org,call,2026-10-30,evening,8 pm", "from 'evening' is no time: write 6:30"),
        ("kim@example.org,call,Friday,5 pm,8 pm", "'Friday' is no day: write it as 2026-11-03"),
        ("kim@example.org,canvass,2026-10-30,5 pm,8 pm", "'canvass' is neither calls nor texts"),
        ("who@example.org,call,2026-10-30,5 pm,8 pm", "nobody has an account with this email"),
        (",call,2026-10-30,5 pm,8 pm", "no email: accounts are known by it"),
        ("kim@example.org,call,2026-10-31,6 pm,9 pm", "overlaps the shift in row 2"),
        ("kim@example.org,call,2027-03-14,2:15 am,3:00 am", "the clocks change on that day"),
    ],
)
def test_a_shift_that_stays_out_says_why(load: Load, campaign: int, row: str, reason: str) -> None:
    kept = "kim@example.org,call,2026-10-31,5 pm,8 pm"
    loaded = load("shifts", SHIFTS, kept, row, kept, campaign=campaign)
    assert list(loaded.refused) == [3]
    assert loaded.refused[3].startswith(reason)
    assert came_to(loaded) == (1, 0, 1, 1)


def test_a_shift_that_overlaps_one_that_is_booked_says_which(
    engine: Engine, load: Load, campaign: int
) -> None:
    load("shifts", SHIFTS, "kim@example.org,call,2026-10-31,5 pm,8 pm", campaign=campaign)
    loaded = load(
        "shifts",
        SHIFTS,
        "kim@example.org,call,2026-10-31,7 pm,9 pm",
        "kim@example.org,call,2026-10-31,8 pm,9 pm",
        "ana@example.org,call,2026-10-31,7 pm,9 pm",
        campaign=campaign,
    )
    assert loaded.refused == {
        2: "overlaps the shift of 2026-10-31 17:00 to 20:00 that is booked already"
    }
    # Told anew that the first ends earlier, there is room behind it.
    loaded = load(
        "shifts",
        SHIFTS,
        "kim@example.org,call,2026-10-31,5 pm,6 pm",
        "kim@example.org,call,2026-10-31,6 pm,8 pm",
        campaign=campaign,
    )
    assert came_to(loaded) == (1, 1, 0, 0)


def test_of_shifts_that_overlap_in_a_row_the_first_and_third_stay(
    load: Load, campaign: int
) -> None:
    lines = [f"kim@example.org,call,2026-10-31,{a} pm,{b} pm" for a, b in ((1, 3), (2, 5), (4, 6))]
    loaded = load("shifts", SHIFTS, *lines, campaign=campaign)
    assert loaded.refused == {3: "overlaps the shift in row 2"}


def test_shifts_need_their_campaign(load: Load) -> None:
    line = "kim@example.org,call,2026-10-31,5 pm,8 pm"
    with pytest.raises(ImportRefused, match="say which campaign these shifts are for"):
        load("shifts", SHIFTS, line)
    with pytest.raises(ImportRefused, match="there is no campaign 7"):
        load("shifts", SHIFTS, line, campaign=7)
