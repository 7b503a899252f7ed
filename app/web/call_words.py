"""What the call screen says, in the language of the page: results, problems, why there is none."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import ngettext

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.follow import How
from app.services.no_call import NoCall, Why
from app.services.record import BadRecord, NotYours, Recorded
from app.services.undo import Undone
from app.store.call_history import Said
from app.store.desks import Tally
from app.web.tongue import tongue
from app.web.tongue import translated as _
from app.web.words import language, moment, number, place, zone_name

D = Disposition


def result_words() -> Mapping[Disposition, str]:
    """The results of a call, as their buttons say them."""
    return {
        D.CANVASSED: _("Talked"),
        D.ALREADY_VOTED: _("Already voted"),
        D.NOT_HOME: _("No answer"),
        D.BUSY: _("Busy"),
        D.ANSWERING_MACHINE: _("Machine"),
        D.LEFT_MESSAGE: _("Left message"),
        D.HUNG_UP: _("Hung up"),
        D.CALL_BACK: _("Call back"),
        D.OTHER_LANGUAGE: _("Other language"),
        D.WRONG_NUMBER: _("Wrong number"),
        D.DISCONNECTED: _("Disconnected"),
        D.DECEASED: _("Deceased"),
        D.MOVED: _("Moved away"),
        D.REFUSED: _("Refused"),
        D.DO_NOT_CALL: _("Do not call"),
    }


def way_words() -> Mapping[str, str]:
    """How somebody votes, by the value of `How`."""
    return {
        How.POLLS.value: _("at the polls"),
        How.EARLY.value: _("early, in person"),
        How.MAIL.value: _("by mail"),
    }


def where_words(polling_place: str, precinct: str) -> str:
    """Where the voter votes: the place, else the precinct, by its name or its number."""
    if polling_place or not precinct:
        return polling_place or _("precinct not on file")
    named = any(letter.isalpha() for letter in precinct)
    return place(precinct) if named else _("precinct %(precinct)s", precinct=precinct)


def said_words(said: Said, at: str) -> str:
    """One earlier contact and when it was."""
    if said.channel is Channel.CALL:
        results = {result.value: words for result, words in result_words().items()}
        if said.code in results:
            return _("%(result)s, %(at)s", result=results[said.code], at=at)
        return _("Answered, result not recorded, %(at)s", at=at)
    if said.code == "reply":
        return _("Replied %(at)s", at=at)
    told = {
        (Channel.TEXT, "sent"): _("Text sent %(at)s", at=at),
        (Channel.TEXT, "lost"): _("Text not delivered %(at)s", at=at),
        (Channel.TEXT, "on"): _("Text on its way %(at)s", at=at),
        (Channel.EMAIL, "sent"): _("Email sent %(at)s", at=at),
        (Channel.EMAIL, "lost"): _("Email not delivered %(at)s", at=at),
        (Channel.EMAIL, "on"): _("Email on its way %(at)s", at=at),
    }
    return told[said.channel, said.code]


def tally_words(made: Tally) -> str:
    """A volunteer's day so far, in plain numbers, each on one line with what it counts."""
    told = (
        ngettext("%(count)s call", "%(count)s calls", made.calls, count=number(made.calls)),
        ngettext(
            "%(count)s conversation",
            "%(count)s conversations",
            made.conversations,
            count=number(made.conversations),
        ),
        ngettext("%(count)s plan", "%(count)s plans", made.plans, count=number(made.plans)),
    )
    return " · ".join(words.replace(" ", "\N{NO-BREAK SPACE}") for words in told)


def saved_words(result: Disposition, done: Recorded) -> str:
    """What was saved, for the line that offers to undo it."""
    words = result_words()[result]
    if done.voted:
        return _("Saved. %(name)s has voted and is off all lists.", name=done.first_name)
    if not done.first_name:
        return _("Saved: %(result)s.", result=words)
    return _("Saved: %(result)s for %(name)s.", result=words, name=done.first_name)


def not_undone_words(undone: Undone) -> str:
    """Why what was saved stands."""
    name = undone.first_name or _("this voter")
    told = {
        "unknown": _("There is nothing of yours to take back."),
        "too_late": _("It is too late to take this back. Tell an organizer."),
        "voted": _("%(name)s has voted since. What you saved stands.", name=name),
        "called": _("%(name)s has been called again since. What you saved stands.", name=name),
        "changed": _("Something changed for %(name)s since. What you saved stands.", name=name),
        "ringing": _("You are calling the next voter already. What you saved stands."),
    }
    return told.get(undone.code, undone.message)


def problem_words(problem: BadRecord | NotYours) -> str:
    """What is to be mended in a record."""
    if isinstance(problem, NotYours):
        return _("This call is not on your list. Take the next one.")
    if problem.code == "plan_refused" and tongue() == "en":
        return str(problem)  # it names the hours
    told = {
        "no_result": _("Choose what came of the call, then save."),
        "not_sure": _("This takes the voter off the list for good. Tick “I am sure” to save it."),
        "no_callback": _("Say when to call back: a day and a time."),
        "callback_passed": _("That time to call back has passed; choose a later one."),
        "callback_closed": _(
            "At that time calls are not allowed where the voter lives; choose another time."
        ),
        "no_language": _("Choose the language this voter speaks."),
        "long_note": _("The note is over 2,000 characters; shorten it."),
        "bad_plan_time": _("Say when they will vote: a day and a time, or leave it empty."),
        "plan_refused": _(
            "They cannot vote like this at that time; choose another time or way, or leave it "
            "empty."
        ),
        "bad_form": _("This form is incomplete. Load the page again."),
    }
    return told.get(problem.code, str(problem))


def none_words(none: NoCall) -> str:
    """Why there is no call."""
    match none.why:
        case Why.NO_CAMPAIGN:
            return _("You are not in a campaign yet. Ask your organizer for an invitation.")
        case Why.PAUSED:
            return _("An organizer has paused the calls.")
        case Why.NOBODY:
            return _("This campaign has nobody to call yet. Ask your organizer.")
        case Why.CLOSED:
            return _("It is too early or too late to call voters.")
        case Why.OVER:
            return _("The polls have closed. Thank you for every call.")
        case Why.LANGUAGE:
            return _(
                "The calls that are left need somebody who speaks another language: %(languages)s.",
                languages=", ".join(language(code) for code in none.languages),
            )
        case Why.WAITING:
            return _("You have no call in hand. The next voter is waiting.")
        case Why.TRIED:
            return _("Everyone who may be called now has been tried.")
        case Why.CAPPED:
            return _("Everyone has been tried as often as one day allows.")
        case Why.TAKEN:
            return _("Others are calling whoever is left.")
        case Why.GIVEN_BACK:
            return _("You gave back many calls in a short time. Wait a little.")
    return _("Everyone who may be called has been called.")


def until_words(none: NoCall, now: datetime, zone: str) -> str:
    """Until when there is none; empty if nobody knows."""
    if none.until is None:
        return ""
    there = none.zone or zone
    at, where = moment(none.until, now, there), zone_name(there)
    match none.why:
        case Why.PAUSED:
            return _("They go on %(at)s (%(zone)s time) at the latest.", at=at, zone=where)
        case Why.CLOSED:
            return _("Calls begin %(at)s (%(zone)s time).", at=at, zone=where)
        case Why.TRIED:
            return _("The next round begins %(at)s (%(zone)s time).", at=at, zone=where)
    return _("Next calls: %(at)s (%(zone)s time).", at=at, zone=where)
