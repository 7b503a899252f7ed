"""The pages of imports, with uploads in a place of their own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.store.engine import Sessions
from app.store.imports import ImportRun
from app.wiring import Parts
from tests.web.conftest import SignIn


@pytest.fixture
def parts(parts: Parts, tmp_path: Path) -> Parts:
    """The pages, with uploads in a place of their own."""
    chosen = parts.settings.model_copy(update={"uploads_dir": tmp_path / "uploads"})
    return replace(parts, settings=chosen)


@pytest.fixture
def organizer(sign_in: SignIn) -> FlaskClient:
    return sign_in("organizer")


@pytest.fixture
def run_of(sessions: Sessions) -> Callable[[int], ImportRun]:
    def run_of(run_id: int) -> ImportRun:
        with sessions() as session:
            return session.get_one(ImportRun, run_id)

    return run_of
