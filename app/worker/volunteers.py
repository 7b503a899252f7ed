"""The volunteers' jobs: watch their shifts, make what they are to be told, tell it."""

from datetime import datetime, timedelta

from app.keys import signing_key
from app.services.alerts import Outbox, Run
from app.services.notices import prepare_notices
from app.services.shift_watch import watch_shifts
from app.services.tell import tell_volunteers
from app.wiring import Parts

PREPARE_EVERY = timedelta(seconds=10)
"""Machine time. Reminders are made a day ahead; who did not come is looked for more often, since a
demo's clock may run an hour in a minute."""


class Volunteers:
    """What one worker needs to tell volunteers: its own mail connection, and the loop of texts."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self.parts, self.run = parts, run
        self.prepared_at: datetime | None = None
        chosen = parts.settings
        self.outbox = Outbox(
            parts.texts(), parts.mails(), parts.hooks(), run, signing_key(chosen), chosen.public_url
        )

    def watch(self) -> int:
        """Makes reminders, and looks at every shift that is on."""
        parts, clock = self.parts, self.parts.clock
        url, wall = parts.settings.public_url, clock.wall()
        last = self.prepared_at
        if last is None or not last <= wall < last + PREPARE_EVERY:
            prepare_notices(parts.sessions, url, now=clock.now())
            self.prepared_at = wall
        return watch_shifts(parts.sessions, url, now=clock.now(), wall=wall)

    def tell(self) -> int:
        """Sends the notices that are due."""
        clock = self.parts.clock
        return tell_volunteers(self.parts.sessions, self.outbox, now=clock.now(), wall=clock.wall())

    def close(self) -> None:
        """Closes its connections."""
        self.run(self.outbox.texts.close())
