"""The running pages as a person meets them: an address, and links to come in by."""

from functools import cache
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import Connection, Engine

from app.clock import Clock
from app.config import Settings
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from app.store.engine import Sessions, make_sessions
from app.store.people import User
from app.web.app import create_app
from app.web.sign_in import link_for
from app.wiring import Parts
from tests import factories
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.processes import SECRET_KEY


def set_clock(connection: Connection) -> None:
    """Let the campaign clock of processes that start from now on stand at noon, all but still.

    Tests share a web process for minutes, and all mean noon; what happens in turn has its turn.
    """
    save_anchor(connection, Anchor(NOON, Clock().wall(), 0.01))


class Site:
    """The pages, of a web process whose campaign clock was set to noon as it started."""

    def __init__(self, start_web: StartWeb, sessions: Sessions) -> None:
        self.sessions = sessions
        engine = sessions.kw["bind"]
        with engine.begin() as connection:
            set_clock(connection)
        self.process, self.url = start_web()
        self._app = _app(engine, self.url)

    def enter(
        self,
        page: Page,
        role: str,
        campaign_id: int | None = None,
        name: str = "",
        at: str = "",
        **facts: Any,
    ) -> User:
        """Sign a new person of this role in, by a link as organizers send it.

        The page that the link leads to is not shown where the test is about another, `at`.
        """
        person = factories.person(self.sessions, role, campaign_id, name, **facts)
        with self._app.app_context():
            link = link_for(person)
        if at:
            page.request.get(link, max_redirects=0)
        page.goto(f"{self.url}{at}" if at else link)
        return person


def go_by_menu(page: Page, name: str) -> None:
    """Follow a link of the navigation, which stands in a menu on a phone."""
    link = page.locator("nav").get_by_role("link", name=name, exact=True)
    if not link.count():
        menus = page.locator("nav .menu")
        menus.filter(has_text=name).first.locator("summary").click()
    link.first.click()


@cache
def _app(engine: Engine, url: str) -> Flask:
    """An application that makes links to `url`; made once, since that takes as long as a page."""
    settings = Settings(_env_file=None, secret_key=SECRET_KEY, public_url=url, secure_cookies=False)
    return create_app(Parts(settings, engine, make_sessions(engine), Clock()))
