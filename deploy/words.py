"""Bring the catalogs up to date: new messages come in empty, those no page says any more go.

The names of all languages, which the call screen loads, are written as well.

    make words

Then fill in what is empty in translations/*/LC_MESSAGES/messages.po; a test says what is missing.
"""

import csv
import json
import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from app.domain.language import names
from app.web.tongue import TONGUES

ROOT = Path(__file__).parent.parent
CATALOGS = ROOT / "translations"
TABLES = {"figures": ("topic", "label", "unit", "note")}
"""Tables whose words pages show, and their columns of words."""
ELSEWHERE = {"tests", "var", "build", "benchmarks"}

HEADER = """\
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""
"""Without the times that are usual there, which would change for nothing."""


def messages() -> Iterator[str | tuple[str, ...]]:
    """Each message of the pages; of one that counts, the singular and the plural."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "marked": None}
    for _, _, said, _, _ in extract_from_dir(
        ROOT, methods, options, keywords, directory_filter=_ours
    ):
        yield said
    yield from _of_tables()


def _of_tables() -> Iterator[str]:
    """The words of the tables that pages show."""
    for name, columns in TABLES.items():
        with (ROOT / f"app/domain/data/{name}.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                words = (row[column] for column in columns)
                yield from (said for said in words if any(map(str.isalpha, said)))


def _ours(folder: str | os.PathLike[str]) -> bool:
    name = Path(folder).name
    return not name.startswith((".", "_")) and name not in ELSEWHERE


def update(path: Path) -> int:
    """Bring one catalog up to date; how many of its messages are not said yet."""
    code = path.parent.parent.name
    with path.open("rb") as file:
        known = read_po(file, locale=code)
    fresh = Catalog(code)
    for said in messages():
        old = known.get(said)
        fresh.add(said, old.string if old is not None else "")
    with path.open("wb") as file:
        file.write(HEADER.format(code=code, plurals=fresh.plural_forms).encode())
        write_po(file, fresh, sort_output=True, omit_header=True, width=100)
    return sum(1 for one in fresh if one.id and not all(_forms(one.string)))


def _forms(said: str | tuple[str, ...] | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def write_languages(code: str) -> None:
    """Writes the names of all languages in one of them, in their order, for the call screen."""
    known = Locale(code).languages
    named = {one: known.get(one, one) for one in names()}
    listed = sorted(
        ((one, name[:1].upper() + name[1:]) for one, name in named.items()), key=itemgetter(1)
    )
    words = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    (ROOT / f"app/web/static/languages-{code}.json").write_text(f"{words}\n", encoding="utf-8")


if __name__ == "__main__":
    for tongue in TONGUES:
        write_languages(tongue)
    for catalog in sorted(CATALOGS.glob("*/LC_MESSAGES/messages.po")):
        print(f"{catalog.relative_to(ROOT)}: {update(catalog)} to be said")
