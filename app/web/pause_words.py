"""What the pages of pauses say: what is paused and until when, and what is wrong with a new one."""

from app.domain.channel import Channel
from app.services.pause import LONGEST_REASON, What, Wrong
from app.web.tongue import translated as _


def named(what: What, campaign: str, sender: str = "") -> str:
    """What is paused as it is called, and as it is typed to be sure: texts, or a name."""
    if what.sender_id is not None:
        return sender
    if what.channel is None:
        return campaign
    return {Channel.CALL: _("calls"), Channel.TEXT: _("texts"), Channel.EMAIL: _("emails")}[
        what.channel
    ]


def is_paused(what: What, time: str, sender: str = "") -> str:
    """That it is paused, in a sentence."""
    if what.sender_id is not None:
        return _("“%(name)s” is paused until %(time)s.", name=sender, time=time)
    return {
        None: _("The campaign is paused until %(time)s.", time=time),
        Channel.CALL: _("Calls are paused until %(time)s.", time=time),
        Channel.TEXT: _("Texts are paused until %(time)s.", time=time),
        Channel.EMAIL: _("Emails are paused until %(time)s.", time=time),
    }[what.channel]


def goes_on(what: What, sender: str = "") -> str:
    """That its pause has ended."""
    if what.sender_id is not None:
        return _("“%(name)s” sends again.", name=sender)
    return {
        None: _("The campaign goes on."),
        Channel.CALL: _("Calls go on."),
        Channel.TEXT: _("Texts go on."),
        Channel.EMAIL: _("Emails go on."),
    }[what.channel]


def resume_button(what: What, sender: str = "") -> str:
    """What the button says that ends a pause."""
    if what.sender_id is not None:
        return _("Resume “%(name)s” now", name=sender)
    return {
        None: _("Resume the campaign now"),
        Channel.CALL: _("Resume calls now"),
        Channel.TEXT: _("Resume texts now"),
        Channel.EMAIL: _("Resume emails now"),
    }[what.channel]


def pause_button(what: What, time: str, sender: str = "") -> str:
    """What the button says that begins a pause."""
    if what.sender_id is not None:
        return _("Pause “%(name)s” until %(time)s", name=sender, time=time)
    return {
        None: _("Pause the campaign until %(time)s", time=time),
        Channel.CALL: _("Pause calls until %(time)s", time=time),
        Channel.TEXT: _("Pause texts until %(time)s", time=time),
        Channel.EMAIL: _("Pause emails until %(time)s", time=time),
    }[what.channel]


def question(what: What, time: str, sender: str = "") -> str:
    """What is asked before it holds."""
    if what.sender_id is not None:
        return _("Pause “%(name)s” until %(time)s?", name=sender, time=time)
    return {
        None: _("Pause the whole campaign until %(time)s?", time=time),
        Channel.CALL: _("Pause all calls until %(time)s?", time=time),
        Channel.TEXT: _("Pause all texts until %(time)s?", time=time),
        Channel.EMAIL: _("Pause all emails until %(time)s?", time=time),
    }[what.channel]


def wrong(problem: Wrong) -> str:
    """What is wrong, and what to do."""
    return {
        Wrong.CLOSED: _("The polls have closed; nothing goes out any more."),
        Wrong.NO_END: _("In the final week a pause must have an end. Say until when."),
        Wrong.PAST: _("This is past; choose a time to come."),
        Wrong.TOO_LATE: _(
            "By then the polls have closed, so nothing would ever go out again; choose an earlier "
            "end."
        ),
        Wrong.LONG: _("At most %(most)s characters.", most=LONGEST_REASON),
        Wrong.NO_REASON: _("This pause lies in the final week: say why."),
        Wrong.GONE: _("There is no such sender any more. Choose what to pause."),
        Wrong.DRAFT: _("This campaign is being set up, so nothing goes out that could be paused."),
    }[problem]
