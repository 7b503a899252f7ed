"""Shifts: a volunteer is booked for a block of hours, or taken off it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.language import names
from app.domain.time_of_day import in_words
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, User
from app.store.shifts import FreedShift, Shift


class ShiftRefused(ValueError):
    """A shift that cannot be; `field` is person, day, from, until, channel or languages.

    `code` and `about` say the same as the words, to whoever says it in another language.
    """

    def __init__(self, field: str, message: str, code: str = "", about: str = "") -> None:
        super().__init__(message)
        self.field, self.code, self.about = field, code, about


@dataclass(frozen=True)
class NewShift:
    """A shift as asked for, on the campaign's own clock."""

    user_id: int
    day: date
    starts: time
    ends: time
    channel: Channel = Channel.CALL
    languages: tuple[str, ...] = ()  # empty: the volunteer's own


@dataclass(frozen=True)
class Held:
    """A shift that stands, and whether this act made it."""

    id: int
    name: str
    new: bool


def add_shift(
    sessions: Sessions,
    campaign_id: int,
    asked: NewShift,
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> Held:
    """Books a volunteer; the same shift asked for twice is there once. Raises ShiftRefused."""
    try:
        return _add(sessions, campaign_id, asked, by, now, wall)
    except IntegrityError:  # a list of shifts brought the same start meanwhile: now it is seen
        return _add(sessions, campaign_id, asked, by, now, wall)


def _add(
    sessions: Sessions,
    campaign_id: int,
    asked: NewShift,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> Held:
    """The person's row is locked, so that two who book the same person see each other's shift."""
    with sessions.begin() as session:
        campaign = session.get_one(Campaign, campaign_id)
        begin, end = _instants(asked, campaign, now)
        person = person_to_book(session, campaign_id, asked.user_id)
        standing = in_the_way(session, person, begin, end)
        if standing is not None:
            if _same(standing, campaign_id, asked, begin, end):
                return Held(standing.id, person.name, new=False)
            words = _overlap(session, person, standing, campaign)
            raise ShiftRefused("from", words, "overlap", person.name)
        shift = Shift(
            campaign_id=campaign_id,
            user_id=person.id,
            channel=asked.channel,
            starts_at=begin,
            ends_at=end,
            languages=list(asked.languages),
            created_at=now,
        )
        session.add(shift)
        session.flush()
        _hold_again(session, shift)
        session.add(shift_entry(wall, by, "shift added", shift))
        return Held(shift.id, person.name, new=True)


def remove_shift(
    sessions: Sessions,
    campaign_id: int,
    shift_id: int,
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
    to_others: bool = False,
) -> Shift | None:
    """Takes a shift out and returns it as it was; None when it was gone already. With `to_others`
    its place is offered to them.

    Raises ShiftRefused for one that is over: how many came is learned from it.
    """
    with sessions.begin() as session:
        shift = session.scalar(
            select(Shift)
            .where(Shift.id == shift_id, Shift.campaign_id == campaign_id)
            .with_for_update()
        )
        if shift is None:
            return None
        if shift.ends_at <= now:
            words = "This shift is over; it stays, for what is learned from it."
            raise ShiftRefused("day", words, "over")
        session.add(shift_entry(wall, by, "shift removed", shift))
        session.delete(shift)
        if to_others:
            _free(session, shift, now)
        return shift


def _free(session: Session, shift: Shift, now: datetime) -> None:
    names = ("campaign_id", "user_id", "channel", "starts_at", "ends_at", "languages")
    facts = {name: getattr(shift, name) for name in names}
    session.add(FreedShift(shift_id=shift.id, freed_at=now, **facts))


def _hold_again(session: Session, shift: Shift) -> None:
    """Nobody else is asked for hours that whoever canceled them has taken again."""
    session.execute(
        delete(FreedShift).where(
            FreedShift.user_id == shift.user_id,
            FreedShift.starts_at < shift.ends_at,
            FreedShift.ends_at > shift.starts_at,
        )
    )


def check_hours(asked: NewShift, campaign: Campaign, now: datetime) -> None:
    """Raises ShiftRefused for hours in which nobody could be booked."""
    _instants(asked, campaign, now)


def _instants(asked: NewShift, campaign: Campaign, now: datetime) -> tuple[datetime, datetime]:
    """When it begins and ends; raises ShiftRefused for what cannot be."""
    if asked.channel is Channel.EMAIL:
        words = "Emails need nobody on a shift; choose calls or texts."
        raise ShiftRefused("channel", words, "emails")
    unknown = [code for code in asked.languages if code not in names()]
    if unknown:
        words = f"We know no language {unknown[0]!r}."
        raise ShiftRefused("languages", words, "language", unknown[0])
    if asked.ends <= asked.starts:
        raise ShiftRefused(
            "until",
            f"It would end at {in_words(asked.ends)}, before it begins at "
            f"{in_words(asked.starts)}. Book a shift over midnight as two, one for each day.",
            "ends first",
        )
    if asked.day > campaign.polling_day:
        raise ShiftRefused("day", "This is after polling day; choose an earlier day.", "after")
    zone = ZoneInfo(campaign.zone)
    begin, end = _instant(asked.day, asked.starts, zone), _instant(asked.day, asked.ends, zone)
    if begin is None or end is None or end <= begin:
        field = "from" if begin is None else "until"
        words = "The clocks change on that day and skip this hour."
        raise ShiftRefused(field, words, "skipped")
    if end <= now:
        raise ShiftRefused("day", "This is past; choose hours to come.", "past")
    return begin, end


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The instant of a time on a clock; None for one that the clock skips."""
    instant = datetime.combine(day, at, zone).astimezone(UTC)
    return instant if instant.astimezone(zone).time() == at else None


def person_to_book(session: Session, campaign_id: int, user_id: int) -> User:
    """The person, locked until the transaction ends; raises ShiftRefused for who cannot be."""
    person = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if person is None:
        raise ShiftRefused("person", "Choose whom the shift is for.", "nobody")
    if not person.active:
        words = f"The account of {person.name} is switched off."
        raise ShiftRefused("person", words, "off", person.name)
    if person.campaign_id not in (None, campaign_id):
        words = f"{person.name} belongs to another campaign."
        raise ShiftRefused("person", words, "elsewhere", person.name)
    return person


def in_the_way(session: Session, person: User, begin: datetime, end: datetime) -> Shift | None:
    """A shift of this person, in any campaign, that has time in common with [begin, end)."""
    return session.scalars(
        select(Shift)
        .where(Shift.user_id == person.id, Shift.starts_at < end, Shift.ends_at > begin)
        .order_by(Shift.starts_at)
        .limit(1)
    ).first()


def _same(shift: Shift, campaign_id: int, asked: NewShift, begin: datetime, end: datetime) -> bool:
    return (
        (shift.campaign_id, shift.channel) == (campaign_id, asked.channel)
        and (shift.starts_at, shift.ends_at) == (begin, end)
        and set(shift.languages) == set(asked.languages)
    )


def _overlap(session: Session, person: User, shift: Shift, campaign: Campaign) -> str:
    zone = ZoneInfo(campaign.zone)
    first, last = (at.astimezone(zone).time() for at in (shift.starts_at, shift.ends_at))
    elsewhere = ""
    if shift.campaign_id != campaign.id:
        elsewhere = f" for {session.get_one(Campaign, shift.campaign_id).name}"
    return (
        f"{person.name} is booked{elsewhere} from {in_words(first)} to {in_words(last)} on that "
        "day. Choose other hours, or remove that shift first."
    )


def shift_entry(wall: datetime, by: int | None, action: str, shift: Shift) -> AuditEntry:
    """The audit log's entry of an act on a shift."""
    details: dict[str, Any] = {
        "campaign": shift.campaign_id,
        "person": shift.user_id,
        "channel": shift.channel.value,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }
    return AuditEntry(
        at=wall, user_id=by, action=action, subject=f"shift:{shift.id}", details=details
    )
