"""Choosing whom a draft works on, in the background: asked for, carried out, told how far it is.

A file of millions takes a minute. The wish is a row: whoever carries it out holds it under a lease
and tells its progress; when that process dies, any worker begins anew. The targets themselves are
one transaction, so that a draft has those of before or those of now.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.universe import Universe
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.universe import Left, choose_universe, may_choose
from app.store import choices
from app.store.engine import Sessions, patiently

LEASE = timedelta(minutes=2)
"""Of machine time; longer than a part of a large file takes on a busy server."""


@patiently
def ask(
    sessions: Sessions,
    campaign_id: int,
    universe: Universe,
    *,
    by: int | None,
    now: datetime,
    holder: str,
    wall: datetime,
) -> None:
    """Asks for a choice, in place of one that is under way; `holder` is who carries it out next.
    Raises SetUpRefused for what can be known at once."""
    with sessions.begin() as session:
        whole = json.dumps(may_choose(session, campaign_id, universe).to_json())
        choices.ask(session, campaign_id, whole, by=by, now=now, holder=holder, until=wall + LEASE)


def carry_out(sessions: Sessions, holder: str, wall: Callable[[], datetime]) -> int | None:
    """Carries the holder's choice out, else one that its holder has left, and returns how many
    voters are chosen; None when there is nothing to do, or it was asked for anew meanwhile.

    Raises SetUpRefused, which is noted for the page as well.
    """
    with sessions.begin() as session:
        at = wall()
        claimed = choices.claim(session, holder, at, at + LEASE)
    if claimed is None:
        return None
    campaign, filter_, by, asked_at = claimed

    def advance(share: float) -> None:
        with sessions.begin() as session:
            if not choices.advance(session, campaign, holder, share, wall() + LEASE):
                raise Left

    def settle(session: Session) -> None:
        if not choices.done(session, campaign, holder):
            raise Left

    try:
        universe = Universe.from_json(dict(filter_))
        return choose_universe(
            sessions, campaign, universe, by=by, now=asked_at, advance=advance, settle=settle
        )
    except Left:
        return None
    except SetUpRefused as refused:
        with sessions.begin() as session:
            choices.refuse(session, campaign, holder, refused.problems["universe"])
        raise


def choose_waiting(sessions: Sessions, holder: str, wall: Callable[[], datetime]) -> bool:
    """Carries the next choice out whose process is gone or never came to it; whether there was
    one."""
    try:
        return carry_out(sessions, holder, wall) is not None
    except SetUpRefused:
        return True
