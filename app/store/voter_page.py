"""All that is known of a voter and was done: a dozen indexed queries. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.domain.purpose import BY_HAND
from app.store.voters import Voter

MOST_EVENTS = 100
MOST_DOUBLES = 5
MOST_NAMESAKES = 3_000


def people(session: Session, voter_id: int) -> Sequence[Voter]:
    """The voter and all who were merged into them, the voter first; empty if there is none."""
    rows = session.scalars(
        select(Voter)
        .where((Voter.id == voter_id) | (Voter.merged_into == voter_id))
        .order_by(Voter.id != voter_id, Voter.id)
    ).all()
    return rows if rows and rows[0].id == voter_id else []


@dataclass(frozen=True)
class Origin:
    """Where a voter's row came from, and where they vote."""

    filename: str | None  # None where the run is not on record
    place: str | None  # the polling place
    place_address: str | None
    opens: time | None
    closes: time | None


def origin(session: Session, voter: Voter) -> Origin:
    """The import that wrote this row, and the polling place of its precinct."""
    row = session.execute(
        text(
            "SELECT (SELECT filename FROM import_runs WHERE kind = 'voters' "
            "        AND started_at <= :imported AND layout = :source "
            "        AND (ended_at IS NULL OR ended_at >= :imported) "
            "        ORDER BY id DESC LIMIT 1), p.place, p.address, p.opens, p.closes "
            "FROM (SELECT) AS one LEFT JOIN LATERAL ("
            "  SELECT * FROM precincts WHERE state = :state AND code = :precinct AND code <> '' "
            "  AND county IN (:county, '') ORDER BY county DESC LIMIT 1) p ON true"
        ),
        {
            "imported": voter.imported_at,
            "source": voter.source,
            "state": voter.state,
            "county": voter.county,
            "precinct": voter.precinct,
        },
    ).one()
    return Origin(*row)


@dataclass(frozen=True)
class Neighbor:
    """Somebody else of the household, or a likely double."""

    id: int
    first_name: str
    middle_name: str
    last_name: str
    suffix: str
    birth_year: int | None
    party: str
    address: str
    city: str
    source_id: str
    phone: str | None


_NEIGHBOR = ", ".join(f"v.{name}" for name in Neighbor.__dataclass_fields__)


def household(session: Session, voter: Voter, most: int = 30) -> list[Neighbor]:
    """The others of the household, the oldest first."""
    rows = session.execute(
        text(
            f"SELECT {_NEIGHBOR} FROM voters v WHERE v.household_id = :home AND v.id <> :voter "
            "AND v.merged_into IS NULL ORDER BY v.birth_year NULLS LAST, v.id LIMIT :most"
        ),
        {"home": voter.household_id, "voter": voter.id, "most": most},
    )
    return [Neighbor(*row) for row in rows]


_ALIKE = """
(v.birth_year = :born OR v.email = :email
 OR v.phone = ANY(:phones) OR v.phone2 = ANY(:phones) OR v.phone3 = ANY(:phones)
 OR (v.address <> '' AND v.address = :address AND v.city = :city))
"""

# A frequent name has more bearers than a page can wait for, so only some are compared by it; who
# shares a phone or the household is found by that.
_DOUBLES = f"""
SELECT {_NEIGHBOR} FROM voters v WHERE v.id IN (
    SELECT id FROM (SELECT * FROM voters WHERE last_key = :last AND first_key = :first
                    LIMIT {MOST_NAMESAKES}) v WHERE {_ALIKE}
    UNION SELECT id FROM voters WHERE phone = ANY(:phones) AND phone IS NOT NULL
    UNION SELECT id FROM voters WHERE household_id = :home
) AND v.last_key = :last AND v.first_key = :first AND {_ALIKE}
  AND v.id <> :voter AND v.merged_into IS NULL AND v.status <> 'confidential'
ORDER BY v.phone IS NOT DISTINCT FROM :phone DESC, v.address = :address DESC,
         v.birth_year IS NOT DISTINCT FROM :born DESC, v.id LIMIT {MOST_DOUBLES}
"""


