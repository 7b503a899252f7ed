"""Copies a campaign for the next election: how it worked comes along, what it did stays behind."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.hours import Place
from app.domain.ramp import RampRule
from app.domain.rule import Blackout
from app.domain.rule_json import BadRule, from_json, to_json
from app.domain.universe import BadUniverse, Universe
from app.services.set_up.basics import too_far
from app.services.set_up.draft import DRAFT, SHORTEST_NAME, SetUpRefused, of_a_free_name
from app.store.base import Base
from app.store.campaigns import Campaign, Script, Sender
from app.store.engine import Sessions, patiently
from app.store.frames import POSTAL_ADDRESS, frame_of
from app.store.incidents import AlertRoute
from app.store.people import AuditEntry
from app.store.phases import Phase
from app.store.ramps import ramps_of, write_ramps
from app.store.reserves import Reserve
from app.store.rule_changes import ChangedFigure, RuleChange
from app.store.universe_sql import Asking
from app.store.universes import add_targets
from app.store.voice_calls import VoiceRate

CHECK_FIRST = "copied from another campaign: check it, then start it"
"""Why a copied sender is stopped; as with any other, somebody starts it."""
KEPT = ("states", "channels", POSTAL_ADDRESS)
"""What was said by hand that holds for another election too."""

Row = TypeVar("Row", bound=Base)


@patiently
def copy_campaign(
    sessions: Sessions,
    campaign_id: int,
    name: str,
    polling_day: date,
    *,
    by: int | None,
    now: datetime,
    people: bool = True,
) -> int:
    """Makes a draft like this campaign for another polling day; returns its id. Raises SetUpRefused
    by field: name (short, taken), polling_day (past, far).

    Ramps, phases, blackouts and first polling days move by as many days as polling day does.
    Touches, money spent, shifts, blasts and people stay behind; senders come along stopped. With
    `people` the voters of its universe are chosen too, which takes a minute where there are
    millions; without, whoever copies has them chosen in the background.
    """
    called = " ".join(name.split())
    if len(called) < SHORTEST_NAME:
        raise SetUpRefused({"name": "short"})
    with of_a_free_name(), sessions.begin() as session:
        new = _copy(session, campaign_id, called, polling_day, by, now)
        if people:
            _add_people(session, new, now)
        return new.id


def _copy(
    session: Session, campaign_id: int, name: str, polling_day: date, by: int | None, now: datetime
) -> Campaign:
    if too_far(polling_day, now):
        raise SetUpRefused({"polling_day": "far"})
    old = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    move = _mover(polling_day - old.polling_day, old.zone)
    new = _campaign(old, name, polling_day, move, now)
    session.add(new)
    session.flush()
    if frame_of(session, new).schedule.polls_close_at(Place("", (new.zone,))) <= now:
        raise SetUpRefused({"polling_day": "past"})
    shift = polling_day - old.polling_day
    ramps = {
        channel: moved_ramp(rule, shift) for channel, rule in ramps_of(session, old.id).items()
    }
    write_ramps(session, new.id, ramps)
    session.add_all(_rows(session, old.id, new.id, move, by, now))
    session.flush()
    details = {"from": old.id, "name": name, "polling_day": polling_day.isoformat()}
    subject = f"campaign:{new.id}"
    session.add(
        AuditEntry(at=now, user_id=by, action="campaign copied", subject=subject, details=details)
    )
    return new


def _mover(shift: timedelta, zone: str) -> Callable[[datetime], datetime]:
    """Moves an instant by whole days on the campaign's clock, so that noon stays noon."""

    def move(at: datetime) -> datetime:
        return (at.astimezone(ZoneInfo(zone)) + shift).astimezone(UTC)

    return move


def _campaign(
    old: Campaign, name: str, day: date, move: Callable[[datetime], datetime], now: datetime
) -> Campaign:
    first = old.first_polling_day
    return _like(
        old,
        name=name,
        polling_day=day,
        first_polling_day=first + (day - old.polling_day) if first else None,
        starts_at=max(move(old.starts_at), now),
        spent=0,
        reserved=0,
        state=DRAFT,
        paused_until=None,
        paused_channels={},
        setup={key: value for key, value in old.setup.items() if key in KEPT},
        copied_from=old.id,
        created_at=now,
    )


