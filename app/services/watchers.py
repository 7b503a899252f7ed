"""Poll watchers: which precincts each stands at, and when each was last heard of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry, User, WatchedPrecinct
from app.store.precincts import Precinct
from app.store.sql import sql

MOST = 50
"""Precincts of one watcher."""


class WatcherRefused(ValueError):
    """An assignment that cannot be: a code, and what its sentence names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Spot:
    """A precinct, as the table of precincts names it."""

    state: str
    county: str
    code: str


def read(session: Session, written: str) -> list[Spot]:
    """Precincts as somebody writes them: codes, or county/code, with commas or lines between.

    A code is looked for among the precincts on file, else among the voters. Raises WatcherRefused.
    """
    found: dict[Spot, None] = {}
    for part in written.replace("\n", ",").split(","):
        words = " ".join(part.split())
        if words:
            found[_spot(session, words)] = None
    if len(found) > MOST:
        raise WatcherRefused("many", most=MOST)
    return list(found)


def _spot(session: Session, words: str) -> Spot:
    county, _, code = (part.strip() for part in words.rpartition("/"))
    for in_county, named in dict.fromkeys(((county, code), ("", words))):
        query = select(Precinct.state, Precinct.county, Precinct.code).where(Precinct.code == named)
        if in_county:
            query = query.where(Precinct.county == in_county)
        rows = session.execute(query.limit(2)).all()
        if len(rows) > 1:
            raise WatcherRefused("several", precinct=named, example=f"{rows[0].county}/{named}")
        if rows:
            return Spot(*rows[0])
    if _on_file(session, words):
        return Spot("", "", words)
    raise WatcherRefused("unknown", precinct=words)


def _on_file(session: Session, code: str) -> bool:
    """Whether no list of precincts is on file and voters have this one."""
    query = (
        "SELECT NOT EXISTS (SELECT FROM precincts) "
        "AND EXISTS (SELECT FROM voters WHERE precinct = :code)"
    )
    return bool(session.scalar(sql(query), {"code": code}))


@patiently
def assign(
    sessions: Sessions,
    user_id: int,
    campaign_id: int,
    precincts: Iterable[Spot],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Makes these the precincts that a poll watcher stands at, and no others; again it changes
    nothing. Raises WatcherRefused for somebody who is no poll watcher of the campaign."""
    spots = list(dict.fromkeys(precincts))
    with sessions.begin() as session:
        user = session.scalars(
            select(User).where(User.id == user_id).with_for_update(of=User)
        ).one_or_none()
        if user is None or user.campaign_id not in (None, campaign_id):
            raise WatcherRefused("nobody")
        if not any(role.name == "poll_watcher" for role in user.roles):
            raise WatcherRefused("no_watcher", name=user.name)
        mine = (WatchedPrecinct.user_id == user_id, WatchedPrecinct.campaign_id == campaign_id)
        had = {
            Spot(row.state, row.county, row.code)
            for row in session.scalars(select(WatchedPrecinct).where(*mine))
        }
        if had == set(spots):
            return
        session.execute(delete(WatchedPrecinct).where(*mine))
        session.add_all(
            WatchedPrecinct(
                user_id=user_id,
                campaign_id=campaign_id,
                state=spot.state,
                county=spot.county,
                code=spot.code,
            )
            for spot in spots
        )
        codes = [f"{spot.county}/{spot.code}".strip("/") for spot in spots]
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="precincts assigned",
                subject=f"user:{user_id}",
                details={"campaign": campaign_id, "precincts": codes},
            )
        )


@dataclass(frozen=True)
class Watcher:
    """A poll watcher with their precincts."""

    id: int
    name: str
    phone: str
    precincts: list[str]  # codes, as they are written
    struck: int  # since `since`
    last_at: datetime | None  # of the last strike since


_WATCHERS = """
SELECT u.id, u.name, coalesce(u.phone, ''),
       coalesce((SELECT array_agg(CASE WHEN w.county = '' THEN w.code
                                       ELSE w.county || '/' || w.code END ORDER BY w.code, w.county)
                 FROM watched_precincts w
                 WHERE w.user_id = u.id AND w.campaign_id = :campaign), '{}') AS codes,
       coalesce(said.struck, 0), said.last_at
FROM users u JOIN roles_users ru ON ru.user_id = u.id
JOIN roles r ON r.id = ru.role_id AND r.name = 'poll_watcher'
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN a.action = 'strike taken back' THEN -1
                    ELSE (a.details ->> 'n')::int END)::int AS struck,
           max(a.at) AS last_at
    FROM audit a WHERE a.user_id = u.id AND a.at >= :since AND a.details ? 'n'
      AND a.action IN ('voter struck', 'voters struck', 'strike taken back')
      AND a.details ->> 'campaign' = CAST(:campaign AS text)
) said ON TRUE
WHERE u.active AND (u.campaign_id = :campaign OR EXISTS (
    SELECT FROM watched_precincts w WHERE w.user_id = u.id AND w.campaign_id = :campaign))
ORDER BY u.name, u.id LIMIT 300
"""


def watchers(session: Session, campaign_id: int, since: datetime) -> list[Watcher]:
    """The poll watchers of a campaign, by name, with what they struck since."""
    rows = session.execute(sql(_WATCHERS), {"campaign": campaign_id, "since": since})
    return [Watcher(*row) for row in rows]


@dataclass(frozen=True)
class Watched:
    """A watched precinct, who stands there, and when it was last heard of."""

    code: str
    people: list[str]
    last_at: datetime | None
    struck: int


def by_precinct(found: Iterable[Watcher]) -> list[Watched]:
    """The watched precincts by code, each with its watchers and the last strike of any of them."""
    people: dict[str, list[Watcher]] = {}
    for watcher in found:
        for code in watcher.precincts:
            people.setdefault(code, []).append(watcher)
    return [
        Watched(
            code,
            [each.name for each in there],
            max((each.last_at for each in there if each.last_at), default=None),
            sum(each.struck for each in there if len(each.precincts) == 1),
        )
        for code, there in sorted(people.items())
    ]


def some_precincts(session: Session, most: int = 300) -> list[str]:
    """Precincts on file as they are written, to choose from."""
    rows = session.execute(
        select(Precinct.county, Precinct.code).order_by(Precinct.county, Precinct.code).limit(most)
    )
    return [f"{county}/{code}" if county else code for county, code in rows]
