"""Scripts: a version for each save, whose words each attempt had, and nobody written to in vain."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.purpose import FALLOVER, IN_LINE, RAMP
from app.services.claim import CallCard, next_call
from app.services.compose import scripts_of
from app.services.dispatch import claim_batch
from app.services.pace import pace
from app.services.record import CallRecord, record_call
from app.services.scripts import Overtaken, Saved, ScriptRefused, save, use_again
from app.services.situations import text_segments
from app.services.surveys import set_survey, survey_of
from app.store.campaigns import Script
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.means import scripts_by
from app.store.scripts import Draft, Key
from app.store.touches import Attempt
from app.store.voters import Voter
from tests import factories
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import CLAIMER, TOUCHES, Desk, column, counts, planned, texting

TEXT = Key(1, Channel.TEXT, RAMP, "en")
CALL = Key(1, Channel.CALL, RAMP, "en")
PLACE = "Vote at {polling_place}! Paid for by {organization}. STOP to end"


def say(sessions: Sessions, key: Key, body: str, base: int, **facts: Any) -> Saved:
    """Saves words."""
    return save(sessions, key, Draft("", body, **facts), base=base, by=None, now=NOON)


@pytest.fixture
def six(sessions: Sessions) -> Sessions:
    """Six voters to text, the first three without a precinct."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 6)
        for number, voter in enumerate(whom):
            voter.precinct = "12" if number >= 3 else ""
        planned(session, campaign, Channel.TEXT, NOON, 6)
    return sessions


def claim(sessions: Sessions) -> list[str]:
    """The words of all that goes out now."""
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    return [item.body for item in batch.tries] if batch is not None else []


def test_saving_the_same_twice_adds_one_version(six: Sessions) -> None:
    assert say(six, TEXT, "Hi {first_name}", 1) == Saved(2, changed=True)
    assert say(six, TEXT, "Hi {first_name} ", 1) == Saved(2, changed=False)
    assert column(six, "SELECT version FROM scripts WHERE channel = 'text' ORDER BY 1") == [1, 2]
    assert column(six, "SELECT count(*) FROM audit WHERE action = 'script saved'") == [1]


def test_of_those_who_save_at_once_all_but_one_are_told(six: Sessions) -> None:
    def one(number: int) -> str:
        try:
            say(six, TEXT, f"Hi from {number}", 1)
        except Overtaken as overtaken:
            return overtaken.newest.body
        return "saved"

    with ThreadPoolExecutor(4) as hands:
        said = list(hands.map(one, range(4)))
    assert said.count("saved") == 1
    assert column(six, "SELECT max(version) FROM scripts WHERE channel = 'text'") == [2]
    winner = column(six, "SELECT body FROM scripts WHERE channel = 'text' AND version = 2")
    assert {words for words in said if words != "saved"} == set(winner)


def test_what_cannot_be_filled_is_not_saved(six: Sessions) -> None:
    with pytest.raises(ScriptRefused) as refused:
        say(six, TEXT, "Hi {name}", 1)
    assert [(one.field, one.code, one.name) for one in refused.value.problems] == [
        ("body", "unknown", "name")
    ]


def test_an_attempt_knows_the_version_whose_words_went_out(six: Sessions) -> None:
    pace(six, NOON)
    say(six, TEXT, "New words. STOP to end. Paid for by {organization}", 1)
    assert len(claim(six)) == 6
    newest = column(six, "SELECT id FROM scripts WHERE channel = 'text' AND version = 2")
    assert column(six, "SELECT DISTINCT script_id FROM attempts") == newest


def test_words_of_ours_and_blasts_are_of_no_script(six: Sessions) -> None:
    with six() as session:
        ours = scripts_of(session, 1, Channel.TEXT, IN_LINE)["en"]
    assert not isinstance(ours, Script)


VIETNAMESE = "Chào {first_name}! Bầu cử {polling_day}, {polling_place|nơi bỏ phiếu}. " * 2


