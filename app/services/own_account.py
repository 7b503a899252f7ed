"""What a person settles about their own account: languages, rules of conduct, tour, pages."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from app.services.people import spoken_languages
from app.store.engine import Sessions
from app.store.people import AuditEntry, User


def change_languages(sessions: Sessions, user_id: int, languages: Iterable[str]) -> None:
    """Say which languages a volunteer speaks, for the calls to come; raises BadPerson."""
    spoken = spoken_languages(languages)
    with sessions.begin() as session:
        session.execute(update(User).where(User.id == user_id).values(languages=spoken))


def choose_tongue(sessions: Sessions, user_id: int, tongue: str) -> None:
    """Set the language of the pages for this person."""
    with sessions.begin() as session:
        session.execute(update(User).where(User.id == user_id).values(tongue=tongue))


def agree_to_conduct(sessions: Sessions, user_id: int, *, wall: datetime) -> None:
    """Note that the person has agreed to the rules of conduct; the first time counts."""
    with sessions.begin() as session:
        first = session.execute(
            update(User)
            .where(User.id == user_id, User.conduct_at.is_(None))
            .values(conduct_at=wall)
            .returning(User.id)
        ).first()
        if first is not None:
            session.add(_entry(user_id, "agreed to the rules of conduct", wall))


def end_tour(sessions: Sessions, user_id: int, *, wall: datetime) -> None:
    """Note that the tour was taken, or passed over; the last time counts."""
    with sessions.begin() as session:
        session.execute(update(User).where(User.id == user_id).values(toured_at=wall))


def _entry(user_id: int, action: str, wall: datetime) -> AuditEntry:
    return AuditEntry(at=wall, user_id=user_id, action=action, subject=f"user:{user_id}")
