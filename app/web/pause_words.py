"""What the pages of pauses say: what is paused and until when, and what is wrong with a new one."""

from app.domain.channel import Channel
from app.services.pause import LONGEST_REASON, What, Wrong
from app.web.tongue import translated as _


def _of(what: What, sender: str, campaign: str, calls: str, texts: str, emails: str) -> str:
    """The one of these words that is about what is paused."""
    if what.sender_id is not None:
        return sender
    channels = {Channel.CALL: calls, Channel.TEXT: texts, Channel.EMAIL: emails}
    return campaign if what.channel is None else channels[what.channel]


def named(what: What, campaign: str, sender: str = "") -> str:
    """What is paused as it is called, and as it is typed to be sure: texts, or a name."""
    return _of(what, sender, campaign, _("calls"), _("texts"), _("emails"))


def is_paused(what: What, time: str, sender: str = "") -> str:
    """That it is paused, in a sentence."""
    return _of(
        what,
        _("“%(name)s” is paused until %(time)s.", name=sender, time=time),
        _("The campaign is paused until %(time)s.", time=time),
        _("Calls are paused until %(time)s.", time=time),
        _("Texts are paused until %(time)s.", time=time),
        _("Emails are paused until %(time)s.", time=time),
    )


def goes_on(what: What, sender: str = "") -> str:
    """That its pause has ended."""
    return _of(
        what,
        _("“%(name)s” sends again.", name=sender),
        _("The campaign goes on."),
        _("Calls go on."),
        _("Texts go on."),
        _("Emails go on."),
    )


def resume_button(what: What, sender: str = "") -> str:
    """What the button says that ends a pause."""
    return _of(
        what,
        _("Resume “%(name)s” now", name=sender),
        _("Resume the campaign now"),
        _("Resume calls now"),
        _("Resume texts now"),
        _("Resume emails now"),
    )


def pause_button(what: What, time: str, sender: str = "") -> str:
    """What the button says that begins a pause."""
    return _of(
        what,
        _("Pause “%(name)s” until %(time)s", name=sender, time=time),
        _("Pause the campaign until %(time)s", time=time),
        _("Pause calls until %(time)s", time=time),
        _("Pause texts until %(time)s", time=time),
        _("Pause emails until %(time)s", time=time),
    )


def question(what: What, time: str, sender: str = "") -> str:
    """What is asked before it holds."""
    return _of(
        what,
        _("Pause “%(name)s” until %(time)s?", name=sender, time=time),
        _("Pause the whole campaign until %(time)s?", time=time),
        _("Pause all calls until %(time)s?", time=time),
        _("Pause all texts until %(time)s?", time=time),
        _("Pause all emails until %(time)s?", time=time),
    )


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
