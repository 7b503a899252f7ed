"""Changes to a campaign's hours: checked, made once, noted, taken back.

Nothing is called afterwards: whoever asks for hours reads the changes that hold, and the planner
finds by itself that they are others than before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.rule import (
    KIND_OF,
    CallingHours,
    Change,
    PollHours,
    RuleKind,
    Silence,
)
from app.domain.rule_json import BadRule, from_json, to_json
from app.domain.rule_words import change_in_words
from app.domain.widening import replaces
from app.services.rule_check import RuleRefused, check_change
from app.services.rule_effect import Effect
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.rule_changes import RuleChange, changes_of


@dataclass(frozen=True)
class Listed:
    """A change as it was made, with who and why."""

    id: int
    kind: RuleKind
    change: Change | None  # None: it cannot be read, and does not hold
    note: str
    by: str  # empty: by a program, or by somebody who is gone
    made_at: datetime
    ended_at: datetime | None  # taken back, or replaced
    ended_by: str

    @property
    def holds(self) -> bool:
        """Whether it was not taken back."""
        return self.ended_at is None


@dataclass(frozen=True)
class Added:
    """A change that holds now."""

    id: int
    new: bool  # False: the same one held already


class RuleUnsure(ValueError):
    """A change that a person must confirm: it opens what the law closes, or silences the week."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect
        words = list(effect.warnings)
        if effect.silent:
            words.append(NOTHING_GOES_OUT)
        super().__init__(" ".join(words))


NOTHING_GOES_OUT = (
    "With this nothing at all goes out in what is left of the final week: no call, no text, no "
    "email, until the polls close."
)


def add_rule_change(
    sessions: Sessions,
    campaign_id: int,
    change: Change,
    note: str,
    *,
    warned: bool = False,
    silent: bool = False,
    by: int | None,
    now: datetime,
) -> Added:
    """Makes the change; what it replaces no longer holds. The same change twice is made once.

    Raises RuleRefused, and RuleUnsure unless whoever asks was `warned` that it opens what the law
    closes, and knows that it is `silent`: that nothing goes out in the whole final week.
    """
    note = " ".join(note.split())
    with sessions.begin() as session:
        # Two who make the same change at once wait for each other here.
        campaign = session.scalars(
            select(Campaign).where(Campaign.id == campaign_id).with_for_update()
        ).one()
        holding = _holding(session, campaign_id)
        same = [row for row, held in holding if held == change]
        if same and note.strip():
            return Added(same[-1].id, new=False)
        effect = check_change(session, campaign_id, change, note, now)
        if (effect.warnings and not warned) or (effect.silent and not silent):
            raise RuleUnsure(effect)
        replaced = [row for row, held in holding if replaces(change, held)]
        for row in replaced:
            row.ended_at, row.ended_by = now, by
        added = _row(campaign_id, campaign.country, change, note, by, now)
        session.add(added)
        session.flush()
        details = _details(added, change, campaign.zone)
        details["replaces"] = [row.id for row in replaced]
        session.add(_entry("hours changed", campaign_id, details, by, now))
        return Added(added.id, new=True)


def end_rule_change(
    sessions: Sessions, campaign_id: int, change_id: int, *, by: int | None, now: datetime
) -> bool:
    """Takes a change back; False when it no longer held. Raises RuleRefused for an unknown one."""
    with sessions.begin() as session:
        row = session.scalars(
            select(RuleChange)
            .where(RuleChange.id == change_id, RuleChange.campaign_id == campaign_id)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise RuleRefused({"": "This campaign has no such change of hours."})
        if row.ended_at is not None:
            return False
        row.ended_at, row.ended_by = now, by
        zone = session.scalars(select(Campaign.zone).where(Campaign.id == campaign_id)).one()
        details = _details(row, _readable(row), zone)
        session.add(_entry("hours taken back", campaign_id, details, by, now))
    return True


def listed(session: Session, campaign_id: int) -> list[Listed]:
    """All changes of a campaign, oldest first, those that no longer hold too."""
    return [
        Listed(
            one.change.id,
            one.change.kind,
            _readable(one.change),
            one.change.note,
            one.by,
            one.change.made_at,
            one.change.ended_at,
            one.ended_by,
        )
        for one in changes_of(session, campaign_id)
    ]


def _holding(session: Session, campaign_id: int) -> list[tuple[RuleChange, Change]]:
    rows = session.scalars(
        select(RuleChange)
        .where(RuleChange.campaign_id == campaign_id, RuleChange.ended_at.is_(None))
        .order_by(RuleChange.id)
    )
    return [(row, change) for row in rows if (change := _readable(row)) is not None]


def _readable(row: RuleChange) -> Change | None:
    try:
        return from_json(row.kind, row.value)
    except BadRule:
        return None


def _row(
    campaign_id: int, country: str, change: Change, note: str, by: int | None, now: datetime
) -> RuleChange:
    return RuleChange(
        campaign_id=campaign_id,
        kind=KIND_OF[type(change)],
        scope=_scope(change, country),
        value=to_json(change),
        note=note,
        user_id=by,
        made_at=now,
    )


def _scope(change: Change, country: str) -> str:
    match change:
        case CallingHours():
            return change.scope
        case PollHours():
            return change.state
        case Silence():
            return country
        case _:
            return ""


def _details(row: RuleChange, change: Change | None, zone: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "words": change_in_words(change, zone) if change else "",
        "value": row.value,
        "note": row.note,
    }


def _entry(
    action: str, campaign_id: int, details: dict[str, Any], by: int | None, now: datetime
) -> AuditEntry:
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
