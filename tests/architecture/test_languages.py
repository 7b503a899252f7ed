"""Every word of the pages is in a catalog, and every catalog is complete."""

import re
import runpy
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment

from app.web.tongue import CATALOGS, TONGUES
from tests.processes import ROOT

IN_EVERY_LANGUAGE = sorted(
    path
    for pattern in (
        "home.html",
        "unsubscribe.html",
        "errors/*.html",
        "calls/*.html",
        "bank/*.html",
        "replies/*.html",
        "my_shifts/*.html",
        "gaps/*.html",
        "teams/*.html",
        "tour/*.html",
        "security/*.html",
        "people/*.html",
        "sign_in/*.html",
        "plan/*.html",
        "universes/*.html",
        "voters/*.html",
        "imports/*.html",
        "exports/*.html",
        "senders/*.html",
        "blasts/*.html",
        "phases/*.html",
        "reserves/*.html",
        "ramps/*.html",
        "rules/*.html",
        "figures/*.html",
        "incidents/*.html",
        "rehearsals/*.html",
        "settings/*.html",
        "_macros.html",
        "_meanwhile.html",
    )
    for path in (ROOT / "templates").glob(pattern)
)
FIELD = re.compile(r"%\((\w+)\)[sd]")
MARKUP = re.compile(r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>|&\w+;", re.S)
SPOKEN_ATTRIBUTE = re.compile(
    r"\b(?:aria-label|placeholder|title|alt)=\"([^\"{]*[A-Za-z]{2}[^\"{]*)"
)
SAYS = re.compile(r"\bsay\(\"([^\"]+)\"")
SAME_IN_ALL = {"Lastmile", "min", "kbd"}


def messages() -> set[str]:
    """Each message of the pages, singular and plural."""
    found = runpy.run_path(str(ROOT / "deploy/words.py"))["messages"]()
    return {one for said in found for one in _forms(said)}


def catalog(code: str) -> Catalog:
    return read_po(BytesIO((CATALOGS / code / "LC_MESSAGES/messages.po").read_bytes()), code)


@pytest.mark.parametrize("code", sorted(set(TONGUES) - {"en"}))
def test_every_message_is_said_in_every_language(code: str) -> None:
    known = {
        one: message
        for message in catalog(code)
        if message.id and not message.fuzzy
        for one in ((message.id,) if isinstance(message.id, str) else message.id)
    }
    missing = sorted(messages() - set(known))
    assert not missing
    empty = [one for one, message in known.items() if not all(_forms(message.string))]
    assert not empty


@pytest.mark.parametrize("code", sorted(set(TONGUES) - {"en"}))
def test_a_translation_has_the_fields_of_its_message(code: str) -> None:
    wrong = []
    for message in catalog(code):
        ids = _forms(message.id)
        wanted = {name for one in ids for name in FIELD.findall(one)}
        for said in _forms(message.string):
            if message.id and set(FIELD.findall(said)) - wanted:
                wrong.append(said)
            if message.id and len(ids) == 1 and set(FIELD.findall(said)) != wanted:
                wrong.append(said)
    assert not wrong


@pytest.mark.parametrize(
    "path", IN_EVERY_LANGUAGE, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_page_has_no_words_outside_the_catalogs(path: Path) -> None:
    source = path.read_text()
    lexed = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source)
    data, inside = [], False
    block: list[str] = []
    for _, kind, value in lexed:
        if kind == "data" and not inside:
            data.append(value)
        elif kind == "block_begin":
            block = []
        elif kind == "name":
            block.append(value)
        elif kind == "block_end" and block:
            opens = block[0] == "trans" or block[:2] == ["block", "body_class"]
            inside = opens or (inside and block[0] not in ("endtrans", "endblock"))
    markup = "\x00".join(data)
    spoken = [word.strip() for word in SPOKEN_ATTRIBUTE.findall(markup)]
    words = MARKUP.sub(" ", _whole_tags(markup)).replace("\x00", " ")
    spoken += [one for one in re.findall(r"[A-Za-zÀ-ÿ]{2,}", words) if one not in SAME_IN_ALL]
    assert not spoken


def test_every_sentence_of_a_script_is_written_down_by_a_page() -> None:
    told = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    scripts = (ROOT / "app/web/static").glob("*.js")
    asked = {name for path in scripts for name in SAYS.findall(path.read_text())}
    assert asked
    assert not [name for name in sorted(asked) if f"'{name}':" not in told]


def _whole_tags(markup: str) -> str:
    """Tags whose attributes hold expressions, in one piece."""
    return re.sub(r"<[^>]*>", lambda tag: tag[0].replace("\x00", ""), markup)


def _forms(said: str | tuple[str, ...] | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)
