"""`lastmile export …`: voters, contacts and results into a CSV or XLSX file."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from app.services.export import (
    FORMATS,
    KINDS,
    Asked,
    ExportRefused,
    begin,
    find_campaign,
    written,
)
from app.wiring import connect


@click.command("export")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--campaign", help="Only of the campaign of this NAME.")
@click.option("--universe", default="", help="Only voters of the saved universe of this NAME.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="[default: as --to ends, or csv]"
)
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="[default: standard output]"
)
def export(
    kind: str, campaign: str | None, universe: str, form: str | None, to: Path | None
) -> None:
    """Export KIND. Each export is noted in the audit log."""
    parts = connect()
    form = form or ("xlsx" if to and to.suffix.lower() == ".xlsx" else "csv")
    if form == "xlsx" and to is None:
        raise click.ClickException("say where the XLSX file goes with --to FILE")
    try:
        with parts.sessions() as session:
            chosen = find_campaign(session, campaign) if campaign else None
        ready = begin(
            parts.sessions,
            Asked(kind, chosen, universe),
            form,
            by=None,
            at=parts.clock.now(),
            country=parts.settings.country,
        )
    except ExportRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    blocks = written(parts.engine, ready, form)
    if to is None:
        for block in blocks:
            sys.stdout.buffer.write(block)
        return
    _write(blocks, to)
    click.echo(f"{to}: {ready.rows:,} row{'' if ready.rows == 1 else 's'} of {kind}")


def _write(blocks: Iterator[bytes], to: Path) -> None:
    """The whole file, or none: it gets its name when it is complete."""
    part = to.with_name(to.name + ".part")
    try:
        with part.open("wb") as file:
            for block in blocks:
                file.write(block)
        os.replace(part, to)
    except OSError as error:
        raise click.ClickException(
            f"{to} cannot be written ({error.strerror or error}); name another place with --to"
        ) from error
    finally:
        part.unlink(missing_ok=True)
