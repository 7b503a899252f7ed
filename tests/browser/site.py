"""The running pages as a person meets them: an address, and links to come in by."""

from datetime import datetime
from typing import Any

from playwright.sync_api import Page

from app.clock import Clock
from app.config import Settings
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from app.store.people import User
from app.web.app import create_app
from app.web.sign_in import link_for
from app.wiring import Parts
from tests import factories
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.processes import SECRET_KEY


class Site:
    """A web process of its own, whose campaign clock starts at noon."""

    def __init__(self, start_web: StartWeb, sessions: Sessions, now: datetime = NOON) -> None:
        self.sessions = sessions
        engine = sessions.kw["bind"]
        with engine.begin() as connection:
            save_anchor(connection, Anchor(now, Clock().wall(), 1.0))
        self.process, self.url = start_web()
        settings = Settings(
            _env_file=None, secret_key=SECRET_KEY, public_url=self.url, secure_cookies=False
        )
        self._app = create_app(Parts(settings, engine, sessions, Clock()))

    def enter(
        self, page: Page, role: str, campaign_id: int | None = None, name: str = "", **facts: Any
    ) -> User:
        """Sign a new person of this role in, by a link as organizers send it."""
        person = factories.person(self.sessions, role, campaign_id, name, **facts)
        with self._app.app_context():
            page.goto(link_for(person))
        return person
