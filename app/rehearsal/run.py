"""A whole rehearsal: copy the campaign, play its final week, and tell what came of it."""

import time
from collections.abc import Callable, Collection

from sqlalchemy import text
from sqlalchemy.exc import NoResultFound

from app.domain.rehearsal import Fault, Outcome
from app.domain.rest import final_from
from app.rehearsal.apart import play_apart
from app.rehearsal.copy import MOST_VOTERS, Part
from app.rehearsal.part import RehearsalRefused, Task, play_part
from app.rehearsal.told import told
from app.store.frames import load_frame
from app.wiring import Parts

APART_FROM = 10_000
"""More voters than so many are played in parts at once, none of more than so many: with fewer, a
part would cost nearly as much as the whole, for each plays all strides of the week."""


def rehearse(
    parts: Parts,
    campaign_id: int,
    *,
    faults: Collection[Fault],
    seed: int,
    workers: int = 3,
    progress: Callable[[float], None] = lambda _: None,
    most: int = MOST_VOTERS,
    apart_from: int = APART_FROM,
) -> Outcome:
    """Plays the final week of a campaign, or what is left of it, on a copy.

    The campaign itself is only read. Same copy, seed and faults, same trace, however many
    processors there are. Raises RehearsalRefused, NoRoom, PartLost.
    """
    began = time.monotonic()
    with parts.sessions() as session:
        try:
            frame = load_frame(session, campaign_id)
        except NoResultFound:
            raise RehearsalRefused(f"There is no campaign {campaign_id}.") from None
        query = text("SELECT count(*) FROM targets WHERE campaign_id = :campaign")
        voters = session.scalar(query, {"campaign": campaign_id}) or 0
    number = max(-(-min(voters, most) // apart_from), 1)
    starts_at = max(parts.clock.now(), final_from(frame.schedule))
    tasks = [
        Task(campaign_id, faults, seed, workers, starts_at, most, Part(at, number), parts.settings)
        for at in range(number)
    ]
    if number == 1:
        found = [play_part(parts.engine, tasks[0], progress)]
    else:
        url = parts.engine.url.render_as_string(hide_password=False)
        found = play_apart(tasks, url, progress)
    seconds = time.monotonic() - began
    return told(found, frame, seed=seed, workers=workers, seconds=seconds)
