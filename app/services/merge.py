"""Merge: two rows that are one person become one, in one transaction, and can be parted again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.double import PHONES, changes, gained, given_back
from app.domain.layout import CONFIDENTIAL, withdrawn_statuses
from app.domain.touch import TouchState
from app.services.strike import strike_voters
from app.store import merges, voter_tables
from app.store.engine import Sessions, patiently
from app.store.merges import Rows
from app.store.people import AuditEntry
from app.store.pool import end_pending
from app.store.voters import Merge


@dataclass(frozen=True)
class Merged:
    """What came of a merge."""

    merge_id: int
    canceled: int  # contacts with the other that were pending
    gained: tuple[str, ...]  # the columns that the kept one took over


@dataclass(frozen=True)
class Preview:
    """What a merge would do, or why it cannot be done."""

    problem: str = ""
    canceled: int = 0
    gained: Mapping[str, Any] = field(default_factory=dict)  # column → new value


class MergeRefused(ValueError):
    """A merge or its undoing that cannot be; the message says why and what to do."""


def preview(session: Session, kept_id: int, gone_id: int) -> Preview:
    """What merging these two would do; nothing is changed, rows stay locked until the end."""
    try:
        people = _both(session, kept_id, gone_id)
    except MergeRefused as problem:
        return Preview(problem=str(problem))
    found = gained(people[kept_id], people[gone_id])
    return Preview(canceled=merges.pending(session, gone_id), gained=found)


@patiently
def merge(
    sessions: Sessions, kept_id: int, gone_id: int, *, by: int | None, at: datetime
) -> Merged:
    """Merges `gone_id` into `kept_id`; raises MergeRefused.

    The kept row takes over what it lacks; consents and opt-outs go by address and hold anyway.
    What was pending for the other is canceled, its rides, problems and conversations are the kept
    one's, and it is in no list any more.
    """
    with sessions.begin() as session:
        people = _both(session, kept_id, gone_id)
        new = gained(people[kept_id], people[gone_id])
        voters = _lock_all(session, people, kept_id, gone_id, new)
        # Before targets: whoever answers, or ends a ride, locks in this order.
        moved = voter_tables.move_rows(session, kept_id, gone_id)
        targets = merges.lock_targets(session, list(voters))
        merges.write_voter(session, kept_id, new)
        for each in (gone_id, *merges.doubles_of(session, gone_id)):
            merges.write_voter(session, each, {"merged_into": kept_id})
        _join_homes(session, voters, kept_id, gone_id, new)
        added = merges.join_targets(session, kept_id, gone_id)
        canceled = end_pending(
            session,
            "voters",
            voters=[gone_id],
            campaigns=merges.campaigns_of(session, gone_id),
            state=TouchState.CANCELED,
            reason=merges.OUT,
            now=at,
        )
        ballots = merges.ballots_lacking(session, kept_id, gone_id)
        for day, source in ballots.items():
            strike_voters(session, day, [kept_id], by=by, source=source, at=at)
        copied = voter_tables.copy_facts(session, kept_id, gone_id)
        row = Merge(
            kept_id=kept_id,
            gone_id=gone_id,
            merged_by=by,
            merged_at=at,
            before={
                "voters": _changed_voters(session, voters),
                "targets": _changed_targets(session, targets),
                "added": added,
                "facts": {**copied, "ballots": [str(day) for day in ballots]},
                "moved": moved,
                "canceled": canceled,
            },
        )
        session.add(row)
        _audit(session, "voters merged", kept_id, gone_id, by, at)
        session.flush()
        return Merged(row.id, canceled, tuple(name for name in new if not name.endswith("_kind")))


@patiently
def unmerge(sessions: Sessions, merge_id: int, *, by: int | None, at: datetime) -> Merge:
    """Parts two merged rows: both are as they were, and what a file has said since then stays.

    Contacts that the merge canceled stay canceled; the pacer releases new ones. Raises
    MergeRefused.
    """
    with sessions.begin() as session:
        found = session.get(Merge, merge_id)
        if found is None:
            raise MergeRefused(f"There is no merge {merge_id}.")
        before = found.before
        if not before:  # store/withdrawn.py emptied it
            raise MergeRefused("One of the two has become confidential since; the merge stands.")
        changed_voters = {int(each): changed for each, changed in before["voters"].items()}
        touched = {voter for _, voter, _ in before["targets"]}
        everybody = {found.kept_id, found.gone_id} | changed_voters.keys() | touched
        voters = merges.lock_voters(session, sorted(everybody))
        session.refresh(found)
        _check_undoing(session, found)
        moved = before.get("moved", {})  # merges of an older version moved nothing
        voter_tables.move_back(session, found.kept_id, found.gone_id, moved)
        targets = merges.lock_targets(session, list(voters))
        for voter in changed_voters.keys() & voters.keys():
            back = given_back(voters[voter], changed_voters[voter])
            merges.write_voter(session, voter, back)
        for campaign, voter, changed in before["targets"]:
            if (campaign, voter) in targets:
                back = given_back(targets[campaign, voter], changed)
                merges.write_target(session, campaign, voter, back)
        merges.drop_stand_ins(session, found.kept_id, before["added"])
        voter_tables.drop_facts(session, found.kept_id, before["facts"])
        merges.out_of_withdrawn(session, [found.kept_id, found.gone_id])
        merges.end_merge(session, merge_id, by, at)
        _audit(session, "merge undone", found.kept_id, found.gone_id, by, at)
        return found


def _both(session: Session, kept_id: int, gone_id: int) -> Rows:
    """The two rows under lock; raises MergeRefused if they cannot become one."""
    if kept_id == gone_id:
        raise MergeRefused("That is the same voter twice; choose another one to merge with.")
    people = merges.lock_voters(session, [kept_id, gone_id])
    for each in (kept_id, gone_id):
        if each not in people:
            raise MergeRefused(f"There is no voter {each}.")
        if into := people[each]["merged_into"]:
            raise MergeRefused(
                f"Voter {each} was merged into voter {into} already; use that one, or undo that "
                "merge first."
            )
        if people[each]["status"] == CONFIDENTIAL:
            raise MergeRefused(f"Voter {each} is confidential by law and is left alone.")
    lost = {each for each in people if people[each]["status"] in withdrawn_statuses()}
    if lost == {kept_id}:
        raise MergeRefused(
            f"Voter {kept_id} is no longer registered and voter {gone_id} is; keep the other one."
        )
    return people


def _lock_all(
    session: Session, people: Rows, kept_id: int, gone_id: int, new: Mapping[str, Any]
) -> Rows:
    """Everybody whom the merge touches, locked: the two, earlier doubles of the other, and both
    homes if they become one."""
    everybody = {kept_id, gone_id, *merges.doubles_of(session, gone_id)}
    if _homes_join(people[kept_id], people[gone_id], new):
        for home in {person["household_id"] for person in people.values()}:
            everybody.update(merges.members(session, home))
    return merges.lock_voters(session, sorted(everybody)) if len(everybody) > 2 else people


def _homes_join(kept: Mapping[str, Any], gone: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the kept one brings a phone of the other's home along, so that both are one."""
    return kept["household_id"] != gone["household_id"] and any(name in new for name in PHONES)


