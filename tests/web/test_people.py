"""Invitations and sign-in links: who gets in, and what the others are told."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.clock import ManualClock
from app.domain.channel import Channel
from app.domain.sign_in import Login
from app.services import invitations
from app.services.people import whom
from app.services.roles import RoleRefused, change_role
from app.store.engine import Sessions
from app.store.people import AuditEntry, User
from app.store.touches import Target
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

ANA = {"name": "Ana", "address": "Ana@Example.org", "languages": "en", "conduct": "yes"}


@pytest.fixture
def campaign_id(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return factories.campaign(session).id


def _invite(sessions: Sessions, campaign_id: int, uses: int = 1) -> str:
    token = invitations.invite(sessions, campaign_id, by=1, uses=uses, days=7, wall=NOON)
    return f"/join/{token}"


def _users(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


def test_an_organizer_makes_a_link_and_a_volunteer_joins(
    sign_in: SignIn, client: FlaskClient, campaign_id: int
) -> None:
    form = {"campaign": campaign_id, "uses": 2, "days": 7}
    page = sign_in("organizer").post("/people/invitations", data=form).text
    path = page.split("https://vote.example.org")[1].split('"')[0]
    assert "Join Eastside calls" in client.get(path).text
    assert client.post(path, data=ANA).location == "/tour"
    home = client.get("/").text
    assert "Hello, Ana" in home
    assert "Eastside calls" in home
    assert client.get("/people").status_code == 403


def test_the_same_form_twice_makes_one_account(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    path = _invite(sessions, campaign_id)
    assert client.post(path, data=ANA).status_code == 303
    assert client.post(path, data=ANA).status_code == 303
    assert _users(sessions) == 1


def test_somebody_elses_email_does_not_open_their_account(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    factories.person(sessions, "admin", name="Ada")
    path = _invite(sessions, campaign_id)
    answer = client.post(path, data={**ANA, "name": "Eve", "address": "ADA@example.org"})
    assert answer.status_code == 422
    assert "has an account already" in answer.text
    assert client.get("/").status_code == 303
    assert client.post(path, data=ANA).status_code == 303, "the failed try cost no use"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "Write a name"),
        ({"address": "ana"}, "is neither a phone number with area code nor an email address"),
        ({"address": ""}, "Write your phone number with its area code, or your email address."),
        ({"name": "", "address": ""}, "Write a name"),
        ({"name": "", "address": ""}, "Write your phone number with its area code"),
        ({"address": "555-0142"}, "is neither a phone number"),
        ({"address": "(900) 555-0142"}, "is neither a phone number"),
        ({"conduct": ""}, "Read the rules and tick the box"),
        ({"languages": []}, "Tick the languages you can talk with voters in."),
        ({"languages": ["xx"]}, "We know no language Xx"),
    ],
)
def test_a_bad_form_says_what_to_mend(
    client: FlaskClient, sessions: Sessions, campaign_id: int, form: dict[str, object], words: str
) -> None:
    answer = client.post(_invite(sessions, campaign_id), data={**ANA, **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert _users(sessions) == 0


def test_a_used_up_link_lets_nobody_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    path = _invite(sessions, campaign_id)
    client.post(path, data=ANA)
    client.post("/sign-out")
    answer = client.post(path, data={**ANA, "name": "Ben", "address": "ben@example.org"})
    assert answer.status_code == 410
    assert "Everybody this invitation was made for has joined" in answer.text


def test_an_expired_link_lets_nobody_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int, parts: Parts
) -> None:
    path = _invite(sessions, campaign_id)
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(days=8)
    for answer in (client.get(path), client.post(path, data=ANA)):
        assert answer.status_code == 410
        assert "This invitation has expired" in answer.text


def test_a_volunteer_says_which_languages_they_call_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    client.post(_invite(sessions, campaign_id), data={**ANA, "languages": ["en", "es"]})
    assert "You call in these languages: English, Spanish." in client.get("/").text
    assert client.post("/languages", data={"languages": ["es"]}).status_code == 303
    assert "You call in these languages: Spanish." in client.get("/").text
    assert client.post("/languages", data={"languages": ["es", "am"]}).status_code == 303
    home = client.get("/").text
    assert "You call in these languages: Spanish, Amharic." in home
    assert 'value="am" checked' in home  # beside the common ones, to be unticked
    client.post("/languages", data={"languages": ["es", ""]})  # nothing was chosen of the others
    assert "You call in these languages: Spanish." in client.get("/").text
    for unfit in ({}, {"languages": ["es", "xx"]}):
        client.post("/languages", data=unfit)
        page = client.get("/").text
        assert 'class="note bad"' in page
        assert "You call in these languages: Spanish." in page


def test_calls_in_a_language_come_to_those_who_speak_it(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
        session.execute(update(Target).values(language="es"))
    volunteer = sign_in("volunteer", campaign.id)
    volunteer.post("/calls")
    assert "No call right now" in volunteer.get("/calls/current").text
    volunteer.post("/languages", data={"languages": ["en", "es"]})
    volunteer.post("/calls")
    page = volunteer.get("/calls/current").text
    assert "Luz Voter1" in page
    assert "No call right now" not in page


def test_an_unknown_link_says_what_to_do(client: FlaskClient) -> None:
    assert "We do not know this invitation" in client.get("/join/guess").text


@pytest.mark.parametrize(
    "change", [{"campaign": 99}, {"uses": 0}, {"uses": "many"}, {"days": 0}, {"days": 1000}]
)
def test_a_bad_invitation_is_refused(
    sign_in: SignIn, campaign_id: int, change: dict[str, object]
) -> None:
    form = {"campaign": campaign_id, "uses": 2, "days": 7, **change}
    answer = sign_in("organizer").post("/people/invitations", data=form)
    assert answer.status_code == 422
    assert "/join/" not in answer.text


def test_a_sign_in_link_is_made_for_those_below_only(sign_in: SignIn, sessions: Sessions) -> None:
    volunteer = factories.person(sessions, "volunteer", name="Victor")
    admin = factories.person(sessions, "admin", name="Ada")
    organizer = sign_in("organizer")
    assert "https://vote.example.org/s/" in organizer.post(f"/people/{volunteer.id}/link").text
    with sessions() as session:
        noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert noted is not None
        assert (noted.action, noted.subject) == ("sign-in link made", f"user:{volunteer.id}")
        assert noted.user_id not in (None, volunteer.id)
    refused = organizer.post(f"/people/{admin.id}/link")
    assert refused.status_code == 403
    assert "/s/" not in refused.text


def test_a_link_made_before_somebody_rose_to_organizer_lets_nobody_in(
    web: Flask, sign_in: SignIn, sessions: Sessions
) -> None:
    volunteer = factories.person(sessions, "volunteer", name="Victor")
    link = re.search(r"/s/[\w.-]+", sign_in("organizer").post(f"/people/{volunteer.id}/link").text)
    assert link is not None
    assert web.test_client().get(link[0]).status_code == 303
    admin = sign_in("admin")
    for role, status in (("team_lead", 303), ("organizer", 410)):
        admin.post(f"/people/{volunteer.id}/role", data={"role": role})
        assert web.test_client().get(link[0]).status_code == status


def test_whoever_rises_to_organizer_by_a_link_stays_signed_in(
    sign_in: SignIn, sessions: Sessions, campaign_id: int
) -> None:
    ana = sign_in("volunteer", campaign_id)
    token = invitations.invite(
        sessions, campaign_id, by=1, uses=2, days=7, wall=NOON, role="organizer"
    )
    assert ana.post(f"/join/{token}").status_code == 303
    assert ana.get("/campaigns").status_code == 200


def _roles(sessions: Sessions, user_id: int) -> list[str]:
    with sessions() as session:
        return [role.name for role in session.get_one(User, user_id).roles]


@pytest.mark.parametrize(
    ("mine", "theirs", "wanted", "status"),
    [
        ("organizer", "volunteer", "team_lead", 303),
        ("organizer", "volunteer", "organizer", 303),
        ("organizer", "volunteer", "admin", 422),
        ("organizer", "organizer", "volunteer", 422),
        ("organizer", "admin", "volunteer", 422),
        ("admin", "organizer", "volunteer", 303),
        ("admin", "volunteer", "admin", 303),
        ("admin", "volunteer", "king", 422),
    ],
)
def test_nobody_gives_a_role_above_their_own_or_changes_whoever_is_not_below(
    sign_in: SignIn, sessions: Sessions, mine: str, theirs: str, wanted: str, status: int
) -> None:
    other = factories.person(sessions, theirs, name="Other")
    answer = sign_in(mine, name="Me").post(f"/people/{other.id}/role", data={"role": wanted})
    assert answer.status_code == status
    assert _roles(sessions, other.id) == [wanted if status == 303 else theirs]


def test_the_last_admin_stays_one(sign_in: SignIn, sessions: Sessions) -> None:
    admin = sign_in("admin", name="Ada")
    answer = admin.post("/people/1/role", data={"role": "volunteer"})
    assert answer.status_code == 422
    assert "This is the last admin." in answer.text
    factories.person(sessions, "admin", name="Bea")
    assert admin.post("/people/1/role", data={"role": "volunteer"}).status_code == 303
    assert _roles(sessions, 1) == ["volunteer"]


def test_two_admins_who_demote_each_other_at_once_leave_one(sessions: Sessions) -> None:
    first, second = (factories.person(sessions, "admin", name=name) for name in ("Ada", "Bea"))

    def demote(pair: tuple[User, User]) -> str:
        by, whom = pair
        try:
            change_role(sessions, whom.id, "volunteer", by=by.id, wall=NOON)
        except RoleRefused as refused:
            return refused.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(demote, [(first, second), (second, first)]))
    assert sorted(said)[0] == ""
    assert sorted(said)[1] in ("last admin", "peer")
    assert ["admin"] in [_roles(sessions, first.id), _roles(sessions, second.id)]


def test_an_account_without_an_email_becomes_no_organizer(
    sign_in: SignIn, sessions: Sessions
) -> None:
    who = factories.person(sessions, "volunteer", name="Ana")
    with sessions.begin() as session:
        person = session.get_one(User, who.id)
        person.email, person.phone = None, "+19195550199"
    answer = sign_in("admin").post(f"/people/{who.id}/role", data={"role": "organizer"})
    assert answer.status_code == 422
    assert "this account has none" in answer.text


def test_an_account_that_is_switched_off_is_out_at_once_and_comes_back(
    sign_in: SignIn, sessions: Sessions
) -> None:
    volunteer, organizer = sign_in("volunteer", name="Victor"), sign_in("organizer")
    assert volunteer.get("/").status_code == 200
    organizer.post("/people/1/switch", data={"on": "no"})
    assert volunteer.get("/").status_code == 303
    page = organizer.get("/people?off=yes").text
    assert "Victor" in page
    assert "switched off" in page
    organizer.post("/people/1/switch", data={"on": "yes"})
    assert volunteer.get("/").status_code == 303, "the old cookie stays dead"
    assert "Nobody fits" in organizer.get("/people?off=yes").text


def test_people_are_found_by_name_phone_role_and_page_by_page(
    sign_in: SignIn, sessions: Sessions, campaign_id: int
) -> None:
    with sessions.begin() as session:
        session.add_all(
            User(email=f"v{n}@example.org", name=f"Vol {n:03}", fs_uniquifier=f"v{n}")
            for n in range(60)
        )
    ana = factories.person(sessions, "team_lead", campaign_id, "Ana", phone="+19195550199")
    organizer = sign_in("organizer", name="Olive")
    first, second = organizer.get("/people").text, organizer.get("/people?page=2").text
    assert "62 accounts" in " ".join(first.split())
    assert "Page 1 of 2" in first
    assert ("Vol 000" in first, "Vol 059" in first, "Vol 059" in second) == (True, False, True)
    for query in ("find=aNa", "find=555-0199", "as=team_lead", f"of={campaign_id}"):
        page = organizer.get(f"/people?{query}").text
        assert f'href="/people/{ana.id}"' in page, query
        assert "Vol 000" not in page, query
    assert "Nobody fits" in organizer.get("/people?find=nobody").text


def test_a_link_of_a_role_gives_it_and_is_seen_and_taken_back(
    sign_in: SignIn, client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    organizer = sign_in("organizer", name="Olive")
    form = {"campaign": campaign_id, "uses": 3, "days": 7, "role": "poll_watcher"}
    path = organizer.post("/people/invitations", data=form).text.split("vote.example.org")[1]
    path = path.split('"')[0]
    assert "Strikes who has voted" in client.get(path).text
    assert client.post(path, data=ANA).location == "/"
    assert _roles(sessions, 2) == ["poll_watcher"]
    assert "2 may still join" in organizer.get("/people").text
    for said in ("lets nobody in any more", "taken back already"):
        answer = organizer.post("/people/invitations/1/end", follow_redirects=True)
        assert said in answer.text
    client.post("/sign-out")
    assert client.get(path).status_code == 410


def test_a_link_to_organizers_asks_for_an_email_and_promotes_no_phone(
    sessions: Sessions, client: FlaskClient, campaign_id: int
) -> None:
    token = invitations.invite(
        sessions, campaign_id, by=1, uses=2, days=7, wall=NOON, role="organizer"
    )
    answer = client.post(f"/join/{token}", data={**ANA, "address": "(919) 555-0199"})
    assert answer.status_code == 422
    assert "Organizers sign in by email" in answer.text
    assert client.post(f"/join/{token}", data=ANA).status_code == 303
    assert _roles(sessions, 1) == ["organizer"]


def test_a_volunteer_rises_by_a_link_and_nobody_falls(sessions: Sessions, campaign_id: int) -> None:
    ana = factories.person(sessions, "volunteer", campaign_id, "Ana")
    lead, plain = (
        invitations.invite(sessions, campaign_id, by=1, uses=5, days=7, wall=NOON, role=role)
        for role in ("team_lead", "volunteer")
    )
    for token in (lead, lead, plain):
        invitations.move_over(sessions, token, ana.id, wall=NOON)
        assert _roles(sessions, ana.id) == ["team_lead"]
    with sessions() as session:
        left = [one.uses_left for one in invitations.live_links(session, wall=NOON)]
    assert left == [5, 4]


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ("volunteer", True),
        ("team_lead", True),
        ("poll_watcher", True),
        ("organizer", False),
        ("admin", False),
    ],
)
def test_a_phone_opens_no_organizers_account(sessions: Sessions, role: str, opens: bool) -> None:
    factories.person(sessions, role, name="Ana", phone="+19195550199")
    with sessions() as session:
        found = whom(session, Login(Channel.TEXT, "+19195550199"))
    assert (found is not None) == opens
