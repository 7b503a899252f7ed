"""Texts that a person's tap sends: what goes out is what was on the screen, or nothing."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy.orm import Session

from app.domain.purpose import written_of
from app.store.bank import shown_digests, untap
from app.store.queue import Try


def digest(body: str) -> str:
    """Tells words from others."""
    return sha256(body.encode()).hexdigest()[:16]


def as_shown(session: Session, tries: Sequence[Try]) -> list[Try]:
    """Those whose words are the ones that were tapped; the others wait for another tap, in their
    new words. What a person wrote cannot change, and what nobody tapped was shown to nobody."""
    tapped = [
        item
        for item in tries
        if item.touch.tapped_by is not None and written_of(item.touch.purpose) is None
    ]
    if not tapped:
        return list(tries)
    shown = shown_digests(session, [item.touch.id for item in tapped])
    changed = {one.touch.id for one in tapped if shown.get(one.touch.id) != digest(one.body)}
    if changed:
        untap(session, sorted(changed))
    return [item for item in tries if item.touch.id not in changed]
