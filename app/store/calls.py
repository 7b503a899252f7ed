"""Calls as volunteers have them: the claim, the locks, the card, the news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.domain.bar import Reachable
from app.domain.channel import Channel
from app.domain.purpose import PROMISED
from app.domain.touch import TouchState
from app.store.call_history import HISTORY, HOUSEHOLD
from app.store.call_log import MANY_GIVEN_BACK, NUMBER_SHOWN, WAS_SHOWN
from app.store.facts import a_day_before, facts_sql, reachable
from app.store.frames import Frame, frame_and
from app.store.means import SCRIPTS, know_scripts
from app.store.precincts import POLLING_PLACE
from app.store.sql import sql


@dataclass(frozen=True)
class Among:
    """Of the calls that are ready, those that somebody may claim; nothing said: all."""

    promised: bool = False  # only callbacks and reminders
    places: Sequence[str] | None = None  # only at these
    phase: int | None = None  # only its people
    tongues: Sequence[str] | None = None  # only whose language on file it is, or what is promised

    @property
    def sql(self) -> str:
        """The conditions on touches q and targets t."""
        kept = f"q.purpose IN ({', '.join(map(repr, sorted(PROMISED)))})"
        promised = f"AND {kept}" if self.promised else ""
        places = "AND t.place = ANY(:places)" if self.places is not None else ""
        phase = "AND t.phase_id = :phase" if self.phase is not None else ""
        tongues = f"AND (v.language = ANY(:tongues) OR {kept})" if self.tongues is not None else ""
        return f"{promised} {places} {phase} {tongues}"


@dataclass(frozen=True)
class Housed:
    """A target of a household, as far as a call changes it."""

    voter_id: int
    calls: int
    out: str
    no_calls: str
    language: str
    next_call_at: datetime | None
    last_attempt_at: datetime | None
    voted_at: datetime | None


def lock_household(session: Session, touch_id: int) -> list[Housed]:
    """Locks the targets of a call's household, by id, and then the call; returns the targets."""
    binds = {"id": touch_id}
    rows = lock_targets(session, touch_id)
    session.execute(sql("SELECT FROM touches WHERE id = :id FOR UPDATE"), binds)
    return rows


def lock_targets(session: Session, touch_id: int) -> list[Housed]:
    """Locks the targets of a call's household, by id. The call is to be locked next."""
    rows = session.execute(
        sql(
            "SELECT t.voter_id, t.calls, t.out, t.no_calls, t.language, t.next_call_at, "
            "t.last_attempt_at, t.voted_at "
            "FROM targets t JOIN touches q USING (campaign_id, household_id) "
            "WHERE q.id = :id ORDER BY t.campaign_id, t.voter_id FOR UPDATE OF t"
        ),
        {"id": touch_id},
    )
    return [Housed(*row) for row in rows]


_HELD = """
SELECT q.id FROM touches q JOIN targets t USING (campaign_id, voter_id)
WHERE q.channel = 'call' AND q.state IN ('claimed', 'attempting')
  AND q.claimed_by = :by AND q.lease_until > :wall
  AND (q.state = 'claimed' OR t.voted_at IS NULL) {here}
ORDER BY q.lease_until DESC, q.id LIMIT 1
"""


def held_touch(session: Session, user_id: int, wall: datetime) -> int | None:
    """The touch that a volunteer holds at machine time `wall`, or is calling through the carrier.

    A strike ends what is held; a call that is on it lets go, so that the next can be taken.
    """
    binds = {"by": f"user:{user_id}", "wall": wall}
    row = session.execute(sql(_HELD.format(here="")), binds).first()
    return int(row[0]) if row else None


def lock_claimed(session: Session, touch_id: int, user_id: int) -> bool:
    """Locks a call that this volunteer has claimed; False when they hold it no more, or a phone
    rings for it."""
    query = sql(
        "SELECT FROM touches WHERE id = :id AND claimed_by = :by AND state = 'claimed' FOR UPDATE"
    )
    held = session.execute(query, {"id": touch_id, "by": f"user:{user_id}"})
    return held.first() is not None


@dataclass(frozen=True)
class Caller:
    """Who asks for the next call: their languages, and since when they gave many calls back."""

    languages: list[str]
    many_given_back: datetime | None


class Turn(StrEnum):
    """Two requests of one volunteer at once take turns until they are through, so that they get
    the same call: by waiting, or by passing over whoever would have to wait."""

    WAIT = "pg_advisory_xact_lock(hashtextextended('calls:' || one.id, 0))::text = ''"
    NOW = "pg_try_advisory_xact_lock(hashtextextended('calls:' || one.id, 0))"


_CALLERS = f"""
(SELECT json_agg(json_build_array(one.id, {{turn}}, coalesce(u.languages, '{{{{}}}}'),
                                  {MANY_GIVEN_BACK.format(user="one.id")}))
 FROM unnest(CAST(:users AS bigint[])) AS one (id) LEFT JOIN users u USING (id))
"""


