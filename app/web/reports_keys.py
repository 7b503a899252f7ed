"""What the keys of a report's lines mean, in words: hours, precincts, people, scripts, senders."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.purpose import CHASE, IN_LINE, REMIND_EVE, REMIND_HOUR
from app.store import reports as stored
from app.store.campaigns import Campaign
from app.web.tongue import translated as _
from app.web.words import clock, language, place

Named = Callable[[str], str]


def named(session: Session, campaign: Campaign, part: str, keys: Sequence[str]) -> Named:
    """A function from the keys of a part to words; it has asked for all of them at once."""
    ids = [int(key) for key in keys if key.isdecimal()]
    if part == "hour":
        return lambda key: hour_words(int(key), campaign.zone)
    if part == "precinct":
        return precinct_words
    if part == "user":
        people = stored.users(session, ids)
        return lambda key: people.get(int(key)) or _("An account that is gone")
    if part == "universe":
        universes = stored.universes(session, ids)
        return lambda key: universes.get(int(key)) or _("A universe that is deleted")
    if part == "sender":
        senders = stored.senders(session, campaign.id)
        return lambda key: _sender(senders, key)
    if part == "script":
        return _scripts(session, campaign)
    return lambda key: key


def hour_words(hour: int, zone: str) -> str:
    """8 am, noon, 3 pm; on whatever day."""
    at = datetime.combine(date(2026, 1, 5), time(hour), ZoneInfo(zone))
    return clock(at, zone)


def precinct_words(key: str) -> str:
    """Lincoln School · Wake NC; the file may know neither."""
    state, county, code = [*key.split("\t"), "", ""][:3]
    where = " ".join(part for part in (place(county), state) if part)
    if not code:
        return (
            _("No precinct on file, %(where)s", where=where) if where else _("No precinct on file")
        )
    return f"{place(code)} · {where}" if where else place(code)


def _sender(senders: dict[int, str], key: str) -> str:
    if not key:
        return _("No sender noted")
    return senders.get(int(key)) or _("A sender that is gone")


def _scripts(session: Session, campaign: Campaign) -> Named:
    scripts = stored.scripts(session, campaign.id)
    blasts = stored.blasts(session, campaign.id)

    def name(key: str) -> str:
        kind, _colon, number = key.partition(":")
        if kind == "blast":
            known = blasts.get(int(number))
            return _("Blast “%(name)s”", name=known) if known else _("A blast that is gone")
        if kind == "written":
            return _("Written by hand in a conversation")
        if kind == "script" and number:
            known_script = scripts.get(int(number))
            return _script(*known_script) if known_script else _("A script that is gone")
        return _("Before versions were kept")

    return name


def _script(channel: Channel, purpose: str, tongue: str, version: int) -> str:
    said = {
        IN_LINE: _("Text at the close"),
        REMIND_EVE: _("Reminder of the evening before"),
        REMIND_HOUR: _("Reminder of the hour before"),
        CHASE: _("Ballot chase"),
    }
    plain = {Channel.CALL: _("Call script"), Channel.TEXT: _("Text"), Channel.EMAIL: _("Email")}
    return _(
        "%(what)s, %(language)s, version %(version)s",
        what=said.get(purpose) or plain[channel],
        language=language(tongue),
        version=version,
    )
