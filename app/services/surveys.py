"""Surveys of call scripts: written by an organizer, asked by volunteers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.purpose import RAMP
from app.domain.survey import DEFAULT, BadSurvey, Survey, from_json, to_json
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.means import Written, scripts_by
from app.store.people import AuditEntry
from app.store.scripts import Draft, Key, add_version


def survey_of(session: Session, campaign_id: int) -> Survey:
    """What volunteers ask in a campaign: its own survey, else the usual question.

    One that cannot be read any more is not asked: the call goes on without.
    """
    written = written_survey(session, campaign_id)
    if not written:
        return DEFAULT
    try:
        return from_json(written)
    except BadSurvey:
        return DEFAULT


def written_survey(session: Session, campaign_id: int) -> Any:
    """The campaign's own survey as it is stored; an empty list where it has none."""
    rows = _scripts(session, campaign_id)
    return next((row.survey for row in reversed(rows) if row.survey), [])


def set_survey(
    sessions: Sessions, campaign_id: int, written: Any, *, by: int | None, now: datetime
) -> Survey:
    """Sets what volunteers ask from now on; an empty list brings the usual question back.

    It is the same whatever the script's language: its words are in all of them. Raises BadSurvey,
    also for a campaign without a call script, which could not hold it.
    """
    survey = from_json(written)
    with sessions.begin() as session:
        session.get(Campaign, campaign_id, with_for_update={"key_share": True})
        if not _scripts(session, campaign_id):
            raise BadSurvey("Write a script for calls first; the survey goes with it.")
        put_survey(session, campaign_id, to_json(survey), by=by, now=now)
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="survey set",
                subject=f"campaign:{campaign_id}",
                details={"questions": [one.key for one in survey.questions]},
            )
        )
    return survey


def put_survey(
    session: Session,
    campaign_id: int,
    told: Any,
    *,
    by: int | None,
    now: datetime,
    note: str = "",
    but: str = "",
) -> None:
    """Writes a new version of each call script that has another survey, its words as they are;
    `but` is a language whose version the caller writes. The campaign's row is locked."""
    for row in _scripts(session, campaign_id):
        if row.survey != told and row.language != but:
            key = Key(campaign_id, row.channel, row.purpose, row.language)
            draft = Draft(row.subject, row.body, told, note)
            add_version(session, key, draft, row.version + 1, by=by, now=now)


def _scripts(session: Session, campaign_id: int) -> Sequence[Written]:
    rows = scripts_by(session, campaign_id, Channel.CALL)
    return [row for row in rows if row.purpose == RAMP]
