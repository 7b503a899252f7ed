"""A volunteer with a phone, as tests of lost lines and of releases need one."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Attempt
from app.web.sign_in import link_for
from tests import factories
from tests.browser.chromium import PATIENCE_MS
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.processes import Running

HOME, CALL = "/", "/calls/current"


class Caller:
    """A volunteer with a phone, whose tabs share what is kept on it, and a list of calls."""

    def __init__(self, site: Site, borrowed: Page, campaign: Campaign) -> None:
        self.site, self.borrowed, self.phone = site, borrowed, borrowed.context
        self.person = factories.person(site.sessions, "volunteer", campaign.id, "Ana")
        borrowed.goto(f"{site.url}/health")  # of the site, and no script of ours is at work in it
        self.tab = self.phone.new_page()

    def sign_in(self, person: User | None = None) -> None:
        """By a link, in the place of whoever was, and without a page: no script of ours is run."""
        self.phone.clear_cookies()
        with self.site._app.app_context():
            self.phone.request.get(link_for(person or self.person), max_redirects=0)

    def open(self, path: str) -> Page:
        """Go there in the tab, or in a new one."""
        if self.tab.is_closed():
            self.tab = self.phone.new_page()
        self.tab.set_default_timeout(PATIENCE_MS)
        self.tab.goto(f"{self.site.url}{path}")
        return self.tab

    def start(self) -> Page:
        """On the first call."""
        self.sign_in()
        page = self.open(CALL)
        page.locator("#waiting form button").click()
        expect(page.locator("#call")).to_be_visible()
        return page


CallerOf = Callable[..., Caller]


def choose(page: Page, result: str) -> None:
    """Choose a result of the call."""
    page.locator(f"label[for=r-{result}]").click()


def save(page: Page, result: str) -> None:
    """Choose a result and save it."""
    choose(page, result)
    page.get_by_role("button", name="Save, next voter").click()


def waits_here(page: Page) -> None:
    """See that the result waits on this phone, and that the page says so."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved on this phone")
    expect(page.locator("#kept")).to_contain_text("1 saved on this phone")


def recorded(sessions: Sessions) -> list[tuple[str | None, str]]:
    """What the server has, by when it came: results and notes."""
    with sessions() as session:
        found = session.scalars(select(Attempt).order_by(Attempt.handed_at)).all()
    return [(one.disposition, one.note) for one in found]


def two_calls(sessions: Sessions) -> Campaign:
    """A campaign with two voters to call."""
    with sessions.begin() as session:
        return factories.call_list(session, 2)


def site_of_its_own(start_web: StartWeb, sessions: Sessions) -> tuple[Site, list[Running]]:
    """The pages by a web process that a test may end; it is the first of the list once somebody has
    come in."""
    servers: list[Running] = []

    def start() -> tuple[Running, str]:
        process, url = start_web(LASTMILE_WEB_THREADS=2)
        servers.append(process)
        return process, url

    return Site(start, sessions), servers