def doubles(session: Session, voter: Voter) -> list[Neighbor]:
    """Likely doubles: the same names, and the same year of birth, phone, email or address."""
    if not voter.last_key or voter.merged_into:
        return []
    rows = session.execute(
        text(_DOUBLES),
        {
            "last": voter.last_key,
            "first": voter.first_key,
            "voter": voter.id,
            "home": voter.household_id,
            "born": voter.birth_year,
            "email": voter.email,
            "phone": voter.phone,
            "phones": [each for each in (voter.phone, voter.phone2, voter.phone3) if each],
            "address": voter.address,
            "city": voter.city,
        },
    )
    return [Neighbor(*row) for row in rows]


@dataclass(frozen=True)
class Mark:
    """What is on record of an address and a channel: a wish, a dead line, or a consent."""

    address: str
    channel: str
    what: str  # opted out | dead | consent
    why: str
    on: date


_MARKS = text("""
SELECT address, channel, 'opted out',
       CASE WHEN words = '' THEN source ELSE source || ': ' || words END, opted_out_at::date
FROM opt_outs WHERE address = ANY(:addresses)
UNION ALL
SELECT address, channel, 'dead', reason, found_at::date
FROM dead_addresses WHERE address = ANY(:addresses)
UNION ALL
SELECT address, channel, 'consent',
       CASE WHEN source = '' THEN basis ELSE basis || ', ' || source END, given_on
FROM consents WHERE address = ANY(:addresses)
ORDER BY 3 DESC, 2
""")


def marks(session: Session, addresses: Sequence[str]) -> list[Mark]:
    """Opt-outs, dead addresses and consents of these addresses, the wishes first."""
    if not addresses:
        return []
    return [Mark(*row) for row in session.execute(_MARKS, {"addresses": list(addresses)})]


@dataclass(frozen=True)
class Vote:
    """A past election, and whether the voter took part."""

    day: date
    kind: str
    name: str
    voted: bool


def votes(session: Session, sources: Sequence[str], days: Sequence[str]) -> list[Vote]:
    """The elections that the files of these sources know of, and those voted in; newest first."""
    rows = session.execute(
        text(
            "SELECT coalesce(e.day, d.day) AS day, coalesce(e.kind, ''), coalesce(e.name, ''), "
            "d.day IS NOT NULL FROM (SELECT DISTINCT ON (day) day, kind, name FROM elections "
            "WHERE source = ANY(:sources) ORDER BY day, name DESC) e "
            "FULL JOIN (SELECT DISTINCT CAST(day AS date) AS day "
            "FROM unnest(CAST(:days AS text[])) AS day) d ON d.day = e.day "
            "ORDER BY day DESC LIMIT 30"
        ),
        {"sources": list(sources), "days": list(days)},
    )
    return [Vote(*row) for row in rows]


@dataclass(frozen=True)
class BallotFact:
    """A ballot that was cast, or how far a mail ballot has come."""

    polling_day: date
    stage: str  # voted, or the stage of a mail ballot
    on: date
    note: str  # where it is from, or why it was rejected
    who: str


_BALLOTS = text("""
SELECT b.polling_day, 'voted', b.recorded_at::date, b.source, coalesce(u.name, '')
FROM ballots b LEFT JOIN users u ON u.id = b.recorded_by WHERE b.voter_id = ANY(:voters)
UNION ALL
SELECT polling_day, stage, stage_on, reason, '' FROM mail_ballots WHERE voter_id = ANY(:voters)
ORDER BY 1 DESC, 3 DESC
""")


def ballots(session: Session, voters: Sequence[int]) -> list[BallotFact]:
    """Ballots cast and mail ballots on their way, newest first."""
    return [BallotFact(*row) for row in session.execute(_BALLOTS, {"voters": list(voters)})]


_TARGETS = text("""
SELECT t.campaign_id, c.name, c.zone, c.polling_day, t.voter_id, t.arm, t.out, t.no_calls,
       t.no_texts, t.no_emails, t.calls, t.texts, t.emails, t.next_call_at, t.last_attempt_at,
       t.voted_at
FROM targets t JOIN campaigns c ON c.id = t.campaign_id WHERE t.voter_id = ANY(:voters)
ORDER BY c.polling_day DESC, c.id, t.out = 'merged', t.voter_id
""")


def targets(session: Session, voters: Sequence[int]) -> Sequence[Row[Any]]:
    """The campaigns that work on them, and why some may not."""
    return session.execute(_TARGETS, {"voters": list(voters)}).all()


