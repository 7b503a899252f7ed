"""Shifts on the page: booked, refused in words, removed, and put back."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.domain.channel import Channel
from app.services.shifts import NewShift, ShiftRefused, add_shift, remove_shift
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, User
from app.store.shifts import Shift
from tests import factories, reports
from tests.factories import LONG_NAME, NOON, POLLING_DAY
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/shifts"
FRIDAY = date(2026, 10, 30)


@pytest.fixture
def volunteer(sessions: Sessions) -> User:
    """Somebody with a long name who may be booked."""
    with sessions.begin() as session:
        factories.campaign(session)
    name = " ".join(LONG_NAME)
    return factories.person(sessions, "volunteer", 1, name, languages=("es", "en"))


@pytest.fixture
def organizer(volunteer: User, sign_in: SignIn) -> FlaskClient:
    """Who books."""
    return sign_in("organizer")


def form(who: User, **facts: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    asked = {"day": "2026-10-30", "from": "17:00", "until": "20:00", "channel": "call"}
    return {"person": who.id, **asked, **facts}


def shifts(sessions: Sessions) -> list[Shift]:
    """Those on file."""
    with sessions() as session:
        return list(session.scalars(select(Shift).order_by(Shift.starts_at)))


def plain(page: str) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def add(sessions: Sessions, who: User, **facts: Any) -> Any:
    """Book by the service."""
    asked = {"day": FRIDAY, "starts": time(17), "ends": time(20), **facts}
    return add_shift(sessions, 1, NewShift(who.id, **asked), by=who.id, now=NOON, wall=NOON)


def test_an_empty_page_says_how_shifts_come_in(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert "Import a list of shifts" in page
    assert "Nobody is booked on this day." in page
    assert "What is needed shows once there is" in page


def test_a_volunteer_is_booked_and_shown(
    organizer: FlaskClient, volunteer: User, sessions: Sessions
) -> None:
    answer = organizer.post(PAGE, data=form(volunteer), follow_redirects=True)
    read = plain(answer.text)
    assert "is booked for Fri, Oct 30, 5–8 pm." in read
    assert f"{volunteer.name} ● calls 5–8 pm · Spanish, English" in read
    (shift,) = shifts(sessions)
    assert (shift.starts_at, shift.ends_at) == (reports.at(FRIDAY, 17), reports.at(FRIDAY, 20))
    with sessions() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "shift added"))
    assert entry.subject == f"shift:{shift.id}"
    assert entry.details["person"] == volunteer.id


def test_a_form_sent_twice_adds_one(
    organizer: FlaskClient, volunteer: User, sessions: Sessions
) -> None:
    for said in ("is booked for", "was booked already for"):
        answer = organizer.post(PAGE, data=form(volunteer), follow_redirects=True)
        assert said in answer.text
    assert len(shifts(sessions)) == 1


def test_two_who_book_the_same_person_at_once_make_one_shift(
    volunteer: User, sessions: Sessions
) -> None:
    with ThreadPoolExecutor(4) as pool:
        held = list(pool.map(lambda _: add(sessions, volunteer), range(4)))
    assert sum(one.new for one in held) == 1
    assert len(shifts(sessions)) == 1


REFUSED = [
    ({"person": ""}, "person", "Choose whom the shift is for."),
    ({"person": "999"}, "person", "Choose whom the shift is for."),
    ({"day": "soon"}, "day", "Choose the day."),
    ({"day": "2026-10-28"}, "day", "This is past"),
    ({"day": "2026-11-04"}, "day", "after polling day"),
    ({"from": "noonish"}, "from", "Say when it begins"),
    ({"until": ""}, "until", "Say when it ends"),
    ({"from": "20:00", "until": "17:00"}, "until", "would end before it begins"),
    ({"from": "22:00", "until": "01:00"}, "until", "over midnight as two"),
    ({"channel": "email"}, "channel", "Emails need nobody"),
    ({"channel": "fax"}, "channel", "Choose calls or texts."),
    ({"languages": "xx"}, "languages", "We know no language"),
]


@pytest.mark.parametrize(
    ("wrong", "field", "said"), REFUSED, ids=[str(case[0]) for case in REFUSED]
)
def test_a_shift_that_cannot_be_is_refused_at_its_field(
    organizer: FlaskClient,
    volunteer: User,
    sessions: Sessions,
    wrong: dict[str, str],
    field: str,
    said: str,
) -> None:
    answer = organizer.post(PAGE, data=form(volunteer, **wrong))
    assert answer.status_code == 422
    assert re.search(said, answer.text)
    if field != "languages":
        assert f'id="{field}-problem"' in answer.text
    assert 'value="17:00"' in answer.text or "from" in wrong  # what was typed stays
    assert shifts(sessions) == []


OVERLAPS = [(16, 18), (19, 21), (17, 18), (18, 19), (16, 21), (17, 21)]


@pytest.mark.parametrize(("starts", "ends"), OVERLAPS)
def test_an_overlap_is_refused_in_words(
    volunteer: User, sessions: Sessions, starts: int, ends: int
) -> None:
    add(sessions, volunteer)
    with pytest.raises(ShiftRefused, match="is booked from 5 pm to 8 pm on that day"):
        add(sessions, volunteer, starts=time(starts), ends=time(ends))
    assert len(shifts(sessions)) == 1


def test_shifts_may_touch(volunteer: User, sessions: Sessions) -> None:
    add(sessions, volunteer)
    add(sessions, volunteer, starts=time(14), ends=time(17))
    add(sessions, volunteer, starts=time(20), ends=time(21))
    assert len(shifts(sessions)) == 3


def test_another_channel_at_the_same_start_is_refused(volunteer: User, sessions: Sessions) -> None:
    add(sessions, volunteer)
    with pytest.raises(ShiftRefused, match="is booked"):
        add(sessions, volunteer, channel=Channel.TEXT)


def test_a_shift_for_another_campaign_is_in_the_way_too(
    volunteer: User, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside")
        session.get_one(User, volunteer.id).campaign_id = None
        hours = {"starts_at": reports.at(FRIDAY, 18), "ends_at": reports.at(FRIDAY, 19)}
        session.add(
            Shift(
                campaign_id=other.id,
                user_id=volunteer.id,
                channel=Channel.CALL,
                created_at=NOON,
                **hours,
            )
        )
    with pytest.raises(ShiftRefused, match="is booked for Westside from 6 pm to 7 pm"):
        add(sessions, volunteer)


def test_hours_that_the_clock_skips_are_refused(volunteer: User, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).polling_day = date(2027, 4, 6)
    with pytest.raises(ShiftRefused, match="skip this hour"):
        add(sessions, volunteer, day=date(2027, 3, 14), starts=time(2, 30), ends=time(5))


def test_whoever_belongs_elsewhere_or_is_switched_off_is_refused(
    volunteer: User, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(User, volunteer.id).active = False
    with pytest.raises(ShiftRefused, match="switched off"):
        add(sessions, volunteer)
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside")
        person = session.get_one(User, volunteer.id)
        person.active, person.campaign_id = True, other.id
    with pytest.raises(ShiftRefused, match="another campaign"):
        add(sessions, volunteer)


def test_a_removed_shift_is_put_back_with_one_press(
    organizer: FlaskClient, volunteer: User, sessions: Sessions
) -> None:
    organizer.post(PAGE, data=MultiDict([*form(volunteer).items(), ("languages", "fr")]))
    (shift,) = shifts(sessions)
    answer = organizer.post(f"{PAGE}/remove", data={"shift": shift.id}, follow_redirects=True)
    assert "The shift is removed." in answer.text
    assert shifts(sessions) == []
    assert f'<option value="{volunteer.id}" selected>' in answer.text
    assert re.search(r'id="speaks-fr"[^>]*checked', answer.text)
    again = organizer.post(f"{PAGE}/remove", data={"shift": shift.id}, follow_redirects=True)
    assert "This shift was gone already." in again.text
    with sessions() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts.count("shift removed") == 1


def test_a_shift_that_is_over_stays(volunteer: User, sessions: Sessions) -> None:
    held = add(sessions, volunteer)
    later = NOON + timedelta(days=2)
    with pytest.raises(ShiftRefused, match="is over"):
        remove_shift(sessions, 1, held.id, by=None, now=later, wall=later)
    assert remove_shift(sessions, 2, held.id, by=None, now=NOON, wall=NOON) is None
    assert len(shifts(sessions)) == 1


def test_the_page_shows_what_the_plan_needs_and_opens_the_block_that_was_chosen(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        reports.store(session, session.get_one(Campaign, 1))
    page = organizer.get(f"{PAGE}?day=2026-11-03&from=17:00&until=20:00&channel=text").text
    read = plain(page)
    assert "● calls 5–8 pm : 0 booked of 10 needed 10 short" in read
    assert '<option value="text" selected>' in page
    assert 'name="day" value="2026-11-03"' in page
    assert organizer.get(PAGE).text.count('aria-current="page"') >= 1


def test_a_day_of_two_hundred_shifts_is_shown_whole(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        people = [
            User(email=f"v{n}@example.org", name=f"V {n}", fs_uniquifier=f"v{n}", campaign_id=1)
            for n in range(200)
        ]
        session.add_all(people)
        session.flush()
        hours = {"starts_at": reports.at(POLLING_DAY, 17), "ends_at": reports.at(POLLING_DAY, 20)}
        session.add_all(
            Shift(campaign_id=1, user_id=one.id, channel=Channel.CALL, created_at=NOON, **hours)
            for one in people
        )
    page = organizer.get(f"{PAGE}?day=2026-11-03").text
    assert "200 shifts" in page
    assert page.count(">Remove</button>") == 200


def test_a_campaign_that_does_not_exist_has_no_shifts(organizer: FlaskClient) -> None:
    assert organizer.get("/campaigns/7/shifts").status_code == 404


def test_among_thousands_a_volunteer_is_searched_for(
    organizer: FlaskClient, volunteer: User, sessions: Sessions
) -> None:
    assert "Look for a volunteer" not in organizer.get(PAGE).text
    with sessions.begin() as session:
        session.add_all(
            User(email=f"v{n}@example.org", name=f"A {n:04}", fs_uniquifier=f"v{n}", campaign_id=1)
            for n in range(400)
        )
    page = organizer.get(PAGE).text
    assert "Look for a volunteer" in page
    assert f'<option value="{volunteer.id}">' not in page
    for query in ("find=fern%C3%A1ndez", f"person={volunteer.id}"):
        assert f'<option value="{volunteer.id}"' in organizer.get(f"{PAGE}?{query}").text
    assert "Nobody fits." in organizer.get(f"{PAGE}?find=nobody").text
