"""The demo's people: an organizer, a volunteer who comes in by a link, and callers on shifts."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from app.domain.channel import Channel
from app.services.people import NewPerson, add_person
from app.services.shifts import NewShift, add_shift
from app.store.engine import Sessions

PEOPLE = (
    ("olive@demo.example", "Olive Okafor", "organizer"),
    ("victor@demo.example", "Victor Lam", "volunteer"),
)
CALLERS = (
    "Amara Diallo",
    "Ben Whitaker",
    "Carmen Ortiz-Villanueva",
    "Dev Patel",
    "Eun-ji Park",
    "Frank Kowalski",
    "Grace Adeyemi",
    "Hal Jensen",
    "Ines Fontaine",
    "Jamal Brooks",
)
LATE, EARLY, NOON = (time(17), time(20)), (time(9), time(12)), (time(12), time(15))


def add_demo_people(
    sessions: Sessions, campaign_id: int, polling_day: date, *, now: datetime, wall: datetime
) -> None:
    """Makes the demo's accounts, and books its callers for the week; polling day stays short of
    some, so that the plan has something to advise."""
    for email, name, role in PEOPLE:
        add_person(sessions, NewPerson(email, name, role, campaign_id, agreed_at=wall), wall=wall)
    callers = [
        NewPerson(_email(name), name, "volunteer", campaign_id, agreed_at=wall) for name in CALLERS
    ]
    people = [add_person(sessions, caller, wall=wall) for caller in callers]
    for user_id, day, (starts, ends) in _shifts(people, polling_day):
        shift = NewShift(user_id, day, starts, ends, Channel.CALL, ())
        add_shift(sessions, campaign_id, shift, by=None, now=now, wall=wall)


def _email(name: str) -> str:
    return f"{name.split()[0].lower()}@demo.example"


def _shifts(people: list[int], polling_day: date) -> Iterator[tuple[int, date, tuple[time, time]]]:
    """More of them each evening, all day on the weekend and on polling day, few at noon."""
    for ahead in range(7):
        day = polling_day - timedelta(days=ahead)
        evening = people[: max(len(people) - ahead, 4)]
        yield from ((one, day, LATE) for one in evening)
        if ahead == 0 or day.weekday() >= 5:
            yield from ((one, day, EARLY) for one in people[:6])
            yield from ((one, day, NOON) for one in people[6:8])