def moved_ramp(rule: RampRule, shift: timedelta) -> RampRule:
    """The ramp with its days moved along with polling day."""
    drawn = tuple((day + shift, volume) for day, volume in rule.drawn)
    return replace(rule, starts_on=rule.starts_on + shift, drawn=drawn)


def _rows(
    session: Session,
    old: int,
    new: int,
    move: Callable[[datetime], datetime],
    by: int | None,
    now: datetime,
) -> list[Base]:
    """Everything else that comes along."""
    mine: dict[str, Any] = {"campaign_id": new}
    found: list[Base] = [_sender(row, new) for row in _of(session, Sender, old)]
    found += [
        _like(row, **mine, version=1, created_by=by, created_at=now)
        for row in _newest(_of(session, Script, old))
    ]
    found += [
        _like(
            row,
            **mine,
            starts_at=move(row.starts_at),
            ends_at=move(row.ends_at),
            marked_at=None,
            people=0,
        )
        for row in _of(session, Phase, old)
    ]
    found += [
        _like(row, **mine, value=_moved_rule(row, move), user_id=by, made_at=now)
        for row in _of(session, RuleChange, old)
        if row.ended_at is None
    ]
    found += [_like(row, **mine) for row in _of(session, ChangedFigure, old)]
    found += [_like(row, **mine, opened_at=None, people=0) for row in _of(session, Reserve, old)]
    found += [_like(row, **mine, next_free_at=None) for row in _of(session, VoiceRate, old)]
    found += [
        _like(row, **mine, created_by=by, created_at=now) for row in _of(session, AlertRoute, old)
    ]
    return found


def _of(session: Session, kind: type[Row], campaign_id: int) -> Sequence[Row]:
    mine = select(kind).filter_by(campaign_id=campaign_id)
    return session.scalars(mine.order_by(*inspect(kind).primary_key)).all()


def _newest(scripts: Sequence[Script]) -> list[Script]:
    """Of each channel, purpose and language the newest version."""
    found: dict[tuple[object, ...], Script] = {}
    for one in sorted(scripts, key=lambda script: script.version):
        found[(one.channel, one.purpose, one.language)] = one
    return list(found.values())


def _sender(row: Sender, campaign_id: int) -> Sender:
    """The sender with its rates and price, stopped, and without what it did."""
    return _like(
        row,
        campaign_id=campaign_id,
        stopped=CHECK_FIRST,
        next_free_at=None,
        day_on=None,
        day_used=0,
        health=1.0,
        measured_at=None,
        slow_until=None,
        slow_downs=0,
        paused_until=None,
    )


def _moved_rule(row: RuleChange, move: Callable[[datetime], datetime]) -> dict[str, Any]:
    """A change as it is stored, a blackout on its new days; what cannot be read stays as it is."""
    with suppress(BadRule):
        change = from_json(row.kind, row.value)
        if isinstance(change, Blackout):
            return to_json(
                replace(change, begins_at=move(change.begins_at), ends_at=move(change.ends_at))
            )
    return dict(row.value)


def _add_people(session: Session, campaign: Campaign, now: datetime) -> None:
    """The targets as the voter file is now; of nobody the set-up says that there is nobody."""
    asking = Asking(campaign.polling_day, now, campaign.country)
    with suppress(BadUniverse):
        universe = Universe.from_json(campaign.universe)
        count = add_targets(session, campaign.id, universe, asking, salience=campaign.salience)
        campaign.setup = {**campaign.setup, "people": {"whole": count}}


def _like(row: Row, **other: Any) -> Row:
    """A new row with the same facts but for its number and for what is `other`."""
    mapper = inspect(type(row))
    kept = {
        column.key: getattr(row, column.key)
        for column in mapper.column_attrs
        if column.key not in other and not _numbered(column.columns[0])
    }
    return type(row)(**kept, **other)


def _numbered(column: Any) -> bool:
    return column.identity is not None
