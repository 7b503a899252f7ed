"""The demo's people: an organizer and a volunteer, who come in by links."""

from datetime import datetime

from app.services.people import NewPerson, add_person
from app.store.engine import Sessions

PEOPLE = (
    ("olive@demo.example", "Olive Okafor", "organizer"),
    ("victor@demo.example", "Victor Lam", "volunteer"),
)


def add_demo_people(sessions: Sessions, campaign_id: int, *, wall: datetime) -> None:
    """Makes the demo's two accounts."""
    for email, name, role in PEOPLE:
        add_person(sessions, NewPerson(email, name, role, campaign_id), wall=wall)
