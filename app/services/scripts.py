"""Scripts: saved as new versions, looked back at, used again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.first_words import Written
from app.domain.language import names
from app.domain.purpose import RAMP
from app.domain.script_check import LONGEST_NOTE, OFFERED, PURPOSES, Problem, problems
from app.domain.survey import BadSurvey, from_json, to_json
from app.services.compose import LIKE_THE_RAMP, OURS
from app.services.surveys import put_survey, written_survey
from app.store import scripts as stored
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.frames import POSTAL_ADDRESS
from app.store.means import scripts_by
from app.store.people import AuditEntry
from app.store.scripts import Draft, Key, Version

MOST_VERSIONS = 50
"""So many of a script's versions stand in its history, the newest."""
LONGEST_ADDRESS = 300


@dataclass(frozen=True)
class Slot:
    """One script that a campaign has or could have."""

    channel: Channel
    purpose: str
    language: str
    version: int = 0  # 0: nobody wrote any
    body: str = ""  # empty: other words stand
    created_at: datetime | None = None
    stands: str = "own"  # own | ours | ramp | english | none: whose words go out


@dataclass(frozen=True)
class Saved:
    """What came of saving."""

    version: int
    changed: bool  # False: it said so already


class ScriptRefused(ValueError):
    """A script that cannot be saved."""

    def __init__(self, found: Sequence[Problem], words: str = "") -> None:
        self.problems = list(found)
        super().__init__(words or ", ".join(f"{one.field}: {one.code}" for one in found))


class Overtaken(Exception):
    """Somebody else saved a version meanwhile; `newest` is theirs."""

    def __init__(self, newest: Version) -> None:
        self.newest = newest
        super().__init__("Somebody else saved a version meanwhile.")


def is_script(key: Key) -> bool:
    """Whether there can be such a script."""
    return key.purpose in PURPOSES[key.channel] and key.language in names()


def may_be_empty(key: Key) -> bool:
    """Whether other words stand where this script has none."""
    others = key.purpose in LIKE_THE_RAMP or bool(OURS.get((key.channel, key.purpose)))
    return others or key.language != "en"


def ours(key: Key) -> Draft:
    """The words of ours that stand where nobody wrote any; empty where there are none."""
    found = OURS.get((key.channel, key.purpose), {}).get(key.language)
    return Draft(found.subject, found.body) if found is not None else Draft("", "")


def languages(session: Session, campaign_id: int) -> list[str]:
    """Those that are offered, and those in which the campaign has a script on any channel."""
    written = {
        row.language for channel in Channel for row in scripts_by(session, campaign_id, channel)
    }
    return [*OFFERED, *sorted(written - set(OFFERED))]


def listed(session: Session, campaign_id: int) -> list[Slot]:
    """Every script that the campaign has or could have, by channel and purpose."""
    slots, spoken = [], languages(session, campaign_id)
    for channel, purposes in PURPOSES.items():
        rows = {
            (row.purpose, row.language): row for row in scripts_by(session, campaign_id, channel)
        }
        for purpose in purposes:
            for language in spoken:
                row = rows.get((purpose, language))
                slot = Slot(channel, purpose, language)
                if row is not None:
                    slot = replace(
                        slot, version=row.version, body=row.body, created_at=row.created_at
                    )
                written = {key for key, one in rows.items() if one.body}
                slots.append(replace(slot, stands=_stands(slot, written)))
    return slots


def _stands(slot: Slot, written: set[tuple[str, str]]) -> str:
    if slot.body:
        return "own"
    if slot.purpose in LIKE_THE_RAMP:
        return "ramp"
    if slot.language in OURS.get((slot.channel, slot.purpose), {}):
        return "ours"
    english = (slot.purpose, "en") in written or "en" in OURS.get((slot.channel, slot.purpose), {})
    return "english" if english else "none"


def as_it_stands(session: Session, key: Key) -> Version:
    """The script as the editor begins with it: its newest version, else ours as version 0."""
    found = stored.versions(session, key, 1)
    survey = written_survey(session, key.campaign_id) if has_survey(key) else []
    if found:
        return replace(found[0], survey=survey)
    draft = ours(key)
    return Version(0, 0, draft.subject, draft.body, survey, "", None, "")


def has_survey(key: Key) -> bool:
    """Whether the survey goes with this script."""
    return key.channel is Channel.CALL and key.purpose == RAMP


