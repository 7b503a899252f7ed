"""The volunteers' jobs: watch their shifts, make what they are to be told, tell it."""

from app.keys import signing_key
from app.services.alerts import Outbox, Run
from app.services.notices import prepare_notices
from app.services.shift_watch import watch_shifts
from app.services.tell import tell_volunteers
from app.wiring import Parts


class Volunteers:
    """What one worker needs to tell volunteers: its own mail connection, and the loop of texts."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self.parts, self.run = parts, run
        chosen = parts.settings
        self.outbox = Outbox(
            parts.texts(), parts.mails(), parts.hooks(), run, signing_key(chosen), chosen.public_url
        )

    def watch(self) -> int:
        """Makes reminders, and looks at every shift that is on."""
        parts, clock = self.parts, self.parts.clock
        url = parts.settings.public_url
        prepare_notices(parts.sessions, url, now=clock.now())
        return watch_shifts(parts.sessions, url, now=clock.now(), wall=clock.wall())

    def tell(self) -> int:
        """Sends the notices that are due."""
        clock = self.parts.clock
        return tell_volunteers(self.parts.sessions, self.outbox, now=clock.now(), wall=clock.wall())

    def close(self) -> None:
        """Closes its connections."""
        self.run(self.outbox.texts.close())
