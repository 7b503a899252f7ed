"""Words of the war room in the reader's language, for what the domain gives as a code."""

from app.domain.channel import Channel
from app.domain.report import Cause, Cover
from app.web.tongue import translated as _
from app.web.words import number


def cover(which: Cover) -> str:
    """Closed by law, gap: what an hour of the strip is."""
    return {
        Cover.PLANNED: _("planned"),
        Cover.PAST: _("past"),
        Cover.CLOSED: _("closed by law"),
        Cover.OWN_HOURS: _("your own hours"),
        Cover.BLACKOUT: _("blackout"),
        Cover.SILENCE: _("election silence"),
        Cover.PAUSED: _("paused"),
        Cover.NOT_BEGUN: _("not begun"),
        Cover.GAP: _("gap"),
    }[which]


def cause(which: Cause | None) -> str:
    """Why something that was wanted is not planned; empty for none."""
    if which is None:
        return ""
    return {
        Cause.NOBODY_BOOKED: _("nobody is booked"),
        Cause.FEW_BOOKED: _("too few are booked"),
        Cause.SENDER_SLOW: _("the sender is too slow"),
        Cause.SENDER_STOPPED: _("the sender has stopped"),
        Cause.NO_SENDER: _("there is no sender"),
        Cause.MONEY: _("the money is used up"),
        Cause.RESERVE: _("the rest of the money is kept for the final week"),
        Cause.NOBODY_REACHABLE: _("nobody can be reached"),
        Cause.NOBODY_LEFT: _("everybody has been tried as often as allowed"),
        Cause.HOURS: _("no hour is open"),
        Cause.SILENCE: _("election silence"),
        Cause.BLACKOUT: _("a blackout"),
        Cause.PAUSED: _("an organizer paused it"),
        Cause.DAILY_LIMIT: _("the ramp's own limit a day"),
        Cause.SENDER_DAY: _("the senders’ limit a day"),
    }[which]


def done_of(channel: Channel, done: int, planned: int) -> str:
    """412 of 420 calls done."""
    facts = {"done": number(done), "planned": number(planned)}
    if channel is Channel.CALL:
        return _("%(done)s of %(planned)s calls done", **facts)
    if channel is Channel.TEXT:
        return _("%(done)s of %(planned)s texts done", **facts)
    return _("%(done)s of %(planned)s emails done", **facts)


def to_come(channel: Channel, planned: int) -> str:
    """420 calls planned."""
    facts = {"planned": number(planned)}
    if channel is Channel.CALL:
        return _("%(planned)s calls planned", **facts)
    if channel is Channel.TEXT:
        return _("%(planned)s texts planned", **facts)
    return _("%(planned)s emails planned", **facts)


def name(channel: Channel) -> str:
    """Calls, texts, emails."""
    return {Channel.CALL: _("calls"), Channel.TEXT: _("texts"), Channel.EMAIL: _("emails")}[channel]
