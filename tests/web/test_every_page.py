"""Every page opens on a campaign with a dozen of everything, asks the database little, changes
nothing, is kept by no browser and keeps no connection."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.store.engine import Sessions
from app.web.guard import is_public
from tests import factories
from tests.full_house import addresses, full_house, looks_on
from tests.web.conftest import as_person

MOST = 15
"""Queries a page: whatever it lists, so that none grows with what a campaign has."""
WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
NOTES = {"imports.rejects", "paper.print", "voters.show"}
"""Pages that note in the audit log who looks, or takes it away."""


@contextmanager
def noted(engine: Engine) -> Iterator[list[str]]:
    """The statements that go to the database meanwhile."""
    asked: list[str] = []

    def note(*said: Any) -> None:
        asked.append(said[2])

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_every_page_opens_asks_at_most_fifteen_queries_and_changes_nothing(
    web: Flask, engine: Engine, sessions: Sessions
) -> None:
    house = full_house(sessions)
    looking = factories.person(sessions, "admin", house.campaign_id)
    with sessions.begin() as session:
        looks_on(session, house, looking)
    client = as_person(web, looking)
    assert client.post("/calls").status_code == 303
    with engine.connect() as connection:
        pages = list(addresses(web, connection, house))
    greedy: dict[str, int] = {}
    broken: dict[str, tuple[int, str]] = {}
    writing: set[str] = set()
    kept: dict[str, str | None] = {}
    holding: set[str] = set()
    for endpoint, address in pages:
        with noted(engine) as asked:
            answer = client.get(address)
            answer.get_data()
        answer.close()
        if engine.pool.checkedout():
            holding.add(endpoint)
            engine.dispose()
        if len(asked) > MOST:
            greedy[endpoint] = len(asked)
        if any(map(WRITES.search, asked)):
            writing.add(endpoint)
        with web.app_context():
            for_all = is_public(endpoint)
        if not for_all and answer.headers.get("Cache-Control") != "no-store":
            kept[endpoint] = answer.headers.get("Cache-Control")
        if answer.status_code not in (200, 302, 303) and not _dead_link(endpoint, answer):
            broken[endpoint] = (answer.status_code, address)
    assert (broken, greedy, writing, kept, holding) == ({}, {}, NOTES, {}, set())


def _dead_link(endpoint: str, answer: TestResponse) -> bool:
    """Pages of a token, which say that this one is none."""
    return endpoint in {
        "invitations.invitation",
        "invitations.sign_in",
        "unsubscribe.unsubscribe_page",
    } and answer.status_code in (404, 410)
