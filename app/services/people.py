"""Accounts: made by a list, a command or an invitation. They live in machine time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.domain.channel import Channel
from app.domain.language import names
from app.domain.sign_in import Login
from app.store.campaigns import Campaign
from app.store.people import ROLES, Role, User

Sessions = sessionmaker[Session]

LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "zh": "Chinese",
    "vi": "Vietnamese",
    "tl": "Tagalog",
    "ko": "Korean",
    "ar": "Arabic",
    "fr": "French",
    "ht": "Haitian Creole",
    "pt": "Portuguese",
    "ru": "Russian",
    "hi": "Hindi",
    "so": "Somali",
}
"""The languages that most voters need, by ISO code, the commonest first: those that pages show at
once. Any other of domain.language may be spoken, too."""


BY_PHONE = frozenset({"volunteer", "team_lead", "poll_watcher"})
"""Roles whose accounts a code to a phone opens."""


class BadPerson(Exception):
    """An account cannot be made like this; `field` is address, email, name, role, campaign,
    languages or conduct. `code` and `about` say the same to whoever says it in another language.
    """

    def __init__(self, field: str, message: str, code: str = "", about: str = "") -> None:
        super().__init__(message)
        self.field, self.code, self.about = field, code, about
        self.others: tuple[BadPerson, ...] = ()  # what else is wrong with the same form


@dataclass(frozen=True)
class NewPerson:
    """An account to be made; without a password the person comes in by links and codes."""

    email: str  # or empty, and then there is a phone
    name: str
    role: str = "volunteer"
    campaign_id: int | None = None
    password_hash: str | None = None
    languages: tuple[str, ...] = ("en",)
    phone: str | None = None  # E.164
    agreed_at: datetime | None = None  # to the rules of conduct
    tongue: str = ""  # of the pages; empty: the browser's


def add_person(sessions: Sessions, person: NewPerson, *, wall: datetime) -> int:
    """Make the account and return its id; raises BadPerson."""
    try:
        with sessions.begin() as session:
            return int(add_in(session, person, wall).id)
    except IntegrityError as error:
        raise taken(person.email) from error


def find_person(session: Session, login: str) -> User | None:
    """The account of an email address, or of a phone in E.164 that comes with no email; or None."""
    known = login.strip().lower()
    if "@" in known:
        return session.scalar(select(User).where(User.email == known))
    mine = select(User).where(User.phone == known, User.email.is_(None))
    return session.scalars(mine.order_by(User.id).limit(1)).first()


def whom(session: Session, login: Login) -> User | None:
    """Whose code goes to this address: an account that is on, or None.

    A phone opens the accounts of volunteers, team leads and poll watchers only. Whoever may import
    a list can write any phone to an account that has none, so an organizer's must not open theirs.
    Of several that share a phone it is the one that was made with it, else the oldest.
    """
    if login.channel is Channel.EMAIL:
        found = session.scalar(select(User).where(User.email == login.address))
        return found if found is not None and found.active else None
    shared = session.scalars(
        select(User)
        .where(User.phone == login.address, User.active)
        .order_by(User.email.is_not(None), User.id)
    )
    return next((one for one in shared if _only_calls(one)), None)


def add_in(session: Session, person: NewPerson, wall: datetime) -> User:
    """Make the account in a transaction that goes on; raises BadPerson or IntegrityError."""
    if person.role not in ROLES:
        raise BadPerson("role", f"There is no role {person.role}; use {', '.join(ROLES)}.")
    if person.campaign_id is not None and session.get(Campaign, person.campaign_id) is None:
        raise BadPerson("campaign", f"There is no campaign {person.campaign_id}.")
    name = " ".join(person.name.split())
    if not name:
        raise BadPerson("name", "Write a name, so that others know who this is.", "no name")
    user = User(
        email=None if person.phone and not person.email else _email(person.email),
        phone=person.phone,
        name=name[:200],
        password=person.password_hash,
        active=True,
        fs_uniquifier=uuid4().hex,
        languages=spoken_languages(person.languages),
        campaign_id=person.campaign_id,
        created_at=wall,
        conduct_at=person.agreed_at,
        tongue=person.tongue,
        roles=[_role(session, person.role)],
    )
    if user.email is None:
        _claim_phone(session, person.phone or "")
    session.add(user)
    session.flush()
    return user


def spoken_languages(codes: Iterable[str]) -> list[str]:
    """The languages as they are stored; raises BadPerson for none and for one we do not know."""
    chosen = list(dict.fromkeys(code for code in codes if code))
    unknown = [code for code in chosen if code not in names()]
    if unknown:
        words = f"We know no language {unknown[0]}; use {_listed()}."
        raise BadPerson("languages", words, "strange language", unknown[0])
    if not chosen:
        words = "Tick the languages you can talk with voters in."
        raise BadPerson("languages", words, "no language")
    return chosen


def taken(address: str) -> BadPerson:
    """Why no second account can be made for an address."""
    shown = address.strip()
    return BadPerson(
        "address" if "@" not in shown else "email",
        f"{shown} has an account already. Sign in with it, or ask your organizer for a "
        "sign-in link.",
        "taken",
        shown,
    )


def _claim_phone(session: Session, phone: str) -> None:
    """Two who join with one phone at once take turns, and the second is told; see `taken`.

    Lists may hold a phone several times, for a couple that shares one, so no index forbids it.
    """
    key = {"key": f"phone:{phone}"}
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    if session.scalar(select(User.id).where(User.phone == phone).limit(1)) is not None:
        raise taken(phone)


def _only_calls(user: User) -> bool:
    return all(role.name in BY_PHONE for role in user.roles)


def _listed() -> str:
    return ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())


def _email(raw: str) -> str:
    shown = raw.strip()
    try:
        address = validate_email(shown, check_deliverability=False).normalized
    except EmailNotValidError as error:
        words = f"“{shown}” is no email address: {error}"
        raise BadPerson("email", words, "no address", shown) from error
    return address.lower()


def _role(session: Session, name: str) -> Role:
    words = {"name": name, "description": str(ROLES[name])}
    session.execute(insert(Role).values(**words).on_conflict_do_nothing())
    return session.scalars(select(Role).where(Role.name == name)).one()
