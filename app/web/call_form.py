"""The call screen's form: what a volunteer may choose, and how it becomes a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.disposition import LABELS, Disposition
from app.domain.follow import How, Intention
from app.domain.language import names
from app.domain.survey import WILL_VOTE
from app.services.record import BadRecord, CallRecord

D = Disposition
COMMON = (D.NOT_HOME, D.ANSWERING_MACHINE, D.LEFT_MESSAGE, D.BUSY, D.CANVASSED, D.CALL_BACK)
"""In the order they happen: nobody, a machine, a person."""
MORE = (
    D.ALREADY_VOTED,
    D.HUNG_UP,
    D.REFUSED,
    D.OTHER_LANGUAGE,
    D.WRONG_NUMBER,
    D.DISCONNECTED,
    D.DO_NOT_CALL,
    D.MOVED,
    D.DECEASED,
)
FINAL = (D.DECEASED, D.MOVED, D.DO_NOT_CALL)
"""Results that take a person off the list for good, so that we ask twice."""
KEYS = {result: str(number) for number, result in enumerate((*COMMON, *MORE)[:9], 1)}
"""The digit that chooses a result, on a keyboard."""
ANSWER_KEYS = "qwerty"
"""Those of the answers to the question that is asked."""
ASKED = "q-"
"""How the fields of the survey's questions begin."""


@dataclass(frozen=True)
class Answers:
    """What the volunteer chose, as the form sent it, so that nothing has to be chosen twice."""

    key: str = ""
    touch_id: str = ""
    fence: str = ""
    script: str = ""  # whose words were on the screen
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
    survey: Mapping[str, str] = field(default_factory=dict)  # question → answer


FIELDS = tuple(name for name in Answers.__dataclass_fields__ if name != "survey")


def answers_in(form: Mapping[str, str]) -> Answers:
    """What the form says."""
    survey = {
        name.removeprefix(ASKED): said
        for name, said in form.items()
        if name.startswith(ASKED) and said
    }
    return Answers(**{name: form.get(name, "") for name in FIELDS}, survey=survey)


def read(answers: Answers, user_id: int, zone_of: Callable[[int], str | None]) -> CallRecord:
    """The record that the form describes; raises BadRecord saying what to mend.

    `zone_of` tells the clock of the voter of a touch; it is asked only when a time was written.
    """
    result = _result(answers.result)
    if result in FINAL and not answers.sure:
        raise BadRecord(
            f"“{LABELS[result]}” takes this voter off the list for good. "
            "Tick “I am sure” to save it.",
            "sure",
            "not_sure",
        )
    touch = _whole(answers.touch_id)
    return CallRecord(
        key=_key(answers.key),
        touch_id=touch,
        fence=_whole(answers.fence),
        user_id=user_id,
        result=result,
        note=answers.note.strip()[:2000],
        callback_at=_callback(answers, touch, zone_of) if result is D.CALL_BACK else None,
        plan=_plan(answers, touch, zone_of) if result is D.CANVASSED else None,
        language=_language(answers.language) if result is D.OTHER_LANGUAGE else "",
        answers={name: said[:40] for name, said in answers.survey.items()},
        script_id=_whole(answers.script) if answers.script else None,
    )


def _result(text: str) -> Disposition:
    try:
        return Disposition(text)
    except ValueError:
        words = "Choose what came of the call, then save."
        raise BadRecord(words, "result", "no_result") from None


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRecord("This form is incomplete. Load the page again.", "", "bad_form") from None


def _language(code: str) -> str:
    if code not in names():
        raise BadRecord("Choose the language this voter speaks.", "language", "no_language")
    return code


def _callback(answers: Answers, touch: int, zone_of: Callable[[int], str | None]) -> datetime:
    """The time on the voter's clock as an instant; the service judges whether it will do."""
    bad = BadRecord("Say when to call back: a day and a time.", "callback_at", "no_callback")
    return _there(answers.callback_at, touch, zone_of, bad)


def _plan(answers: Answers, touch: int, zone_of: Callable[[int], str | None]) -> Intention | None:
    """What the voter told of their plan; None when nothing was noted, so that what they told
    before stands. Whoever says that they will vote has pledged to."""
    told = (answers.votes_at, answers.how, answers.with_whom.strip(), answers.ride)
    pledged = answers.will_vote or answers.survey.get(WILL_VOTE) == "yes"
    if not (pledged or any(told)):
        return None
    words = "Say when they will vote: a day and a time, or leave it empty."
    bad = BadRecord(words, "votes_at", "bad_plan_time")
    return Intention(
        votes_at=_there(answers.votes_at, touch, zone_of, bad) if answers.votes_at else None,
        how=How(answers.how) if answers.how in set(How) else None,
        with_whom=" ".join(answers.with_whom.split()),
        ride=bool(answers.ride),
    )


def _there(
    text: str, touch: int, zone_of: Callable[[int], str | None], problem: BadRecord
) -> datetime:
    """The instant of a time on the voter's clock; raises `problem`."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise problem from None
    return said.replace(tzinfo=ZoneInfo(zone_of(touch) or "UTC")).astimezone(UTC)


def _whole(text: str) -> int:
    """The number that the page put into the form; -1, which fits nothing, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1
