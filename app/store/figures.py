"""Figures of the model as campaigns changed and learned them. The tables: store/rule_changes.py.

Beside what is learned, learned_figures holds what it was learned from, under names that no figure
has: `hits:NAME` and `of:NAME` (seen: how many, of how many), `upto:KIND` (learned_at: until when
records were counted), and `valued` (value: by which curve the targets were valued). The value of
the first three is always 0, so that a plan, made anew when a value changes, rests on none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.figure import FIGURES
from app.domain.rate import Learned, Tally
from app.store.rule_changes import ChangedFigure, LearnedFigure
from app.store.sql import sql

HITS, OF, UPTO, VALUED = "hits:", "of:", "upto:", "valued"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Changed:
    """A figure that an organizer set: to what, why, who, when."""

    value: float
    note: str
    who: str  # empty when the account is gone
    made_at: datetime


def changed(session: Session, campaign_id: int) -> dict[str, Changed]:
    """The figures that were set for a campaign, by name."""
    rows = session.execute(
        sql(
            "SELECT f.name, f.value, f.note, coalesce(u.name, ''), f.made_at "
            "FROM changed_figures f LEFT JOIN users u ON u.id = f.user_id "
            "WHERE f.campaign_id = :campaign"
        ),
        {"campaign": campaign_id},
    )
    return {name: Changed(*of) for name, *of in rows}


def learned(session: Session, campaign_id: int) -> dict[str, Learned]:
    """The figures that a campaign's records have taught, by name."""
    rows = session.execute(
        sql(
            "SELECT name, value, seen FROM learned_figures "
            "WHERE campaign_id = :campaign AND name = ANY(:names)"
        ),
        {"campaign": campaign_id, "names": list(FIGURES)},
    )
    return {name: Learned(value, seen) for name, value, seen in rows}


_VALUES = """
SELECT true, name, value FROM changed_figures WHERE campaign_id = :campaign
UNION ALL
SELECT false, name, value FROM learned_figures WHERE campaign_id = :campaign AND name = ANY(:names)
"""


def values(session: Session, campaign_id: int) -> tuple[dict[str, float], dict[str, float]]:
    """The figures that were learned, and those that were set, by name; in one query."""
    found: tuple[dict[str, float], dict[str, float]] = ({}, {})
    binds = {"campaign": campaign_id, "names": list(FIGURES)}
    for was_set, name, value in session.execute(sql(_VALUES), binds):
        found[was_set][name] = value
    return found


def change(
    session: Session,
    campaign_id: int,
    name: str,
    value: float,
    *,
    note: str,
    by: int | None,
    now: datetime,
) -> None:
    """Sets a figure for a campaign."""
    said = {"value": value, "note": note, "user_id": by, "made_at": now}
    session.execute(
        insert(ChangedFigure)
        .values(campaign_id=campaign_id, name=name, **said)
        .on_conflict_do_update(index_elements=["campaign_id", "name"], set_=said)
    )


def take_back(session: Session, campaign_id: int, name: str) -> bool:
    """Lets a figure be as it would be had nobody set it; False when nobody had."""
    gone = session.execute(
        delete(ChangedFigure)
        .where(ChangedFigure.campaign_id == campaign_id, ChangedFigure.name == name)
        .returning(ChangedFigure.name)
    )
    return gone.first() is not None


@dataclass(frozen=True)
class Ledger:
    """What has been counted of a campaign's records so far."""

    tallies: Mapping[str, Tally]
    upto: Mapping[str, datetime]  # kind of record → until when
    valued: float | None  # by which curve the targets were valued; None: as they were added

    def since(self, kind: str) -> datetime:
        """From when records of this kind are new."""
        return self.upto.get(kind, BEGINNING)


def ledger(session: Session, campaign_id: int) -> Ledger:
    """What was counted so far."""
    rows = session.scalars(
        select(LearnedFigure).where(
            LearnedFigure.campaign_id == campaign_id, LearnedFigure.name.not_in(list(FIGURES))
        )
    ).all()
    seen = {row.name: row.seen for row in rows}
    names = [name.removeprefix(OF) for name in seen if name.startswith(OF)]
    return Ledger(
        {name: Tally(seen.get(HITS + name, 0), seen[OF + name]) for name in names},
        {row.name.removeprefix(UPTO): row.learned_at for row in rows if row.name.startswith(UPTO)},
        next((row.value for row in rows if row.name == VALUED), None),
    )


def write_tallies(
    session: Session, campaign_id: int, tallies: Mapping[str, Tally], now: datetime
) -> None:
    """Keeps the sums of all that was counted."""
    hits = {HITS + name: (0.0, tally.hits, now) for name, tally in tallies.items()}
    of = {OF + name: (0.0, tally.seen, now) for name, tally in tallies.items()}
    _write(session, campaign_id, hits | of)


def write_upto(session: Session, campaign_id: int, upto: Mapping[str, datetime]) -> None:
    """Keeps until when each kind of record was counted."""
    _write(session, campaign_id, {UPTO + kind: (0.0, 0, at) for kind, at in upto.items()})


def write_valued(session: Session, campaign_id: int, curve: float, now: datetime) -> None:
    """Keeps by which curve the targets were valued."""
    _write(session, campaign_id, {VALUED: (curve, 0, now)})


def write_learned(
    session: Session, campaign_id: int, figures: Mapping[str, Learned], now: datetime
) -> None:
    """Stores what was learned in place of what stood there."""
    _write(
        session, campaign_id, {name: (one.value, one.seen, now) for name, one in figures.items()}
    )


def _write(
    session: Session, campaign_id: int, rows: Mapping[str, tuple[float, int, datetime]]
) -> None:
    if not rows:
        return
    new = insert(LearnedFigure).values(
        [
            {
                "campaign_id": campaign_id,
                "name": name,
                "value": value,
                "seen": seen,
                "learned_at": at,
            }
            for name, (value, seen, at) in sorted(rows.items())
        ]
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["campaign_id", "name"],
            set_={name: new.excluded[name] for name in ("value", "seen", "learned_at")},
        )
    )
