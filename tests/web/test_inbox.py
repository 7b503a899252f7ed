"""The inbox: what waits longest comes first, found, given, answered, done with many at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.domain.channel import Channel
from app.services import inbox
from app.services.inbox import Assigned
from app.services.pause import What, pause
from app.store.conversations import Conversation
from app.store.engine import Sessions
from app.store.inbox import COUNTED, PAGE
from app.store.messages import Inbound
from app.store.polling_day import Problem
from app.store.touches import Attempt, Touch
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn, as_person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign with three voters; nobody has written."""
    with sessions.begin() as session:
        factories.call_list(session, 3)
    return sign_in("organizer", name="Olive")


def wrote(sessions: Sessions, voter: int, minutes: int, body: str, **facts: object) -> int:
    """A reply of a voter that has waited so long, with its conversation; the reply's id."""
    with sessions.begin() as session:
        address = f"+1919555{voter:04}"
        since = NOON - minutes * MINUTE
        row = factories.reply(
            session,
            campaign_id=1,
            voter_id=voter,
            from_address=address,
            received_at=since,
            body=body,
            **facts,
        )
        known = session.scalars(select(Conversation).where(Conversation.address == address)).first()
        if known is None:
            session.add(
                Conversation(
                    campaign_id=1,
                    address=address,
                    voter_id=voter,
                    our_address="+19195550142",
                    waits_since=since,
                )
            )
        return row.id


def handed(sessions: Sessions, voter: int) -> None:
    """A volunteer handed the voter's conversation over."""
    with sessions.begin() as session:
        session.execute(
            text(
                "UPDATE conversations SET handed_over_at = :now, why_handed_over = 'a deed' "
                "WHERE voter_id = :voter"
            ),
            {"now": NOON, "voter": voter},
        )


def shown(client: FlaskClient, query: str = "") -> list[str]:
    """The words of the replies on the page, in its order."""
    page = client.get(f"/inbox{query}").text
    return re.findall(r'<blockquote class="theirs">([^<]*)</blockquote>', page)


