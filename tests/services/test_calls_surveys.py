"""The survey of a campaign: set with a note in the log, the usual question without one."""

import pytest
from sqlalchemy import text

from app.domain.survey import DEFAULT, BadSurvey, from_json
from app.services.demo_campaign import SURVEY
from app.services.surveys import set_survey, survey_of
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column


@pytest.fixture
def campaign(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return factories.campaign(session).id


def test_without_a_survey_of_its_own_a_campaign_asks_the_usual_question(
    sessions: Sessions, campaign: int
) -> None:
    with sessions() as session:
        assert survey_of(session, campaign) == DEFAULT


def test_a_survey_that_is_set_is_asked_and_stands_in_the_log(
    sessions: Sessions, campaign: int
) -> None:
    set_survey(sessions, campaign, SURVEY, by=None, now=NOON)
    with sessions() as session:
        assert survey_of(session, campaign) == from_json(SURVEY)
    assert column(sessions, "SELECT subject FROM audit WHERE action = 'survey set'") == [
        f"campaign:{campaign}"
    ]


def test_a_survey_that_cannot_be_read_any_more_does_not_stop_the_calls(
    sessions: Sessions, campaign: int
) -> None:
    with sessions.begin() as session:
        session.execute(text("""UPDATE scripts SET survey = '[{"key": "x"}]'"""))
    with sessions() as session:
        assert survey_of(session, campaign) == DEFAULT


def test_a_campaign_without_a_script_for_calls_cannot_have_one(
    sessions: Sessions, campaign: int
) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM scripts"))
    with pytest.raises(BadSurvey, match="Write a script for calls first"):
        set_survey(sessions, campaign, SURVEY, by=None, now=NOON)
