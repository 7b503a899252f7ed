"""What the texts of a purpose of its own say, and whether a campaign sends any.

The purposes: texts at the close of the polls, reminders of plans, the chase of mail ballots.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.message import UnknownField, fields_of
from app.domain.purpose import CHASE, IN_LINE, REMIND_EVE, REMIND_HOUR
from app.domain.script_check import LONGEST_TEXT
from app.services.compose import OURS, NoScript, scripts_of
from app.store import in_line as stored
from app.store.engine import Sessions
from app.store.people import AuditEntry

ACTIONS = {
    IN_LINE: "texts at the close set",
    REMIND_EVE: "reminders of the evening set",
    REMIND_HOUR: "reminders of the hour set",
    CHASE: "ballot chase set",
}
"""What the audit log calls a change."""


class WordsRefused(ValueError):
    """Words that cannot go out: by language, what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems.values()))


def why_none(session: Session, campaign_id: int) -> str:
    """Why a campaign cannot send these texts at all; empty when it can."""
    try:
        scripts_of(session, campaign_id, Channel.TEXT)
    except NoScript:
        return "This campaign sends no texts, so it has none at the close either."
    if stored.rate(session, campaign_id) is None:
        return "This campaign has no text sender, so it has no texts at the close either."
    return ""


def words_of(session: Session, campaign_id: int, purpose: str = IN_LINE) -> dict[str, str]:
    """Language → what the text says now, ours where nobody wrote any."""
    try:
        found = scripts_of(session, campaign_id, Channel.TEXT, purpose)
    except NoScript:
        return _ours(purpose)
    return {language: script.body for language, script in found.items()}


def _ours(purpose: str) -> dict[str, str]:
    return {language: words.body for language, words in OURS[Channel.TEXT, purpose].items()}


def set_in_line(
    sessions: Sessions,
    campaign_id: int,
    *,
    on: bool,
    words: Mapping[str, str],
    by: int | None,
    now: datetime,
    purpose: str = IN_LINE,
) -> None:
    """Switches a purpose on or off and sets its words by language; empty words put ours back.
    Raises WordsRefused, and then nothing has changed."""
    said = {language: body.replace("\r\n", "\n").strip() for language, body in words.items()}
    problems = {language: why for language, body in said.items() if (why := _problem(body))}
    if problems:
        raise WordsRefused(problems)
    with sessions.begin() as session:
        stored.switch(session, campaign_id, on=on, purpose=purpose)
        ours = _ours(purpose)
        for language, body in said.items():
            kept = "" if body == ours.get(language, "") else body
            stored.write_words(session, campaign_id, language, kept, purpose, by=by, now=now)
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action=ACTIONS[purpose],
                subject=f"campaign:{campaign_id}",
                details={"on": on, "words": said},
            )
        )


def _problem(body: str) -> str:
    try:
        named = fields_of(body)
    except UnknownField as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    if "volunteer" in named:
        return "Nobody calls here: {volunteer} can stand in a call script only."
    if len(body) > LONGEST_TEXT:
        return f"A text has at most {LONGEST_TEXT:,} characters; shorten it."
    return ""
