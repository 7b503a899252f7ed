"""The lookout's jobs: watch, tell, ping."""

from app.keys import signing_key
from app.services.alerts import Outbox, Run, send_alerts
from app.services.heartbeat import ping
from app.services.reach import Nobody
from app.services.watch import watch
from app.wiring import Parts


class Lookout:
    """What one worker needs to look out: its own mail connection, and what it remembers."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self.parts, self.run = parts, run
        self.hooks = parts.hooks()
        self.nobody: Nobody = {}
        chosen = parts.settings
        self.outbox = Outbox(
            parts.texts(), parts.mails(), self.hooks, run, signing_key(chosen), chosen.public_url
        )

    def watch(self) -> int:
        """Looks at every campaign."""
        parts, clock = self.parts, self.parts.clock
        return watch(
            parts.sessions,
            now=clock.now(),
            wall=clock.wall(),
            speed=clock.speed,
            nobody=self.nobody,
        )

    def tell(self) -> int:
        """Sends the alerts that are due."""
        return send_alerts(self.parts.sessions, self.outbox, wall=self.parts.clock.wall())

    def ping(self) -> str:
        """Tells an outside monitor that all is well, or that it is not."""
        parts = self.parts
        return ping(
            parts.sessions,
            self.hooks,
            self.run,
            parts.settings.ping_url,
            wall=parts.clock.wall(),
        )

    def close(self) -> None:
        """Closes its connections."""
        self.run(self.outbox.texts.close())
