"""The blueprint of imports, what its templates know, and the run that a page is about."""

import sys
from typing import Any

from flask import Blueprint, abort, request

from app.store.imports import ImportRun
from app.web.imports import words
from app.web.sessions import parts, session

bp = Blueprint("imports", __name__, url_prefix="/imports")


@bp.url_value_preprocessor
def take_any_size(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be of any size; said before anything else looks at the request."""
    if endpoint == "imports.receive":
        request.max_content_length = sys.maxsize  # None would mean the limit of forms


@bp.context_processor
def in_words() -> dict[str, Any]:
    """Words of runs, for the templates of this blueprint."""
    return {name: getattr(words, name) for name in words.FOR_TEMPLATES}


def run_of(run_id: int) -> ImportRun:
    """The run of this number as it is now, or 404."""
    return session().get(ImportRun, run_id, populate_existing=True) or abort(404)


def is_here(run: ImportRun) -> bool:
    """Whether the file itself is on this machine."""
    return bool(run.stored_as) and (parts().settings.uploads / run.stored_as).is_file()