@dataclass(frozen=True)
class Event:
    """One thing that was done or came back."""

    at: datetime
    what: str  # attempt | touch | reply
    channel: str
    campaign: str
    state: str  # of the attempt or the touch; the meaning of a reply
    disposition: str
    address: str
    subject: str
    body: str  # the exact words
    note: str  # a volunteer's note, or why a touch ended
    who: str
    zone: str


_EVENTS = text("""
SELECT * FROM (
    (SELECT a.attempted_at AS at, 'attempt', a.channel, c.name, a.state, a.disposition, a.address,
            a.subject, a.body, a.note, coalesce(u.name, ''), c.zone
     FROM attempts a JOIN campaigns c ON c.id = a.campaign_id LEFT JOIN users u ON u.id = a.user_id
     WHERE a.voter_id = ANY(:voters) ORDER BY a.attempted_at DESC LIMIT :most)
    UNION ALL
    (SELECT coalesce(q.settled_at, CASE WHEN q.due_at < :by_hand THEN q.due_at
                                   ELSE q.released_at END), 'touch', q.channel, c.name, q.state,
            '', q.address, '', '', q.reason, '', c.zone
     FROM touches q JOIN campaigns c ON c.id = q.campaign_id
     WHERE q.voter_id = ANY(:voters)
       AND (q.state IN ('ready', 'claimed', 'skipped', 'expired', 'canceled'))
     ORDER BY q.id DESC LIMIT :most)
    UNION ALL
    (SELECT i.received_at, 'reply', 'text', coalesce(c.name, ''), i.meaning, '', i.from_address,
            '', i.body, '', coalesce(u.name, ''), coalesce(c.zone, 'UTC')
     FROM inbound i LEFT JOIN campaigns c ON c.id = i.campaign_id
     LEFT JOIN users u ON u.id = i.handled_by
     WHERE i.from_address = ANY(:addresses) ORDER BY i.received_at DESC LIMIT :most)
) AS everything ORDER BY at DESC LIMIT :most
""")


def events(session: Session, voters: Sequence[int], addresses: Sequence[str]) -> list[Event]:
    """What was tried, what waits or ended untried, and what came back; newest first."""
    binds = {
        "voters": list(voters),
        "addresses": list(addresses),
        "most": MOST_EVENTS,
        "by_hand": BY_HAND,
    }
    return [Event(*row) for row in session.execute(_EVENTS, binds)]


def answers(session: Session, voters: Sequence[int]) -> Sequence[Row[Any]]:
    """question, answer, source and answered_on of each, the newest first."""
    return session.execute(
        text(
            "SELECT question, answer, source, answered_on FROM answers "
            "WHERE voter_id = ANY(:voters) ORDER BY answered_on DESC, question"
        ),
        {"voters": list(voters)},
    ).all()


@dataclass(frozen=True)
class LogEntry:
    """A merge, or an act or a view of an organizer."""

    at: datetime
    action: str
    who: str
    details: dict[str, Any]


def log(session: Session, voter_id: int, most: int = 20) -> list[LogEntry]:
    """Who looked at this voter and did what here, newest first."""
    rows = session.execute(
        text(
            "SELECT a.at, a.action, coalesce(u.name, ''), a.details FROM audit a "
            "LEFT JOIN users u ON u.id = a.user_id WHERE a.subject = :subject "
            "ORDER BY a.id DESC LIMIT :most"
        ),
        {"subject": f"voter:{voter_id}", "most": most},
    )
    return [LogEntry(*row) for row in rows]


def merges(session: Session, voter_id: int) -> Sequence[Row[Any]]:
    """Merges that stand, this voter kept or gone: id, kept_id, gone_id, the other's name, …"""
    return session.execute(
        text(
            "SELECT m.id, m.kept_id, m.gone_id, m.merged_at, coalesce(u.name, '') AS who, "
            "concat_ws(' ', v.first_name, v.last_name) AS name, v.source, v.source_id "
            "FROM merges m JOIN voters v "
            "  ON v.id = CASE WHEN m.kept_id = :voter THEN m.gone_id ELSE m.kept_id END "
            "LEFT JOIN users u ON u.id = m.merged_by "
            "WHERE (m.kept_id = :voter OR m.gone_id = :voter) AND m.undone_at IS NULL "
            "ORDER BY m.id DESC LIMIT 20"
        ),
        {"voter": voter_id},
    ).all()