def come_for_calls(
    session: Session,
    campaign_id: int,
    users: Sequence[int],
    since: datetime,
    many: int,
    turn: Turn,
) -> tuple[Frame, dict[int, Caller]]:
    """The campaign, and who of the users, whose turn it is, asks for a call of it, with the time
    since when each gave back `many` calls or more after `since`. The campaign's scripts come along,
    so that it is one query."""
    binds = {"users": list(users), "since": since, "many": many}
    more = f"{_CALLERS.format(turn=turn)}, {SCRIPTS}"
    frame, (callers, scripts) = frame_and(session, campaign_id, more, **binds)
    know_scripts(session, campaign_id, scripts)
    return frame, {user: _caller(*rest) for user, has_turn, *rest in callers if has_turn}


def _caller(languages: list[str], many_given_back: str | None) -> Caller:
    return Caller(languages, datetime.fromisoformat(many_given_back) if many_given_back else None)


def place_of_call(session: Session, touch_id: int, user_id: int) -> tuple[str, str] | None:
    """Where the voter of a call is, as `Place.key` writes it, and the zone of the campaign; None
    for whoever was never given the call."""
    row = session.execute(
        sql(
            "SELECT t.place, c.zone FROM touches q JOIN targets t USING (campaign_id, voter_id) "
            "JOIN campaigns c ON c.id = q.campaign_id "
            f"WHERE q.id = :id AND q.channel = 'call' AND {WAS_SHOWN}"
        ),
        {"id": touch_id, "subject": f"touch:{touch_id}", "user": user_id},
    ).first()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class Card:
    """One call with its voter, as stored."""

    touch_id: int
    fence: int
    campaign_id: int
    voter_id: int
    household_id: int
    state: TouchState
    claimed_by: str
    lease_until: datetime
    first_name: str
    last_name: str
    suffix: str
    birth_year: int | None
    language: str
    phone: str
    address: str
    city: str
    precinct: str
    place: str
    voted: bool  # a ballot is recorded
    volunteer: str
    polling_place: str  # with its address; empty where no list of precincts says
    purpose: str  # whose words are said
    tries: int
    number_shown: bool  # to whoever has it now
    plan: dict[str, Any] | None  # votes_at, how, with_whom, ride: what the voter told of their plan
    said_as: str  # how the name is said, where the file tells
    speaks: list[str]  # whoever has it now
    answers: list[list[str]]  # question, answer, day: what they answered before, newest first
    household: Sequence[tuple[str, int | None]] = ()  # first name, year of birth; of a whole card
    history: Sequence[Sequence[str]] = ()  # see store.call_history; of a whole card

    @property
    def plan_at(self) -> datetime | None:
        """When the voter means to vote, if they said."""
        told = (self.plan or {}).get("votes_at")
        return datetime.fromisoformat(told) if told else None


_CARD = f"""
SELECT q.id, q.fence, q.campaign_id, q.voter_id, q.household_id, q.state, q.claimed_by,
       coalesce(q.lease_until, q.released_at), v.first_name, v.last_name, v.suffix, v.birth_year,
       v.language, q.address, v.address, v.city, v.precinct, t.place, t.voted_at IS NOT NULL,
       coalesce(u.name, ''),
       {POLLING_PLACE}, q.purpose, q.tries,
       EXISTS (SELECT FROM audit s WHERE s.subject = 'touch:' || q.id
               AND 'user:' || s.user_id = q.claimed_by AND s.action = '{NUMBER_SHOWN}'),
       (SELECT json_build_object('votes_at', votes_at, 'how', how, 'with_whom', with_whom,
                                 'ride', ride)
        FROM voting_plans p WHERE p.campaign_id = q.campaign_id AND p.voter_id = q.voter_id),
       coalesce(v.extra ->> 'pronunciation', ''),
       coalesce(u.languages, '{{}}'),
       coalesce((SELECT json_agg(json_build_array(question, answer, answered_on))
                 FROM (SELECT * FROM answers a WHERE a.voter_id = q.voter_id
                       ORDER BY answered_on DESC, question LIMIT 6) told), '[]')
"""
_ITS_VOTER = """
JOIN voters v ON v.id = q.voter_id
JOIN targets t USING (campaign_id, voter_id)
LEFT JOIN users u ON u.id = CAST(substring(q.claimed_by FROM '^user:([0-9]+)$') AS bigint)
"""
_WHOLE_CARD = f"{_CARD}, {HOUSEHOLD}, {HISTORY}"
_ONE = f"FROM touches q {_ITS_VOTER} WHERE q.id = :touch AND q.channel = 'call'"


def card_of(session: Session, touch_id: int, *, lock: bool = False) -> Card | None:
    """One call by its touch, whatever its state; with `lock` the touch is locked."""
    query = f"{_CARD} {_ONE} FOR UPDATE OF q" if lock else f"{_CARD} {_ONE}"
    row = session.execute(sql(query), {"touch": touch_id}).first()
    return _card(row) if row is not None else None


