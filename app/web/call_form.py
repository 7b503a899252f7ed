"""The call screen's form: what a volunteer may choose, and how it becomes a record."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.disposition import LABELS, Disposition
from app.domain.follow import How, Intention
from app.services.claim import CallCard
from app.services.people import LANGUAGES
from app.services.record import BadRecord, CallRecord

D = Disposition
COMMON = (D.CANVASSED, D.NOT_HOME, D.LEFT_MESSAGE, D.ANSWERING_MACHINE, D.BUSY, D.CALL_BACK)
MORE = tuple(result for result in Disposition if result not in COMMON)
FINAL = (D.DECEASED, D.MOVED, D.DO_NOT_CALL)
"""Results that take a person off the list for good, so that we ask twice."""


@dataclass(frozen=True)
class Answers:
    """What the volunteer chose, as the form sent it, so that nothing has to be chosen twice."""

    key: str = ""
    touch_id: str = ""
    fence: str = ""
    result: str = ""
    note: str = ""
    callback_at: str = ""
    language: str = ""
    sure: str = ""
    will_vote: str = ""
    votes_at: str = ""
    how: str = ""
    with_whom: str = ""
    ride: str = ""


def read(answers: Answers, card: CallCard | None, user_id: int) -> CallRecord:
    """The record that the form describes; raises BadRecord saying what to mend."""
    result = _result(answers.result)
    if result in FINAL and not answers.sure:
        raise BadRecord(
            f"“{LABELS[result]}” takes this voter off the list for good. "
            "Tick “I am sure” to save it."
        )
    return CallRecord(
        key=_key(answers.key),
        touch_id=_whole(answers.touch_id),
        fence=_whole(answers.fence),
        user_id=user_id,
        result=result,
        note=answers.note.strip()[:2000],
        callback_at=_callback(answers.callback_at, card) if result is D.CALL_BACK else None,
        plan=_plan(answers, card) if result is D.CANVASSED else None,
        language=_language(answers.language) if result is D.OTHER_LANGUAGE else "",
    )


def _result(text: str) -> Disposition:
    try:
        return Disposition(text)
    except ValueError:
        raise BadRecord("Choose what came of the call, then save.") from None


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRecord("This form is incomplete. Load the page again.") from None


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise BadRecord("Choose the language this voter speaks.")
    return code


def _callback(text: str, card: CallCard | None) -> datetime | None:
    """The time on the voter's clock as an instant; the service judges whether it will do."""
    if card is None:
        return None
    return _there(text, card, "Say when to call back: a day and a time.")


def _plan(answers: Answers, card: CallCard | None) -> Intention | None:
    """What the voter told of their plan; None when nothing was noted, so that what they told
    before stands."""
    told = (answers.votes_at, answers.how, answers.with_whom.strip(), answers.ride)
    if card is None or not (answers.will_vote or any(told)):
        return None
    why = "Say when they will vote: a day and a time, or leave it empty."
    return Intention(
        votes_at=_there(answers.votes_at, card, why) if answers.votes_at else None,
        how=How(answers.how) if answers.how in set(How) else None,
        with_whom=" ".join(answers.with_whom.split()),
        ride=bool(answers.ride),
    )


def _there(text: str, card: CallCard, problem: str) -> datetime:
    """The instant of a time on the voter's clock; raises BadRecord with `problem`."""
    try:
        there = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(card.zone))
    except ValueError:
        raise BadRecord(problem) from None
    return there.astimezone(UTC)


def _whole(text: str) -> int:
    """The number that the page put into the form; -1, which fits nothing, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1
