"""Scripts in words: what each is for, what is wrong with one, whom the preview shows."""

from app.domain.channel import Channel
from app.domain.message import FIELDS
from app.domain.purpose import CALLBACK, CHASE, FALLOVER, IN_LINE, RAMP, REMIND_EVE, REMIND_HOUR
from app.domain.script_check import Problem, fallback_for
from app.domain.survey import Survey, WayCode, WayFault, said_in
from app.web.tongue import InTongue, marked, tongue
from app.web.tongue import translated as _

PURPOSES = InTongue(
    {
        RAMP: (marked("The ramp"), marked("What most voters get, as the plan spreads it.")),
        FALLOVER: (
            marked("Instead of another channel"),
            marked("When the channel of the plan has nobody left and this one takes over."),
        ),
        CALLBACK: (
            marked("Call back"),
            marked("When a voter asked to be called again at a time of their own."),
        ),
        IN_LINE: (
            marked("Stay in line"),
            marked("In the last hour before the polls close: whoever stands in line may vote."),
        ),
        REMIND_EVE: (
            marked("The evening before"),
            marked("The evening before the time at which a voter means to vote."),
        ),
        REMIND_HOUR: (marked("An hour before"), marked("An hour before that time.")),
        CHASE: (
            marked("Mail ballot not back"),
            marked("When a mail ballot is out and has not come back."),
        ),
    }
)
"""By purpose: its name, and when it goes out."""

FIELD_NAMES = InTongue(
    {
        "first_name": marked("First name"),
        "candidate": marked("Candidate"),
        "organization": marked("Who pays"),
        "polling_place": marked("Polling place"),
        "polls_close": marked("Polls close"),
        "polling_day": marked("Polling day"),
        "vote_time": marked("Time they mean to vote"),
        "volunteer": marked("Volunteer’s name"),
    }
)

KINDS = InTongue(
    {
        "typical": marked("A typical voter"),
        "longest": marked("The longest first name"),
        "missing": marked("No polling place on file"),
        "language": marked("Another language"),
        "made_up": marked("Made up: no voter looked at gets these words"),
    }
)

ASKED = InTongue(
    {
        "who_pays": (
            marked("It says who pays."),
            marked("It does not say who pays; several states want “Paid for by …” in the first."),
        ),
        "opt_out": (
            marked("It says how to opt out."),
            marked("It does not say how to opt out; carriers want it in the first text."),
        ),
        "who_calls": (
            marked("It says who calls."),
            marked("It does not say who calls; the voter wants to know first."),
        ),
    }
)
"""What is asked of words: said of those that have it, and of those that do not."""

STANDS = InTongue(
    {
        "own": marked("your words"),
        "ours": marked("our words, until you write your own"),
        "ramp": marked("the words of the ramp"),
        "english": marked("the English words"),
        "none": marked("nothing yet"),
    }
)


def field_tags(channel: Channel, language: str) -> list[tuple[str, str]]:
    """What a tap inserts, and its name; with a fallback where the field may be empty."""
    tags = []
    for name in FIELDS:
        if name == "volunteer" and channel is not Channel.CALL:
            continue
        fallback = fallback_for(name, language)
        tags.append((f"{{{name}|{fallback}}}" if fallback else f"{{{name}}}", FIELD_NAMES[name]))
    return tags


def problem(found: Problem, words: str = "") -> str:
    """What is wrong, and what to do; `words` are those of a survey that cannot be read."""
    name = f"{{{found.name}}}"
    if found.code == "unknown":
        return _("%(field)s is no field. Tap one of the fields to insert it.", field=name)
    if found.code == "fallback":
        return _(
            "%(field)s: write 1 to 80 characters after the bar, for whom nothing is known.",
            field=name,
        )
    if found.code == "too_long":
        return _("At most %(most)s characters; shorten it.", most=f"{found.most:,}")
    if found.code == "survey":
        return words
    return _PLAIN[found.code]


_PLAIN = InTongue(
    {
        "brace": marked("A brace stands alone; a field has one on each side, as {first_name}."),
        "volunteer": marked("Nobody calls here: {volunteer} can stand in a call script only."),
        "no_subject": marked("An email needs a subject."),
        "empty": marked("Write the words."),
        "bad_sign": marked("There is a sign in it that cannot be stored; write it anew."),
    }
)


def way(fault: WayFault, survey: Survey) -> str:
    """What is wrong with the ways through a survey, by the words of its questions."""
    question = _short(survey, fault.question)
    if fault.code is WayCode.LOOP:
        path = " → ".join(_short(survey, key) for key in fault.path)
        return _("The questions go round in a circle: %(path)s.", path=path)
    if fault.code is WayCode.LOST:
        return _(
            "No answer leads to “%(question)s”; lead one there or remove it.", question=question
        )
    return _(
        "An answer to “%(question)s” leads to a question that is not there; choose another.",
        question=question,
    )


def _short(survey: Survey, key: str) -> str:
    question = survey.question(key)
    words = said_in(question.words, tongue()) if question is not None else key
    return words if len(words) < 40 else f"{words[:38].rstrip()}…"