def tidy(draft: Draft) -> Draft:
    """The draft as it is kept."""
    return Draft(
        " ".join(draft.subject.split()),
        draft.body.replace("\r\n", "\n").strip(),
        draft.survey,
        " ".join(draft.note.split())[:LONGEST_NOTE],
    )


def check(key: Key, draft: Draft) -> list[Problem]:
    """What keeps a draft from being saved; empty when nothing does."""
    tidied = tidy(draft)
    written = Written(key.channel, key.language, tidied.subject, tidied.body)
    return problems(written, may_be_empty=may_be_empty(key))


@patiently
def save(
    sessions: Sessions, key: Key, draft: Draft, *, base: int, by: int | None, now: datetime
) -> Saved:
    """Saves a draft that was begun on version `base` as the next one.

    Twice is once: what is there already in these words is not added again. Raises ScriptRefused,
    and Overtaken when there is a newer version than `base` that says something else. A change of
    the survey makes a new version of the call script in every language, since it is in all.
    """
    draft = tidy(draft)
    found = check(key, draft)
    if found:
        raise ScriptRefused(found)
    survey = _survey(draft) if has_survey(key) else []
    draft = replace(draft, survey=survey)
    with sessions.begin() as session:
        # One at a time; the row is nobody's but an organizer's for the moment of a save.
        session.get(Campaign, key.campaign_id, with_for_update={"key_share": True})
        newest = stored.newest(session, key)
        number = newest.version if newest is not None else 0
        was = written_survey(session, key.campaign_id) if has_survey(key) else []
        there = (newest.subject, newest.body) if newest is not None else ("", "")
        if there == (draft.subject, draft.body) and survey == was:
            return Saved(number, changed=False)
        if number != base:
            raise Overtaken(replace(stored.versions(session, key, 1)[0], survey=was))
        stored.add_version(session, key, draft, number + 1, by=by, now=now)
        if survey != was:
            but, note = key.language, draft.note
            put_survey(session, key.campaign_id, survey, by=by, now=now, note=note, but=but)
        session.add(_entry(key, number + 1, draft.note, by, now))
    return Saved(number + 1, changed=True)


def _survey(draft: Draft) -> Any:
    try:
        return to_json(from_json(draft.survey))
    except BadSurvey as refused:
        raise ScriptRefused([Problem("survey", "survey")], str(refused)) from refused


def use_again(
    sessions: Sessions,
    campaign_id: int,
    script_id: int,
    *,
    base: int,
    note: str,
    by: int | None,
    now: datetime,
) -> Saved:
    """Makes an earlier version the newest, as a new one; raises as `save`, and LookupError when
    there is no such version."""
    with sessions() as session:
        found = stored.version_of(session, campaign_id, script_id)
        survey = written_survey(session, campaign_id)
    if found is None:
        raise LookupError("no such version")
    key, version = found
    # An old version holds the survey of its time; one without had the usual question.
    draft = Draft(
        version.subject, version.body, version.survey if has_survey(key) else survey, note
    )
    return save(sessions, key, draft, base=base, by=by, now=now)


def set_postal_address(
    sessions: Sessions, campaign_id: int, address: str, *, by: int | None, now: datetime
) -> str:
    """Sets what stands below each mail; empty takes it away."""
    lines = [" ".join(line.split()) for line in address.strip().splitlines()]
    told = "\n".join(line for line in lines if line)[:LONGEST_ADDRESS]
    with sessions.begin() as session:
        row = session.get_one(Campaign, campaign_id, with_for_update={"key_share": True})
        row.setup = {**row.setup, POSTAL_ADDRESS: told}
        details: Mapping[str, Any] = {"campaign": campaign_id, "address": told}
        session.add(_audit("postal address set", f"campaign:{campaign_id}", details, by, now))
    return told


def _entry(key: Key, version: int, note: str, by: int | None, now: datetime) -> AuditEntry:
    details = {
        "campaign": key.campaign_id,
        "channel": key.channel.value,
        "purpose": key.purpose,
        "language": key.language,
        "version": version,
        "note": note,
    }
    return _audit("script saved", f"campaign:{key.campaign_id}", details, by, now)


def _audit(
    action: str, subject: str, details: Mapping[str, Any], by: int | None, now: datetime
) -> AuditEntry:
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=dict(details))