def test_each_is_written_to_in_their_language_and_in_english_where_there_is_no_script(
    six: Sessions,
) -> None:
    say(six, replace(TEXT, language="vi"), f"{VIETNAMESE}STOP. {{organization}}", 0)
    with six.begin() as session:
        for voter, language in ((1, "vi"), (2, "am")):
            session.get_one(Voter, voter).language = language
        frame = load_frame(session, 1)
    pace(six, NOON)
    said = claim(six)
    assert len(said) == 6
    assert sum("Thứ Ba, 3 tháng 11, nơi bỏ phiếu" in body for body in said) == 1
    assert sum("vote Tuesday, November 3" in body for body in said) == 5
    with six() as session:
        held = dict(session.execute(select(Attempt.voter_id, Attempt.segments)).all())
        average = text_segments(session, frame)
    assert held[1] > 1
    assert {held[one] for one in range(2, 7)} == {1}
    assert 1 < average < 2


def test_nobody_is_released_of_whom_the_words_need_what_nobody_knows(six: Sessions) -> None:
    say(six, TEXT, PLACE, 1)
    pace(six, NOON)
    released = "SELECT voter_id FROM touches WHERE channel = 'text' ORDER BY 1"
    assert column(six, released) == [4, 5, 6]
    assert len(claim(six)) == 3
    pace(six, NOON + timedelta(seconds=1))
    assert column(six, released) == [4, 5, 6]
    others = "SELECT voter_id FROM touches WHERE channel = 'email' ORDER BY 1"
    assert column(six, others) == [1, 2, 3], "they get an email in its place"


def test_with_a_fallback_everybody_gets_it(six: Sessions) -> None:
    say(six, TEXT, PLACE.replace("polling_place", "polling_place|your polling place"), 1)
    pace(six, NOON)
    said = claim(six)
    assert sum("at your polling place!" in one for one in said) == 3
    assert sum("at precinct 12!" in one for one in said) == 3


def test_only_the_language_that_needs_a_place_is_held_back(six: Sessions) -> None:
    say(six, Key(1, Channel.TEXT, RAMP, "es"), PLACE, 0)
    with six.begin() as session:
        session.execute(text("UPDATE voters SET language = 'es' WHERE id IN (1, 4)"))
        session.execute(text("UPDATE voters SET language = 'zh' WHERE id = 2"))
    pace(six, NOON)
    released = "SELECT voter_id FROM touches WHERE channel = 'text' ORDER BY 1"
    assert column(six, released) == [2, 3, 4, 5, 6]


def test_what_was_released_before_ends_unsent_and_the_sender_goes_on(six: Sessions) -> None:
    pace(six, NOON)
    say(six, TEXT, PLACE, 1)
    assert len(claim(six)) == 3
    assert counts(six, TOUCHES) == {"attempting": 3, "skipped": 3}
    assert column(six, "SELECT DISTINCT reason FROM touches WHERE state = 'skipped'") == [
        "nothing to put for {polling_place}"
    ]
    assert column(six, "SELECT stopped FROM senders WHERE channel = 'text'") == [""]
    held = "SELECT reserved = (SELECT sum(held) FROM attempts) FROM campaigns"
    assert column(six, held) == [True], "nothing is held for what does not go out"


def test_what_falls_over_may_have_words_of_its_own(six: Sessions) -> None:
    with six() as session:
        ramp = scripts_of(session, 1, Channel.TEXT, FALLOVER)["en"]
    say(six, Key(1, Channel.TEXT, FALLOVER, "en"), "We could not reach you by phone. STOP", 0)
    with six() as session:
        own = scripts_of(session, 1, Channel.TEXT, FALLOVER)
        assert own["en"].body == "We could not reach you by phone. STOP"
        assert scripts_of(session, 1, Channel.TEXT, RAMP)["en"].body == ramp.body
    say(six, Key(1, Channel.TEXT, FALLOVER, "en"), "", 1)
    with six() as session:
        assert scripts_of(session, 1, Channel.TEXT, FALLOVER)["en"].body == ramp.body


