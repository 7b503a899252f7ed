"""A volunteer's languages bring them the voters who speak these, with words they can say."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.services.claim import CallCard, next_call
from app.services.no_call import NoCall, Why
from app.services.take_calls import in_tongues
from app.store.calls import Among
from app.store.engine import Sessions
from app.store.people import User
from tests import factories
from tests.factories import NOON

ENGLISH, SPANISH, VIETNAMESE = 1, 2, 3
"""Voters; the first has the highest value."""


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    with sessions.begin() as session:
        made = factories.campaign(session)
        for number, language in ((ENGLISH, "en"), (SPANISH, "es"), (VIETNAMESE, "vi")):
            whom = factories.voters(session, 1, number, language=language)
            factories.targets(session, made, whom)
            factories.calls(session, made, whom, value=9.0 - number)
        session.execute(
            text(
                "INSERT INTO scripts (campaign_id, channel, language, body) "
                "VALUES (:campaign, 'call', 'es', 'Hola {first_name}')"
            ),
            {"campaign": made.id},
        )
        return made.id


def caller(sessions: Sessions, campaign: int, *languages: str) -> User:
    name = "".join(languages)
    return factories.person(sessions, "volunteer", campaign, f"V{name}", languages=languages)


def taken(sessions: Sessions, campaign: int, languages: Sequence[str]) -> list[int]:
    """The voters in the order in which they come to callers of these languages."""
    found = []
    for number in range(3):
        user = factories.person(
            sessions, "volunteer", campaign, f"V{number}", languages=tuple(languages)
        )
        card = next_call(sessions, campaign, user.id, now=NOON, wall=NOON)
        assert isinstance(card, CallCard)
        found.append(card.voter_id)
    return found


@pytest.mark.parametrize(
    ("languages", "order"),
    [
        (["en"], [ENGLISH, SPANISH, VIETNAMESE]),
        (["en", "es"], [SPANISH, ENGLISH, VIETNAMESE]),
        (["vi", "es"], [SPANISH, VIETNAMESE, ENGLISH]),
        (["en", "vi"], [VIETNAMESE, ENGLISH, SPANISH]),
    ],
)
def test_voters_of_a_language_come_first_to_those_who_speak_it(
    sessions: Sessions, campaign: int, languages: list[str], order: list[int]
) -> None:
    assert taken(sessions, campaign, languages) == order


def test_a_script_is_in_a_language_that_the_caller_can_say(
    sessions: Sessions, campaign: int
) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM touches WHERE voter_id <> :id"), {"id": SPANISH})
    english = caller(sessions, campaign, "en")
    card = next_call(sessions, campaign, english.id, now=NOON, wall=NOON)
    assert isinstance(card, CallCard)
    assert (card.language, card.script_language) == ("es", "en")
    assert card.script.startswith("Hi, may I speak with Luz?")
    both = caller(sessions, campaign, "en", "es")
    later = NOON + timedelta(minutes=21)
    with sessions.begin() as session:
        session.execute(text("UPDATE touches SET state = 'ready', lease_until = NULL"))
    card = next_call(sessions, campaign, both.id, now=NOON, wall=later)
    assert isinstance(card, CallCard)
    assert (card.script, card.script_language) == ("Hola Luz", "es")


def test_what_is_promised_comes_before_any_language(sessions: Sessions, campaign: int) -> None:
    with sessions.begin() as session:
        session.execute(
            text("UPDATE touches SET purpose = 'callback', value = 0 WHERE voter_id = :id"),
            {"id": VIETNAMESE},
        )
    assert taken(sessions, campaign, ["en", "es"]) == [VIETNAMESE, SPANISH, ENGLISH]


def test_a_voter_who_needs_another_language_waits_for_a_speaker(
    sessions: Sessions, campaign: int
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET language = 'vi'"))
    english = caller(sessions, campaign, "en")
    none = next_call(sessions, campaign, english.id, now=NOON, wall=NOON)
    assert isinstance(none, NoCall)
    assert (none.why, none.languages) == (Why.LANGUAGE, ["vi"])
    vietnamese = caller(sessions, campaign, "vi")
    assert isinstance(next_call(sessions, campaign, vietnamese.id, now=NOON, wall=NOON), CallCard)


def test_with_one_language_little_more_is_asked() -> None:
    assert in_tongues([Among()], ["en"]) == [Among(tongues=("en", "")), Among()]
    assert in_tongues([Among()], []) == [Among()]
