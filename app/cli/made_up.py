"""Made-up voter files to try with."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.import_words import count
from app.domain.made_up import SNAPSHOT
from app.services.make_voter_file import make_voter_file as write_voter_file

FILE = click.Path(path_type=Path)


@click.command("make-voter-file")
@click.argument("path", type=FILE)
@click.option("--voters", type=click.IntRange(min=1), default=20_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--consents", "consents_to", type=FILE, help="Also write a file of their consents.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=str(SNAPSHOT),
    show_default=True,
    help="The day from which ages count.",
)
def make_voter_file(
    path: Path, voters: int, seed: int, consents_to: Path | None, as_of: datetime
) -> None:
    """Write made-up voters to PATH in the North Carolina layout, the same for the same seed."""
    day = as_of.replace(tzinfo=UTC).date()
    try:
        consents_made = write_voter_file(path, voters, seed, day, consents_to)
    except OSError as error:
        problem = f"{error.filename or path} cannot be written: {error.strerror or error}"
        raise click.ClickException(problem) from error
    click.echo(f"{path}: {count(voters, 'voter')}, seed {seed}")
    if consents_to is not None:
        click.echo(f"{consents_to}: {count(consents_made, 'consent')}")