def _join_homes(
    session: Session, voters: Rows, kept_id: int, gone_id: int, new: Mapping[str, Any]
) -> None:
    """The other's row is of the kept one's household, and so are its members if a phone ties
    them: a household is called once."""
    kept, gone = voters[kept_id], voters[gone_id]
    home = kept["household_id"] or kept_id
    if not _homes_join(kept, gone, new):
        merges.move_household(session, [gone_id], home)
        return
    together = [each for each in voters if not voters[each]["merged_into"]]
    merges.move_household(session, together, min(home, gone["household_id"] or gone_id))


def _changed_voters(session: Session, before: Rows) -> dict[str, Any]:
    after = merges.lock_voters(session, list(before))
    found = {str(each): changes(before[each], after[each]) for each in before}
    return {each: changed for each, changed in found.items() if changed}


def _changed_targets(session: Session, before: Rows) -> list[Any]:
    after = merges.lock_targets(session, sorted({voter for _, voter in before}))
    found = [(*key, changes(before[key], after[key])) for key in before]
    return [each for each in found if each[2]]


def _check_undoing(session: Session, found: Merge) -> None:
    if found.undone_at is not None:
        raise MergeRefused("That merge was undone before.")
    later = merges.later_merge(session, found)
    if later is not None:
        raise MergeRefused(f"One of the two was merged again since then; undo merge {later} first.")


def _audit(
    session: Session, action: str, kept_id: int, gone_id: int, by: int | None, at: datetime
) -> None:
    for one, other in ((kept_id, gone_id), (gone_id, kept_id)):
        session.add(
            AuditEntry(
                at=at,
                user_id=by,
                action=action,
                subject=f"voter:{one}",
                details={"other": other, "kept": kept_id},
            )
        )