def whole_card_of(session: Session, touch_id: int) -> Card | None:
    """The same with the household and what was said before."""
    row = session.execute(sql(f"{_WHOLE_CARD} {_ONE}"), {"touch": touch_id}).first()
    return _card(row) if row is not None else None


def _card(row: Sequence[Any]) -> Card:
    values = dict(zip(Card.__dataclass_fields__, row, strict=False))
    return Card(**{**values, "state": TouchState(values["state"])})


_HELD_HERE = _HELD.format(here="AND q.campaign_id = :campaign AND :first")
_CLAIM = f"""
WITH held AS MATERIALIZED ({_HELD_HERE}), next AS (
    SELECT q.id FROM touches q
    JOIN targets t USING (campaign_id, voter_id) {{voters}}
    WHERE q.campaign_id = :campaign AND q.channel = 'call' AND q.state = 'ready'
      AND q.due_at <= :now AND q.expires_at > :now {{among}}
      AND (t.language = '' OR t.language = ANY(:languages))
      AND NOT EXISTS (SELECT FROM held)
    ORDER BY (q.purpose = 'callback') DESC, q.value DESC, q.id
    LIMIT 1 FOR UPDATE OF q, t SKIP LOCKED
), taken AS (
    UPDATE touches SET state = 'claimed', claimed_by = :by, lease_until = :lease, fence = fence + 1
    FROM next WHERE touches.id = next.id
    RETURNING touches.*, true AS fresh
), given AS (
    SELECT * FROM taken UNION ALL
    SELECT touches.*, false FROM touches JOIN held USING (id)
)
"""


_VOTERS = "JOIN voters v ON v.id = q.voter_id"
_FACTS = facts_sql(Channel.CALL)
_CLAIMED = f"{_WHOLE_CARD}, q.fresh, {_FACTS.columns} FROM given q {_ITS_VOTER} {_FACTS.join}"


@dataclass(frozen=True)
class Claimed:
    """A call that somebody has now, whole, and what the bar asks of its voter."""

    card: Card
    fresh: bool  # claimed just now; else they held it before
    facts: Reachable


def claim_calls(
    session: Session,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime | None,
    lease_until: datetime,
    among: Among,
    languages: Sequence[str],
) -> Claimed | None:
    """Claims the best call that is due; None when there is none. `languages` are those that the
    volunteer speaks. Whoever holds a call of the campaign at machine time `wall` is given that one;
    without a `wall` it does not matter what they hold.

    Promised callbacks first; rows that another volunteer is taking are passed over.
    """
    query = _CLAIM.format(among=among.sql, voters="" if among.tongues is None else _VOTERS)
    row = session.execute(
        sql(query + _CLAIMED),
        {
            "places": list(among.places or ()),
            "phase": among.phase,
            "tongues": list(among.tongues or ()),
            "languages": list(languages),
            "campaign": campaign_id,
            "by": f"user:{user_id}",
            "now": now,
            "first": wall is not None,
            "wall": wall or lease_until,
            "lease": lease_until,
            "since": a_day_before(now),
        },
    ).first()
    if row is None:
        return None
    of_card = len(Card.__dataclass_fields__)
    return Claimed(_card(row[:of_card]), row[of_card], reachable(*row[of_card + 1 :]))


@dataclass(frozen=True)
class News:
    """What may have changed about an open call; asked every three seconds by every open screen."""

    campaign_id: int
    place: str
    state: TouchState
    lease_until: datetime | None
    voted: bool
    barred: bool  # the number opted out of calls, or is dead
    rung: bool  # through the carrier, at some time
    user_id: int  # who was given it last


_NEWS = """
SELECT q.campaign_id, t.place, q.state, q.lease_until, t.voted_at IS NOT NULL,
       EXISTS (SELECT FROM opt_outs o WHERE o.address = v.phone AND o.channel = 'call')
         OR EXISTS (SELECT FROM dead_addresses d WHERE d.address = v.phone AND d.channel = 'call'),
       EXISTS (SELECT FROM attempts a JOIN voice_calls c ON c.id = a.id WHERE a.touch_id = q.id),
       u.id
FROM touches q JOIN targets t USING (campaign_id, voter_id) JOIN voters v ON v.id = q.voter_id
JOIN users u ON {user} AND q.claimed_by = 'user:' || u.id
WHERE q.id = :touch AND q.channel = 'call'
"""
_OF_USER = _NEWS.format(user="u.id = :who")
_OF_SIGNED_IN = _NEWS.format(user="u.fs_uniquifier = :who AND u.active")


def news_of(session: Session, touch_id: int, who: int | str) -> News | None:
    """How a call stands whose last claim was this person's, by their id or by the sign of their
    account, which then is open; None for anybody else: what becomes of a voter is not theirs to
    know."""
    query = _OF_USER if isinstance(who, int) else _OF_SIGNED_IN
    row = session.execute(sql(query), {"touch": touch_id, "who": who}).first()
    if row is None:
        return None
    campaign, place, state, *rest = row
    return News(campaign, place, TouchState(state), *rest)
