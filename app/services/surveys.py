"""Surveys of call scripts: written by an organizer, asked by volunteers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.purpose import RAMP
from app.domain.survey import DEFAULT, BadSurvey, Survey, from_json, to_json
from app.store.campaigns import Script
from app.store.engine import Sessions
from app.store.means import scripts_by
from app.store.people import AuditEntry


def survey_of(session: Session, campaign_id: int) -> Survey:
    """What volunteers ask in a campaign: its own survey, else the usual question.

    One that cannot be read any more is not asked: the call goes on without.
    """
    written = next(
        (row.survey for row in reversed(_scripts(session, campaign_id)) if row.survey), None
    )
    if written is None:
        return DEFAULT
    try:
        return from_json(written)
    except BadSurvey:
        return DEFAULT


def set_survey(
    sessions: Sessions, campaign_id: int, written: Any, *, by: int | None, now: datetime
) -> Survey:
    """Sets what volunteers ask from now on; an empty list brings the usual question back.

    It is the same whatever the script's language: its words are in all of them. Raises BadSurvey,
    also for a campaign without a call script, which could not hold it.
    """
    survey = from_json(written)
    told: Any = to_json(survey)
    with sessions.begin() as session:
        rows = session.scalars(
            select(Script)
            .where(
                Script.campaign_id == campaign_id,
                Script.channel == Channel.CALL,
                Script.purpose == RAMP,
            )
            .order_by(Script.id)
            .with_for_update()
        ).all()
        if not rows:
            raise BadSurvey("Write a script for calls first; the survey goes with it.")
        for row in rows:
            row.survey = told
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


def _scripts(session: Session, campaign_id: int) -> Sequence[Script]:
    rows = scripts_by(session, campaign_id, Channel.CALL)
    return [row for row in rows if row.purpose == RAMP]
