"""A shift as a file for a calendar: opened again it changes the entry, or takes it off."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event, vUri

from app.services.own_shifts import Mine

RING_BEFORE = timedelta(minutes=30)


def file_of(shift: Mine, *, title: str, told: str, page: str, now: datetime, wall: datetime) -> str:
    """RFC 5545: the same UID at every time, and a SEQUENCE that grows, so that the last file that
    was opened counts. A shift that was taken off cancels its entry.

    `now` is campaign time, as the shift's; `wall` is when the file was written; `page` the address
    of the pages.
    """
    host = page.partition("://")[2].partition("/")[0].partition(":")[0]
    off = shift.booked_at is None
    event = Event()
    event.add("uid", f"shift-{shift.id}@{host}")
    event.add("sequence", _minutes(now))
    event.add("dtstamp", wall)
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("summary", title)
    event.add("description", told)
    event.add("url", vUri(page))
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    if not off:
        event.add_component(_alarm(title))
    calendar = Calendar()
    calendar.add("prodid", "-//Lastmile//Shifts//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if off else "PUBLISH")
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _minutes(now: datetime) -> int:
    """Minutes since 1970: below 2³¹ for four thousand years, and each later file has more."""
    return int(now.timestamp() // 60)


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -RING_BEFORE)
    return alarm
