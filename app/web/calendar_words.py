"""The calendar's words: what a move meets, why an hour is shut, what stands in a cell."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.report import Cover
from app.services.calendar import Met, MoveRefused, Why
from app.web import war_words
from app.web.tongue import translated as _
from app.web.words import channel_name, clock, day, moment, number


def said(met: Met, now: datetime, zone: str) -> str:
    """What a move meets, in a sentence."""
    names = ", ".join(_("“%(name)s”", name=name) for name in met.names)
    facts = {"places": number(met.places), "all": number(met.of), "names": names}
    if met.why is Why.TOO_LATE and met.until:
        until = moment(met.until, now, zone)
        return _("The last polls close %(when)s; choose a time before that.", when=until)
    if met.why is Why.NOWHERE:
        why = war_words.cover(met.cover or Cover.CLOSED)
        return _("Nothing may go out then (%(why)s). Choose an open hour.", why=why)
    if met.why is Why.WAITS and met.until:
        why, until = war_words.cover(met.cover or Cover.CLOSED), moment(met.until, now, zone)
        return _(
            "In %(places)s of %(all)s places nothing may go out at that time (%(why)s); there it "
            "waits, the first until %(when)s.",
            places=facts["places"],
            all=facts["all"],
            why=why,
            when=until,
        )
    if met.why is Why.PAUSED and met.until:
        until = moment(met.until, now, zone)
        return _("The campaign is paused until %(when)s; it waits until then.", when=until)
    if met.why is Why.ENDED:
        return _ended(met.said)
    return {
        Why.GONE: _("It is gone: somebody removed it."),
        Why.MEANWHILE: _(
            "Somebody else moved it meanwhile. Look where it stands now, then move it."
        ),
        Why.BEGUN: _("It has begun, so it stays where it is."),
        Why.TOO_LATE: _("That has passed; choose a time to come."),
        Why.CANNOT: met.said,
        Why.STARTED: _(
            "Its start has passed in %(places)s of %(all)s places; there it goes out at once.",
            **facts,
        ),
        Why.PARTLY: _(
            "In %(places)s of %(all)s places it is not allowed then; nobody there gets it.", **facts
        ),
        Why.SAME_DAY: _("On the same day: %(names)s. Some voters may get both.", **facts),
        Why.OVERLAPS: _(
            "At the same time: %(names)s. Of two phases, the one that starts later goes first.",
            **facts,
        ),
    }[met.why]


def _ended(state: str) -> str:
    return {
        "paused": _("It is paused. Let it go on, or cancel it and copy its words into a new one."),
        "canceled": _("It is canceled."),
    }.get(state, _("It is over."))


def refused(error: MoveRefused, now: datetime, zone: str) -> str:
    """Why a move was not made."""
    words = said(error.met, now, zone)
    at = error.now_at
    if error.met.why is Why.MEANWHILE and at is not None:
        return f"{words} {_('It stands at %(when)s.', when=when(at, now, zone))}"
    return words


def when(at: datetime, now: datetime, zone: str) -> str:
    """Sun, Nov 1, 10 am: of an instant on the campaign's clock, else as it is written."""
    if at.tzinfo is not None:
        there = at.astimezone(ZoneInfo(zone))
        return f"{day(there.date())}, {clock(at, zone)}"
    return f"{day(at.date())}, {clock_of(at)}"


def clock_of(at: datetime) -> str:
    """10 am: a time of the day without a zone."""
    return clock(at.replace(tzinfo=UTC), "UTC")


def look(which: str, shut: tuple[Channel, ...]) -> str:
    """What an hour is: open, no emails (partly), closed by law …"""
    if which == "open":
        return _("open")
    if which == "partly":
        names = ", ".join(channel_name(channel) for channel in shut)
        return _("no %(channels)s", channels=names)
    return war_words.cover(Cover(which))


def state(kind: str, which: str) -> str:
    """Draft, scheduled, paused …: where a blast stands; what a phase is."""
    if kind == "phase":
        return {
            "early_vote": _("Early voting"),
            "ballot_chase": _("Ballot chase"),
            "round": _("Round"),
        }.get(which, which)
    return {
        "draft": _("draft"),
        "scheduled": _("scheduled"),
        "paused": _("paused"),
        "canceled": _("canceled"),
        "done": _("over"),
    }.get(which, which)