def test_the_hot_paths_read_only_the_newest_version_of_each(six: Sessions) -> None:
    for version in range(1, 6):
        say(six, TEXT, f"Words {version}. STOP", version)
    with six() as session:
        found = scripts_by(session, 1, Channel.TEXT)
    assert [(one.version, one.body) for one in found] == [(6, "Words 5. STOP")]


SURVEY = [
    {
        "key": "ride",
        "words": {"en": "Do you need a ride, {first_name|friend}?"},
        "answers": [{"key": "yes", "words": "Yes"}, {"key": "no", "words": "No"}],
    }
]


def test_a_change_of_the_questions_is_a_new_version_in_every_language(six: Sessions) -> None:
    with six.begin() as session:
        session.add(Script(campaign_id=1, channel=Channel.CALL, language="es", body="Hola"))
    set_survey(six, 1, SURVEY, by=None, now=NOON)
    versions = "SELECT language, max(version) FROM scripts WHERE channel = 'call' GROUP BY 1"
    assert counts(six, versions) == {"en": 2, "es": 2}
    say(six, CALL, "Hi, I'm {volunteer}", 2, survey=SURVEY)
    assert counts(six, versions) == {"en": 3, "es": 2}, "the questions did not change"
    first = column(six, "SELECT id FROM scripts WHERE language = 'en' AND channel = 'call'")[0]
    use_again(six, 1, first, base=3, note="", by=None, now=NOON)
    assert counts(six, versions) == {"en": 4, "es": 3}
    with six() as session:
        assert survey_of(session, 1).questions[0].key == "will_vote"


def test_a_call_knows_the_script_that_was_on_the_screen(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.call_list(session, 2)
        other = factories.campaign(session, name="Another", created_at=NOON)
        strange = session.scalars(select(Script.id).where(Script.campaign_id == other.id)).first()
    ana = factories.person(sessions, "volunteer", 1)
    mine = column(sessions, "SELECT id FROM scripts WHERE campaign_id = 1")[0]
    for script in (None, strange):
        card = next_call(sessions, 1, ana.id, now=NOON, wall=NOON)
        assert isinstance(card, CallCard)
        assert card.script_id == mine
        told = CallRecord(
            *(uuid4(), card.touch_id, card.fence, ana.id, Disposition.NOT_HOME),
            script_id=script or card.script_id,
        )
        record_call(sessions, told, now=NOON, wall=NOON)
    with sessions() as session:
        found = session.scalars(select(Attempt.script_id).order_by(Attempt.id)).all()
    assert sorted(found, key=str) == [mine, None], "a script of another campaign is none of ours"


def test_a_mail_is_text_and_page_and_is_left_by_one_click(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 1)
        whom[0].first_name = "Ana_Lía*"
        planned(session, campaign, Channel.EMAIL, NOON, 1)
    key = Key(1, Channel.EMAIL, RAMP, "en")
    draft = Draft("Hi {first_name}", "**Hi {first_name}**, see [the list](https://example.org).")
    save(sessions, key, draft, base=1, by=None, now=NOON)
    pace(sessions, NOON)
    desk = Desk(sessions, carrier_process)
    assert desk.send_mails() == 1
    mail = desk.carrier.ledger(kind="mail")[0]
    assert mail["subject"] == "Hi Ana_Lía*"
    assert "Hi Ana_Lía*, see the list (https://example.org)." in mail["body"]
    assert "Paid for by" in mail["body"]
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert f"Unsubscribe: {link}" in mail["body"]
    newest = column(sessions, "SELECT id FROM scripts WHERE channel = 'email' AND version = 2")
    assert column(sessions, "SELECT script_id FROM attempts") == newest
