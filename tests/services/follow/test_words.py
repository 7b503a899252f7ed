"""What reminders and chases say."""

from dataclasses import replace

import pytest

from app.domain.channel import Channel
from app.domain.follow_words import FOLLOW_WORDS
from app.domain.hours import Place
from app.domain.purpose import REMIND_EVE
from app.domain.segment import segments
from app.domain.spoken import VotesAt
from app.services.compose import OURS, words_for
from app.store.campaigns import Campaign, Script
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests.scene import run
from tests.services.follow.told import EVE, at, follow, plans, sent

TEXTS = [(channel, purpose) for channel, purpose in FOLLOW_WORDS if channel is Channel.TEXT]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", [purpose for _, purpose in TEXTS])
def test_our_texts_are_one_segment_say_who_pays_and_how_to_end(
    sessions: Sessions, ten: Campaign, purpose: str, language: str
) -> None:
    with sessions() as session:
        frame = replace(load_frame(session, 1), organization="Friends of Ana Rivera")
    place = Place.of("NC:America/New_York")
    for told in (at(4, 10, 30), None):  # a Wednesday: the longest
        words = words_for(
            OURS[Channel.TEXT, purpose],
            frame,
            "Christopher",
            VotesAt(),
            language,
            place,
            plan_at=told,
        )
        assert segments(words.body) == 1, (len(words.body), words.body)
        assert "Friends of Ana Rivera" in words.body
        assert "STOP" in words.body


def test_the_words_name_the_time_on_the_voters_clock_and_an_organizers_own_come_first(
    sessions: Sessions, ten: Campaign
) -> None:
    plans(sessions)
    run(sessions, "UPDATE voters SET language = 'es' WHERE id = 1")
    with sessions.begin() as session:
        own = {"channel": Channel.TEXT, "purpose": REMIND_EVE, "language": "en"}
        session.add(Script(campaign_id=1, body="Vote {vote_time}!", **own))
    follow(sessions, EVE)
    bodies = sent(sessions, EVE)
    assert bodies[0].startswith("Hola Luz: su plan es votar el martes a las 5 p.m.")
    assert bodies[1:] == ["Vote Tuesday at 5 pm!"] * 9
