"""`lastmile voter …`: find a voter, merge doubles, part them again."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.search import parse
from app.services.merge import MergeRefused, merge, unmerge
from app.store.search import MOST, TooBroad, find
from app.store.voters import Voter
from app.wiring import connect


@click.group()
def voter() -> None:
    """Find a voter; merge two rows that are one person."""


@voter.command("find")
@click.argument("words", nargs=-1, required=True)
def find_(words: tuple[str, ...]) -> None:
    """Find voters by name, phone, email or id, as on the page."""
    parts = connect()
    year = parts.clock.now().year
    try:
        with parts.sessions() as session:
            found = find(session, parse(" ".join(words), parts.settings.country))
    except TooBroad as error:
        raise click.ClickException("too many begin like that; type more letters") from error
    for one in found:
        name = " ".join(filter(None, (one.first_name, one.middle_name, one.last_name, one.suffix)))
        facts = [
            str(year - one.birth_year) if one.birth_year else "",
            one.address,
            one.city,
            one.party,
            one.phone or "",
            f"{one.source} {one.source_id}",
        ]
        click.echo(f"#{one.id}  {name}  {', '.join(filter(None, facts))}")
    if not found:
        click.echo("Nobody found.")
    elif len(found) >= MOST:
        click.echo(f"The best {MOST}; say more to narrow it down.")


@voter.command("merge")
@click.argument("keep")
@click.argument("gone")
def merge_(keep: str, gone: str) -> None:
    """Merge voter GONE into voter KEEP; each is #NUMBER as `find` shows it, or a voter id."""
    parts = connect()
    with parts.sessions() as session:
        kept_id, gone_id = _voter_id(session, keep), _voter_id(session, gone)
    try:
        done = merge(parts.sessions, kept_id, gone_id, by=None, at=parts.clock.now())
    except MergeRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    took = ", ".join(name.replace("_", " ") for name in done.gained) or "nothing that was lacking"
    click.echo(f"Merged #{gone_id} into #{kept_id}, which took over {took}.")
    click.echo(f"Pending contacts canceled: {done.canceled:,}.")
    click.echo(f"Undo it with: lastmile voter unmerge {done.merge_id}")


@voter.command("unmerge")
@click.argument("merge_id", metavar="ID", type=int)
def unmerge_(merge_id: int) -> None:
    """Undo the merge ID; `merge` prints it, and the voter's page."""
    parts = connect()
    try:
        parted = unmerge(parts.sessions, merge_id, by=None, at=parts.clock.now())
    except MergeRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"#{parted.kept_id} and #{parted.gone_id} are two voters again.")


def _voter_id(session: Session, named: str) -> int:
    """The number of the voter named #NUMBER or by the id in the voter file."""
    if named.startswith("#") and named[1:].isdigit():
        return int(named[1:])
    found = session.scalars(select(Voter.id).where(Voter.source_id == named)).all()
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(f"#{each}" for each in found)
        raise click.ClickException(f"several files have a voter {named}: say one of {numbers}")
    raise click.ClickException(
        f"no voter has the id {named}; look for it with: lastmile voter find NAME"
    )
