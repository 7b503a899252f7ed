"""Writes the first words of each channel, in English; the pages of the scripts go on from there."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.message import UnknownField, fields_of
from app.domain.purpose import RAMP
from app.domain.script_check import LONGEST, LONGEST_SUBJECT
from app.services.set_up.draft import SetUpRefused, locked, noted
from app.store.engine import Sessions
from app.store.scripts import Draft, Key, add_version, newest

Words = tuple[str, str]
"""Subject and body."""


def first_words(
    sessions: Sessions,
    campaign_id: int,
    words: Mapping[Channel, Words],
    *,
    by: int | None,
    now: datetime,
) -> tuple[Channel, ...]:
    """Writes subject and body in English as the newest version of each channel's first script;
    returns the channels that are new or have changed. Raises SetUpRefused by `channel_part`.

    What is left empty stays as it is; the same words again make no new version.
    """
    if problems := _wrong(words):
        raise SetUpRefused(problems)
    with sessions.begin() as session:
        locked(session, campaign_id)  # one at a time, or both would write the same version
        changed = tuple(
            channel
            for channel, said in words.items()
            if _written(session, Key(campaign_id, channel, RAMP, "en"), said, by, now)
        )
        if changed:
            details = {"channels": [channel.value for channel in changed]}
            session.add(noted("words changed", campaign_id, details, by, now))
    return changed


def _written(session: Session, key: Key, words: Words, by: int | None, now: datetime) -> bool:
    """Writes a version if there are words and they are others than the newest version's; whether
    it did."""
    subject, body = words
    last = newest(session, key)
    if not body.strip() or (last is not None and (last.subject, last.body) == words):
        return False
    draft = Draft(subject, body, last.survey if last else [])
    add_version(session, key, draft, last.version + 1 if last else 1, by=by, now=now)
    return True


def _wrong(words: Mapping[Channel, Words]) -> dict[str, str]:
    found: dict[str, str] = {}
    for channel, said in words.items():
        found |= _wrong_fields(channel, said) or _wrong_lengths(channel, said)
    return found


def _wrong_fields(channel: Channel, words: Words) -> dict[str, str]:
    """What is wrong with the fields in {}."""
    body = f"{channel.value}_body"
    try:
        named = fields_of(words[1]) | fields_of(words[0])
    except UnknownField as wrong:
        return {body: f"words:{wrong}"}
    nobody = "volunteer" in named and channel is not Channel.CALL
    return {body: "volunteer"} if nobody else {}


def _wrong_lengths(channel: Channel, words: Words) -> dict[str, str]:
    subject, body = words
    if len(body) > LONGEST[channel]:
        return {f"{channel.value}_body": "long"}
    if channel is Channel.EMAIL and body.strip() and not subject.strip():
        return {"email_subject": "empty"}
    return {"email_subject": "long"} if len(subject) > LONGEST_SUBJECT else {}
