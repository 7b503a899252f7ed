"""The language of the pages: a person's own choice, else the browser's, else English."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any, TypeVar, cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_app_context, request
from flask import session as cookie
from flask_babel import Babel, Domain, force_locale, get_locale
from flask_login import current_user
from jinja2 import pass_context

from app.config import ROOT

TONGUES = {"en": "English", "es": "Español"}
"""By code, each named in itself."""
CATALOGS = ROOT / "translations"
_TONGUE = "the page's tongue"

Key = TypeVar("Key")
Words = TypeVar("Words", bound=str | tuple[str, str])
Said = TypeVar("Said", bound=str)

_TWO_ENDS = re.compile(r"([ap]\.\sm\.)\.(?!\.)")


class Catalogs(Domain):  # type: ignore[misc]
    """The catalogs as they are written, without a step that compiles them."""

    def get_translations(self) -> NullTranslations:
        """Those of the page's language; English needs none."""
        return catalog(tongue())


class Tongues(Babel):  # type: ignore[misc]
    """Babel with our catalogs."""

    domain_instance = Catalogs()


@cache
def catalog(code: str) -> NullTranslations:
    """The translations into a language, read once a process."""
    written = CATALOGS / code / "LC_MESSAGES" / "messages.po"
    if not written.exists():
        return NullTranslations()
    compiled = BytesIO()
    with written.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def tongue() -> str:
    """The code of the page's language; asked for thousands of times a page, so found out once."""
    if not has_app_context():
        return "en"
    code: str | None = g.get(_TONGUE)
    if code is None:
        locale = get_locale()
        code = locale.language if locale is not None else "en"
        setattr(g, _TONGUE, code)
    return code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Everything in this language meanwhile, whoever asks."""
    before = tongue()
    with force_locale(code):
        setattr(g, _TONGUE, code)
        yield
    setattr(g, _TONGUE, before)


def translated(message: str, **facts: object) -> str:
    """The message in the page's language, with its facts; imported as `_`, by which it is found."""
    # an empty message stands for the catalog's own facts
    said = _said(message) if message else ""
    return ended(said % facts) if facts else said


def ngettext(one: str, many: str, of: int, /, **facts: object) -> str:
    """The message that fits so many, in the page's language, with its facts."""
    return ended(_counted(one, many, of) % {"num": of, **facts})


def ended(said: Said) -> Said:
    """With one period where a Spanish time, whose own it is, ends the sentence: 1 p. m."""
    return type(said)(_TWO_ENDS.sub(r"\1", said)) if "m.." in said else said


def _said(message: str) -> str:
    return catalog(tongue()).gettext(message)


def _counted(one: str, many: str, of: int) -> str:
    return catalog(tongue()).ngettext(one, many, of)


def marked(message: str) -> str:
    """The message as it is, found for the catalogs; whoever shows it says it by `_`."""
    return message


class InTongue(Mapping[Key, Words]):
    """A table of marked words that says each in the page's language when it is looked up."""

    def __init__(self, table: Mapping[Key, Words]) -> None:
        self.table = table

    def __getitem__(self, key: Key) -> Words:
        words: Any = self.table[key]
        said = translated(words) if isinstance(words, str) else tuple(map(translated, words))
        return cast("Words", said)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


def _chosen() -> str:
    own = getattr(current_user, "tongue", "") or cookie.get("tongue", "")
    if own in TONGUES:
        return str(own)
    return request.accept_languages.best_match(TONGUES) or "en"


def init_app(app: Flask) -> None:
    """`_` and `ngettext` in the templates, in the person's language."""
    Tongues(app, locale_selector=_chosen)
    # Straight to the catalog: the extension looks for the request anew at every message.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _said, _counted, newstyle=True
    )
    words: dict[str, Any] = app.jinja_env.globals
    words.update({name: _ending(words[name]) for name in ("gettext", "ngettext")})
    words.update(tongue=tongue, TONGUES=TONGUES)


def _ending(say: Callable[..., str]) -> Callable[..., str]:
    """The templates' way to words, which puts facts in by itself."""

    @pass_context
    def said(*asked: Any, **facts: Any) -> str:
        return ended(say(*asked, **facts))

    return said
