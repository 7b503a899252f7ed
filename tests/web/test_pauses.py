"""The page of pauses: what it means comes first, no accident pauses, and one tap ends it."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.channel import Channel
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.people import AuditEntry
from tests.factories import NOON
from tests.scene import planned, texting
from tests.web.conftest import SignIn

URL = "/campaigns/1/pauses"
STORM = {"what": "text", "until": "2026-10-29T13:30", "reason": "a storm"}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer in the final week of a campaign that plans 600 texts from 1 to 2 pm."""
    with sessions.begin() as session:
        made, _ = texting(session, 1, name="Rivera 2026")
        planned(session, made, Channel.TEXT, NOON + timedelta(hours=2), 600)
    return sign_in("organizer", name="Olive")


def sure_of(answer: TestResponse) -> str:
    """What the second form sends along."""
    found = re.search(r'name="sure" value="([^"]*)"', answer.text)
    assert found
    return found[1]


def begun(client: FlaskClient, said: dict[str, str], typed: str) -> TestResponse:
    """A pause asked for, looked at, and meant."""
    sure = sure_of(client.post(URL, data=said))
    return client.post(URL, data={**said, "sure": sure, "typed": typed})


def paused(sessions: Sessions) -> set[str]:
    """What is written down as paused."""
    with sessions() as session:
        campaign = session.get_one(Campaign, 1)
        senders = session.scalars(select(Sender).where(Sender.paused_until.is_not(None)))
        return {
            *(["campaign"] if campaign.state == "paused" else []),
            *campaign.paused_channels,
            *(one.name for one in senders),
        }


def test_a_pause_shows_what_it_means_before_it_holds(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    asked = organizer.post(URL, data=STORM)
    assert asked.status_code == 200
    assert "Pause all texts until 1:30 pm?" in asked.text
    assert re.search(r'<b class="big">300</b>', asked.text)  # half of the hour from 1 pm
    assert paused(sessions) == set()
    moved = organizer.post(
        URL, data={**STORM, "until": "2026-10-29T14:30", "sure": sure_of(asked), "typed": "texts"}
    )
    assert moved.status_code == 200  # another end asks again
    assert paused(sessions) == set()


def test_in_the_final_week_what_is_paused_is_typed(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    slip = begun(organizer, STORM, "yes")
    assert slip.status_code == 422
    assert "Type “texts” to pause it" in slip.text
    assert paused(sessions) == set()
    assert begun(organizer, STORM, " Texts ").status_code == 303
    assert paused(sessions) == {"text"}
    page = organizer.get(URL).text
    assert "Texts are paused until 1:30 pm." in page
    assert "“a storm”" in page
    assert "by Olive" in page


def test_accents_and_signs_of_a_long_name_need_not_be_typed(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).name = "Friends of María José: Eastside"
    whole = {**STORM, "what": "campaign"}
    assert begun(organizer, whole, "friends of maria").status_code == 422
    assert begun(organizer, whole, "friends of maria jose eastside").status_code == 303
    assert paused(sessions) == {"campaign"}


@pytest.mark.parametrize(
    ("what", "typed", "holds", "title", "after"),
    [
        ("campaign", "rivera 2026", "campaign", "The campaign is paused", "The campaign goes on."),
        ("call", "calls", "call", "Calls are paused", "Calls go on."),
        ("email", "emails", "email", "Emails are paused", "Emails go on."),
        ("sender:1", "texts", "Texts", "“Texts” is paused", "“Texts” sends again."),
    ],
)
def test_one_tap_resumes_what_was_paused(
    organizer: FlaskClient,
    sessions: Sessions,
    what: str,
    typed: str,
    holds: str,
    title: str,
    after: str,
) -> None:
    assert begun(organizer, {**STORM, "what": what}, typed).status_code == 303
    assert paused(sessions) == {holds}
    assert title in organizer.get(URL).text
    assert organizer.post(f"{URL}/resume", data={"what": what}).status_code == 303
    assert paused(sessions) == set()
    assert after in organizer.get(URL).text
    organizer.post(f"{URL}/resume", data={"what": what})
    assert "It was not paused any more." in organizer.get(URL).text
    with sessions() as session:
        acts = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject == "campaign:1")
            .order_by(AuditEntry.id)
        ).all()
    assert [act.split()[1] for act in acts] == ["paused", "resumed"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"until": ""}, "a pause must have an end"),
        ({"reason": ""}, "say why"),
        ({"until": "2026-10-28T12:00"}, "This is past"),
        ({"until": "2026-11-05T12:00"}, "the polls have closed"),
        ({"until": "tomorrow"}, "Write a day and a time"),
        ({"what": ""}, "Choose what to pause."),
        ({"what": "sender:99"}, "Choose what to pause."),
        ({"what": "fax"}, "Choose what to pause."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_pause_that_cannot_be_is_refused_with_what_was_typed(
    organizer: FlaskClient, said: dict[str, str], words: str
) -> None:
    answer = organizer.post(URL, data={**STORM, **said})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{said.get("reason", "a storm")}"' in answer.text


def test_a_campaign_that_is_being_set_up_cannot_be_paused_into_running(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).state = "draft"
    assert "is being set up" in organizer.get(URL).text
    assert organizer.post(URL, data=STORM).status_code == 422
    with sessions() as session:
        assert load_frame(session, 1).draft


def test_a_sender_alone_stops_its_channel_and_with_another_hands_over(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    alone = organizer.post(URL, data={**STORM, "what": "sender:1"}).text
    assert "the whole channel stands still" in alone
    with sessions.begin() as session:
        session.add(
            Sender(
                campaign_id=1,
                channel=Channel.TEXT,
                name="Second",
                address="+15125550199",
                per_second=0.05,  # 180 an hour, of 600
            )
        )
    both = organizer.post(URL, data={**STORM, "what": "sender:1"}).text
    assert "the other one takes them over" in both
    assert "210 are beyond what the others carry" in both  # half an hour of 420
    assert "paused until" not in organizer.get("/campaigns/1/senders").text
    begun(organizer, {**STORM, "what": "sender:1"}, "texts")
    assert "paused until 1:30 pm" in organizer.get("/campaigns/1/senders").text


def test_a_pause_is_for_organizers_of_campaigns_that_are_there(
    sign_in: SignIn, organizer: FlaskClient
) -> None:
    assert organizer.get("/campaigns/9/pauses").status_code == 404
    assert organizer.post("/campaigns/9/pauses/resume").status_code == 404
    assert organizer.post(f"{URL}/resume", data={"what": "fax"}).status_code == 404
    assert sign_in("volunteer", 1).get(URL).status_code == 403
