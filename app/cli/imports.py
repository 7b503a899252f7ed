"""`lastmile import`: any list a campaign has, by a layout, a mapping or a good guess."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Never

import click
from psycopg.errors import UndefinedTable
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.cli.import_words import bar, print_summary
from app.domain.detect import Detected, detect
from app.domain.kind import KINDS
from app.domain.layout import Layout, layout_from, layout_names, load_layout
from app.domain.layout_facts import WrongLayout
from app.services.import_runs import bring_in, remember, saved_mappings
from app.services.import_watch import Canceled
from app.services.loader import Setting
from app.services.open_file import open_file
from app.services.rejects import ImportRefused
from app.store.campaigns import Campaign
from app.wiring import Parts, connect

FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--kind", type=click.Choice(list(KINDS)), help="What FILE lists [default: a guess].")
@click.option("--layout", help="A layout by name: shipped (nc, oh, fl, van, …) or saved before.")
@click.option("--mapping", type=FILE, help="A mapping of your own, as a TOML file.")
@click.option("--show-mapping", is_flag=True, help="Print what FILE seems to be, as TOML, and end.")
@click.option("--yes", is_flag=True, help="Take the guess, where no layout is known.")
@click.option("--check", is_flag=True, help="A dry run: count, store nothing.")
@click.option("--save-as", metavar="NAME", help="Keep the mapping, to use again by --layout NAME.")
@click.option("--campaign", metavar="NAME", help="For ballots, volunteers and shifts: whose.")
@click.option("--source", help="Whose voter ids these are: nc, oh, van, …")
@click.option(
    "--missing",
    type=click.Choice(["keep", "withdraw"]),
    default="keep",
    show_default=True,
    help="Voters on file whom FILE does not have; withdraw only if FILE is complete.",
)
@click.option("--rejected", type=FILE, help="Where rejected rows go [default: FILE.rejected.csv].")
def import_(
    file: Path,
    kind: str | None,
    layout: str | None,
    mapping: Path | None,
    show_mapping: bool,
    yes: bool,
    check: bool,
    save_as: str | None,
    campaign: str | None,
    source: str | None,
    missing: str,
    rejected: Path | None,
) -> None:
    """Bring FILE in: voters, history, ballots, consents, any list. Doing it twice changes nothing.

    FILE may be CSV, text, .xlsx, .gz or .zip. Without --layout or --mapping it is looked at, and
    taken if it is in a layout that is known.
    """
    parts = connect()
    with _refusals():
        if show_mapping:
            click.echo(_toml(_looked_at(file, kind).facts))
            return
        chosen = _layout(parts, file, kind, layout, mapping, yes=yes)
        if save_as:
            facts = _facts(parts, file, kind, layout, mapping)
            remember(parts.sessions, save_as, chosen.kind, facts, by=None, at=parts.clock.now())
        options = _options(parts, chosen, campaign, missing)
        _bring_in(parts, file, chosen, options, source, check=check, rejected=rejected)


def _bring_in(
    parts: Parts,
    file: Path,
    layout: Layout,
    options: dict[str, Any],
    source: str | None,
    *,
    check: bool,
    rejected: Path | None,
) -> None:
    setting = Setting(
        source or layout.source,
        layout.country or parts.settings.country,
        parts.clock.now(),
        parts.clock.wall(),
        options=options,
    )
    with bar() as show:
        summary = bring_in(
            parts.engine,
            file,
            layout,
            setting,
            parts.clock.wall,
            worker=f"command:{os.getpid()}",
            check=check,
            rejects_to=rejected or file.with_name(file.name + ".rejected.csv"),
            tell=show,
        )
    print_summary(file, layout.kind, summary, check=check)


def _looked_at(file: Path, kind: str | None) -> Detected:
    with open_file(file) as opened:
        return detect(opened.head, fallback=opened.fallback, kind=kind)


def _layout(
    parts: Parts,
    file: Path,
    kind: str | None,
    name: str | None,
    mapping: Path | None,
    *,
    yes: bool,
) -> Layout:
    """What the user said, or what FILE shows it to be; raises ImportRefused where that is a guess
    that nobody has looked at."""
    if name and name in layout_names():
        return load_layout(name)
    if name or mapping:
        facts = _facts(parts, file, kind, name, mapping)
        return layout_from(facts, name or mapping.stem if mapping else str(name))
    found = _looked_at(file, kind)
    if found.layout:
        layout = load_layout(found.layout)
        click.echo(f"{file.name} is in the {layout.title} layout ({layout.name}).")
        return layout
    if not yes and kind is None:
        _refuse(
            f"{file.name} is in no layout that is known; it seems to be: "
            f"{KINDS[found.kind].title.lower()}.\nSee what each column would be:\n"
            f"  lastmile import {file} --show-mapping > mapping.toml\n"
            "then, with what you changed:\n"
            f"  lastmile import {file} --mapping mapping.toml\n"
            f"or take the guess:\n  lastmile import {file} --yes"
        )
    return layout_from(found.facts, _name_of(file))


def _name_of(file: Path) -> str:
    """A name for the list in a file, the same for next week's: members-2026-10.csv is members."""
    stem = file.name.partition(".")[0].lower()
    return re.sub(r"[^a-z]+", "-", stem).strip("-")[:40] or "list"