def test_a_reply_is_shown_with_what_we_wrote_and_how_long_it_waits(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        touch = session.scalars(select(Touch)).first()
        assert touch
        said = {"channel": "text", "body": "Will you vote?"}
        factories.attempt(session, touch, **said)
        later = {"attempted_at": NOON, "body": "Too late to be the cause"}
        factories.attempt(session, touch, **{**said, **later})
        factories.reply(session, campaign_id=1, voter_id=touch.voter_id, body="<b>Maybe</b>")
    page = organizer.get("/inbox").text
    assert "Will you vote?" in page
    assert "Too late" not in page
    assert "&lt;b&gt;Maybe&lt;/b&gt;" in page
    assert "Luz Voter1" in page
    assert "wrote back" in page
    assert "6 min" in page


def test_what_waits_longest_is_first_and_all_of_one_person_is_one_entry(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 2, 30, "second")
    wrote(sessions, 1, 60, "first")
    wrote(sessions, 1, 5, "first again")
    with sessions.begin() as session:
        factories.reply(session, body="a stranger", from_address="+13125550100")
    assert shown(organizer) == ["first again", "second", "a stranger"]
    assert "and 1 text before it" in organizer.get("/inbox").text


def test_it_is_filtered_by_whose_it_is_meaning_campaign_and_age(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 1, 90, "mine")
    wrote(sessions, 2, 30, "theirs")
    wrote(sessions, 3, 3, "not me", meaning="wrong_number")
    handed(sessions, 2)
    with sessions.begin() as session:
        olive = session.scalar(text("SELECT id FROM users WHERE name = 'Olive'"))
        session.execute(
            text("UPDATE conversations SET assigned_to = :olive WHERE voter_id = 1"),
            {"olive": olive},
        )
    assert shown(organizer, "?show=mine") == ["mine"]
    assert shown(organizer, "?show=handed") == ["theirs"]
    assert shown(organizer, "?show=unassigned") == ["theirs", "not me"]
    assert shown(organizer, "?meaning=wrong_number") == ["not me"]
    assert shown(organizer, "?age=60") == ["mine"]
    assert shown(organizer, "?campaign=1") == ["mine", "theirs", "not me"]
    assert shown(organizer, "?campaign=2") == []
    assert "No reply that waits is like that." in organizer.get("/inbox?campaign=2").text
    assert shown(organizer, "?show=x&age=y&campaign=z&meaning=w&after=v") != []


def test_it_is_searched_by_name_phone_and_words_answered_or_not(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 1, 90, "Where is the 100% school?")
    wrote(sessions, 2, 30, "a dog", handled_at=NOON)
    assert shown(organizer, "?q=100%25") == ["Where is the 100% school?"]
    assert shown(organizer, "?q=DOG") == ["a dog"]
    assert shown(organizer, "?q=voter2") == ["a dog"]
    assert shown(organizer, "?q=555-0001") == ["Where is the 100% school?"]
    assert shown(organizer, "?q=_") == []
    assert "Nothing found" in organizer.get("/inbox?q=_").text


def test_what_is_mine_is_counted_though_very_many_wait_longer(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 1, 1, "mine")
    with sessions.begin() as session:
        session.execute(text("UPDATE conversations SET assigned_to = (SELECT min(id) FROM users)"))
        session.execute(
            text(
                "INSERT INTO inbound (sid, from_address, to_address, body, meaning, received_at) "
                "SELECT 'S' || n, '+1312555' || n, '+19195550142', 'Hi', 'other', "
                "CAST(:now AS timestamptz) - n * interval '1 minute' "
                "FROM generate_series(1000, 1000 + :many) n"
            ),
            {"now": NOON, "many": COUNTED},
        )
    page = " ".join(re.sub(r"<[^>]+>", " ", organizer.get("/inbox").text).split())
    assert "Waiting 1,000+ Mine 1 Handed over 0 Nobody’s 1,000+" in page
    assert shown(organizer, "?show=mine") == ["mine"]


def test_the_pages_hold_everybody_once(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        for number in range(2 * PAGE + 3):
            at = NOON - (number // 2) * MINUTE  # two at a time
            phone = f"+1312555{number:04}"
            factories.reply(session, from_address=phone, received_at=at, body=f"no {number}")
    seen: list[str] = []
    address = "/inbox"
    for _ in range(4):
        page = organizer.get(address).text
        seen += re.findall(r'class="theirs">([^<]*)<', page)
        onward = re.search(r'rel="next" href="([^"]*)"', page)
        if onward is None:
            break
        address = onward[1].replace("&amp;", "&")
    assert sorted(seen) == sorted(f"no {number}" for number in range(2 * PAGE + 3))


def test_of_two_who_take_a_conversation_at_once_one_wins_and_the_other_is_told(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 1, 5, "hello")
    two = [factories.person(sessions, "organizer", 1, name).id for name in ("Ana", "Ben")]

    def take(user: int) -> Assigned:
        return inbox.assign(sessions, 1, user, seen=None, by=user, now=NOON)

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(take, two))
    assert sorted(one.won for one in found) == [False, True]
    assert len({one.whose for one in found}) == 1
    page = organizer.post("/inbox/1/assign", data={"to": "1", "seen": ""}, follow_redirects=True)
    assert f"{found[0].whose} has it already" in page.text
    winner = two[[one.won for one in found].index(True)]
    back = {"to": "", "seen": str(winner)}
    assert (
        "everybody’s again"
        in organizer.post("/inbox/1/assign", data=back, follow_redirects=True).text
    )
    assert column(sessions, "SELECT count(*) FROM audit WHERE action = 'conversation given'") == [2]


def test_what_is_given_to_somebody_is_handed_to_no_volunteer(
    organizer: FlaskClient, web: Flask, sessions: Sessions
) -> None:
    wrote(sessions, 1, 5, "hello")
    boss = factories.person(sessions, "organizer", 1, "Ben")
    inbox.assign(sessions, 1, boss.id, seen=None, by=boss.id, now=NOON)
    ana = as_person(web, factories.person(sessions, "volunteer", 1, "Ana"))
    assert ana.post("/replies").headers["Location"] == "/replies"
    inbox.assign(sessions, 1, None, seen=boss.id, by=boss.id, now=NOON)
    assert ana.post("/replies").headers["Location"] == "/replies/1"


def test_done_takes_a_reply_out_once_and_is_undone(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    reply = wrote(sessions, 1, 9, "first")
    wrote(sessions, 1, 5, "second")
    handed(sessions, 1)
    gone = organizer.post(f"/inbox/{reply}/handled")
    assert gone.status_code == 303
    page = organizer.get(gone.headers["Location"]).text
    assert "Nobody waits for an answer" in page
    assert column(sessions, "SELECT waits_since FROM conversations") == [None]
    organizer.post(f"/inbox/{reply}/handled")
    assert "Somebody had taken care of that reply already" in organizer.get("/inbox").text
    entry = re.search(r'name="entry" value="(\d+)"', page)
    assert entry
    for words in ("They wait again.", "That cannot be undone any more."):
        undone = organizer.post("/inbox/undo", data={"entry": entry[1]}, follow_redirects=True)
        assert words in undone.text
    assert shown(organizer, "?show=handed") == ["second"]
    with sessions() as session:
        replies = session.scalars(select(Inbound)).all()
        assert [one.handled_at for one in replies] == [None, None]


def test_nobody_undoes_what_another_did(organizer: FlaskClient, sessions: Sessions) -> None:
    reply = wrote(sessions, 1, 9, "first")
    ben = factories.person(sessions, "organizer", 1, "Ben").id
    _, entry = inbox.done(sessions, [reply], by=ben, now=NOON, wall=NOON)
    assert (
        "cannot be undone"
        in organizer.post("/inbox/undo", data={"entry": str(entry)}, follow_redirects=True).text
    )
    assert inbox.undo(sessions, entry or 0, by=ben, now=NOON + timedelta(hours=1)) == 0
    assert inbox.undo(sessions, entry or 0, by=ben, now=NOON + MINUTE) == 1


def test_many_are_opted_out_after_the_effect_was_shown(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    chosen = [wrote(sessions, 1, 9, "leave me alone"), wrote(sessions, 2, 5, "me too")]
    wrote(sessions, 3, 5, "hello")
    with sessions.begin() as session:
        session.execute(text("UPDATE touches SET channel = 'text'"))
        session.execute(
            text("UPDATE touches SET address = '+1919555' || lpad(voter_id::text, 4, '0')")
        )
    asked = organizer.post("/inbox/bulk", data={"chosen": chosen, "act": "opt_out"})
    assert "Opt 2 numbers out of texts?" in asked.text
    assert "2 texts that wait to go to them are canceled." in asked.text
    assert column(sessions, "SELECT count(*) FROM opt_outs") == [0]
    meant = {"chosen": chosen, "act": "opt_out", "sure": "opt_out"}
    assert organizer.post("/inbox/bulk", data=meant).status_code == 303
    assert sorted(column(sessions, "SELECT address FROM opt_outs")) == [
        "+19195550001",
        "+19195550002",
    ]
    canceled = "SELECT voter_id FROM touches WHERE state = 'canceled' ORDER BY 1"
    assert column(sessions, canceled) == [1, 2]
    assert shown(organizer) == ["hello"]


def test_what_another_has_in_hand_is_left_out(organizer: FlaskClient, sessions: Sessions) -> None:
    chosen = [wrote(sessions, 1, 9, "in hand"), wrote(sessions, 2, 5, "free")]
    ana = factories.person(sessions, "volunteer", 1, "Ana").id
    with sessions.begin() as session:
        session.execute(
            text("UPDATE conversations SET held_by = :ana, held_until = :until WHERE voter_id = 1"),
            {"ana": ana, "until": NOON + MINUTE},
        )
    assert "Ana is answering now" in organizer.get("/inbox").text
    asked = organizer.post("/inbox/bulk", data={"chosen": chosen, "act": "done"})
    assert "What Ana has in hand at this moment is left out." in asked.text
    assert "Done with 1 person" in asked.text
    organizer.post("/inbox/bulk", data={"chosen": chosen, "act": "done", "sure": "done"})
    assert shown(organizer) == ["in hand"]


def test_nothing_chosen_is_said(organizer: FlaskClient) -> None:
    page = organizer.post("/inbox/bulk", data={"act": "done"}, follow_redirects=True)
    assert "Choose at least one reply first." in page.text
    away = {"act": "done", "here": "https://evil.example"}
    assert organizer.post("/inbox/bulk", data=away).headers["Location"] == "/inbox"


def note(sessions: Sessions, words: str) -> UUID:
    """A call in which a volunteer wrote this down."""
    with sessions.begin() as session:
        touch = session.scalars(select(Touch)).first()
        assert touch
        made: Attempt = factories.attempt(
            session, touch, channel="call", note=words, attempted_at=NOON - 30 * MINUTE
        )
        return made.id


def test_calls_that_need_an_organizer_stand_first(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(
            Problem(
                campaign_id=1,
                kind="asks",
                voter_id=2,
                said="about the yard sign",
                created_at=NOON - 40 * MINUTE,
            )
        )
    attempt = note(sessions, "Wants to talk to the candidate about schools")
    note(sessions, "will vote at noon")
    page = organizer.get("/inbox").text
    assert page.index("about the yard sign") < page.index("Wants to talk to the candidate")
    assert "will vote at noon" not in page
    for words in ("It is yours, among the problems.", "taken care of that call already"):
        answer = organizer.post(f"/inbox/notes/{attempt}", follow_redirects=True)
        assert words in answer.text
    with sessions() as session:
        made = session.scalars(select(Problem).where(Problem.attempt_id == attempt)).one()
        assert (made.state, made.kind) == ("taken", "asks")
    other = note(sessions, "complains about the noise")
    organizer.post(f"/inbox/notes/{other}", data={"act": "done"})
    assert "complains about the noise" not in organizer.get("/inbox").text
    assert organizer.post("/inbox/notes/x", follow_redirects=True).status_code == 200


def test_the_empty_inbox_says_what_will_appear(organizer: FlaskClient) -> None:
    assert "Texts that people send back appear here" in organizer.get("/inbox").text


def test_a_volunteer_has_no_inbox(sign_in: SignIn) -> None:
    client = sign_in("volunteer")
    assert client.get("/inbox").status_code == 403
    assert client.post("/inbox/bulk").status_code == 403


def test_an_answer_in_a_pause_of_texts_is_kept_until_its_end(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    wrote(sessions, 1, 5, "hello")
    pause(
        sessions,
        1,
        what=What(channel=Channel.TEXT),
        until=NOON + timedelta(hours=2),
        reason="a check",
        by=None,
        now=NOON,
    )
    assert organizer.post("/replies/1/take-up").status_code == 303
    assert "An organizer has paused the texts" in organizer.get("/replies/1").text
    organizer.post("/replies/1/answer", data={"body": "Hello Luz", "key": "k"})
    assert "It goes out at 2 pm Eastern, when the pause ends." in organizer.get("/inbox").text
