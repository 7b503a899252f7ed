"""A part of a rehearsal, or all of it: its voters are copied, their week is played and reckoned."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, text

from app.config import Settings
from app.domain.rehearsal import Fault
from app.rehearsal.copy import Copy, Part, copied
from app.rehearsal.findings import Findings, findings_of
from app.rehearsal.reckoning import Books, reckon
from app.rehearsal.week import Manner, Week

LARGE = 300
"""Voters from which a week is played in longer strides: something is always due."""
NOT_REHEARSED = (
    *("ping", "alerts", "book own prices", "price calls"),
    *("settle calls", "choose voters"),
)
"""Jobs that reach people or machines outside, and those that have nothing to do in a copy: nobody's
phone rings there, and no draft came along."""
SEEDS_APART = 1_000_003
"""A prime, so that the seeds of the parts of one rehearsal are hardly those of another's."""


class RehearsalRefused(ValueError):
    """There is nothing to rehearse; the message says why."""


@dataclass(frozen=True)
class Task:
    """What is to be played."""

    campaign_id: int
    faults: Collection[Fault]
    seed: int  # of the whole rehearsal
    workers: int
    starts_at: datetime
    most: int  # voters, of the whole rehearsal
    part: Part
    settings: Settings


def play_part(source: Engine, task: Task, progress: Callable[[float], None]) -> Findings:
    """Plays a part of the campaign in the source on a copy, which is gone afterward; `progress` is
    told from 0 to 1 how far it is. Raises RehearsalRefused, NoRoom, and what `progress` raises."""
    with copied(source, task.campaign_id, task.most, task.part) as copy:
        if not copy.voters:
            raise RehearsalRefused("This campaign has no voters yet; give it a universe first.")
        week = _week(task, copy)
        if week.closes_at <= task.starts_at:
            week.close()
            raise RehearsalRefused("The polls of this campaign have closed.")
        before = Books(week.sessions, task.campaign_id)
        try:
            week.play(progress)
            reckon(week, before)
        finally:
            week.close()
        return findings_of(week, copy)


def _week(task: Task, copy: Copy) -> Week:
    with copy.engine.connect() as connection:
        price = connection.scalar(text("SELECT max(price) FROM senders WHERE channel = 'text'"))
    return Week(
        copy.engine,
        task.campaign_id,
        task.seed + SEEDS_APART * task.part.number,
        task.starts_at,
        _manner(task, copy),
        settings=task.settings,
        price=price or Decimal(0),
    )


def _manner(task: Task, copy: Copy) -> Manner:
    large = copy.voters > LARGE
    return Manner(
        faults=task.faults,
        factor=0.1 if large else 1.0,  # by step; a large campaign has many more of them
        troubles=1 / task.part.of,  # all parts together have those of a week
        workers=task.workers,
        together=large,
        # With something due at any time, strides of about four minutes show whether the promise of
        # five is kept; where somebody dies or stands still they are of seconds.
        busy=265.0 if large else 20.0,
        spread=(0.95, 0.98) if large else (0.2, 1.8),
        left_out=NOT_REHEARSED,
        paces=130.0 if large else 0.0,
        seldom=3600.0 if large else 120.0,
        rare={
            "plan": 24 * 3600.0,
            "learn rates": 24 * 3600.0,
            "watch": 3600.0 if large else 1800.0,  # and whenever it is too quiet
            "blasts": 1800.0 if large else 120.0,
            "stay in line": 60.0 if large else 0.0,
            "book prices": 3600.0 if large else 0.0,
            # What nobody answered waits for ten minutes in any case.
            "look up texts": 60.0 if large else 0.0,
        },
    )