def _facts(
    parts: Parts, file: Path, kind: str | None, name: str | None, mapping: Path | None
) -> dict[str, Any]:
    if mapping:
        return _read(mapping)
    if name:
        with parts.sessions() as session:
            saved = {each.name: each.spec for each in saved_mappings(session)}
        if name not in saved:
            names = [*layout_names(), *saved]
            raise ImportRefused(f"there is no layout {name!r}; there are {', '.join(names)}")
        return saved[name]
    return dict(_looked_at(file, kind).facts)


def _read(mapping: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(mapping.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImportRefused(f"{mapping} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{mapping} is no TOML: {error}") from error


def _options(parts: Parts, layout: Layout, campaign: str | None, missing: str) -> dict[str, Any]:
    options: dict[str, Any] = {"missing": missing} if layout.kind == "voters" else {}
    if campaign or layout.kind in ("ballots", "shifts"):
        found = _campaign(parts, campaign)
        options |= {"campaign": found.id, "polling_day": found.polling_day.isoformat()}
    return options


def _campaign(parts: Parts, name: str | None) -> Campaign:
    """The campaign of this name, or the only one."""
    with parts.sessions() as session:
        campaigns = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    named = [each for each in campaigns if name is None or each.name == name]
    if len(named) != 1:
        names = ", ".join(each.name for each in campaigns) or "none"
        raise ImportRefused(f"say whose list this is: --campaign NAME; there are {names}")
    return named[0]


def _toml(facts: Any) -> str:
    """Facts as TOML; JSON writes its texts, numbers and lists in the same way."""
    plain = {key: value for key, value in facts.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for key, table in facts.items():
        if isinstance(table, dict) and table:
            lines += ["", f"[{key}]", *(f"{json.dumps(k)} = {_value(v)}" for k, v in table.items())]
    return "\n".join(lines)


def _value(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


@click.command("consents")
@click.argument("file", type=FILE)
@click.option("--layout", "source", help="Whose voter ids FILE uses: nc, oh, …")
@click.option("--rejected", type=FILE, help="Where rejected rows go [default: FILE.rejected.csv].")
@click.pass_context
def consents(context: click.Context, file: Path, source: str | None, rejected: Path | None) -> None:
    """Load consents from FILE: voter_id, channel, address, basis, source, given_on."""
    context.invoke(import_, file=file, kind="consents", source=source, rejected=rejected)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what the user can mend."""
    try:
        yield
    except (ImportRefused, WrongLayout) as refusal:
        _refuse(refusal)
    except Canceled:
        _refuse("the import was canceled; nothing was stored")
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            _refuse("the database has no tables yet: run lastmile migrate first")
        raise


def _refuse(message: object) -> Never:
    raise click.ClickException(str(message))
