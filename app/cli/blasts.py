"""`lastmile blast …`: list, preview, schedule, pause, resume and cancel blasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from app.domain.blast import BlastState
from app.services import blasts
from app.services.blast_facts import Preview
from app.services.blast_preview import preview as preview_of
from app.services.blast_progress import progress_of
from app.services.blasts import BlastRefused
from app.store.blasts import Blast, blasts_of
from app.store.frames import running_frames
from app.web.blast_words import barred, counted, when
from app.web.words import moment, plural
from app.wiring import Parts, connect


@click.group()
def blast() -> None:
    """One text or email to a universe at a set time; write them on the campaign's page Blasts."""


@blast.command("list")
def list_() -> None:
    """The blasts of all campaigns that are not closed, with their state and what went out."""
    parts = connect()
    now = parts.clock.now()
    with parts.sessions() as session:
        for frame in running_frames(session):
            for one in blasts_of(session, frame.id):
                click.echo(f"{one.id:>4}  {one.name}, {frame.name}: {one.state}, {when(one)}")
                if one.state != BlastState.DRAFT:
                    found = counted(progress_of(session, one, now))
                    click.echo(f"      {found.sent}; {found.rest}")


@blast.command()
@click.argument("blast_id", type=int)
def preview(blast_id: int) -> None:
    """Whom the blast reaches, what it costs, when it is through; ends with 1 if it cannot be."""
    parts = connect()
    now = parts.clock.now()
    with parts.sessions() as session:
        one = _find(parts, blast_id)
        frame = next((it for it in running_frames(session) if it.id == one.campaign_id), None)
        zone = frame.schedule.zone if frame is not None else "UTC"
        found = preview_of(session, one, now)
    click.echo(f"{one.name}: {when(one)}")
    _show(found, now, zone)
    if found.refusals:
        raise click.ClickException("it cannot be scheduled; see above.")


def _show(found: Preview, now: datetime, zone: str) -> None:
    click.echo(f"  {plural(found.people, 'voter')} of {found.voters:,} get it")
    for many, why in barred(found):
        click.echo(f"    {many:,} {why}")
    click.echo(
        f"  {found.segments:,} segments or mails, at most {found.longest} each, "
        f"about {found.cost:,.2f} of {found.money_left:,.2f}"
    )
    if found.finishes_at is not None:
        click.echo(f"  through by about {moment(found.finishes_at, now, zone)} ({zone})")
    for words in (*found.refusals, *found.warnings):
        click.echo(f"  ! {words}")


@blast.command()
@click.argument("blast_id", type=int)
def schedule(blast_id: int) -> None:
    """Let a draft begin by itself when its time comes."""
    parts = connect()
    with _refusals():
        found = blasts.schedule(
            parts.sessions, _campaign(parts, blast_id), blast_id, by=None, now=parts.clock.now()
        )
    click.echo(f"Scheduled for {plural(found.people, 'voter')}.")


@blast.command()
@click.argument("blast_id", type=int)
def pause(blast_id: int) -> None:
    """Stop a blast until it is resumed."""
    parts = connect()
    with _refusals():
        held = blasts.pause(
            parts.sessions, _campaign(parts, blast_id), blast_id, by=None, now=parts.clock.now()
        )
    click.echo(f"Paused; {held:,} that waited are held back.")


@blast.command()
@click.argument("blast_id", type=int)
def resume(blast_id: int) -> None:
    """Let a paused blast go on with those who have not got it."""
    parts = connect()
    with _refusals():
        blasts.resume(
            parts.sessions, _campaign(parts, blast_id), blast_id, by=None, now=parts.clock.now()
        )
    click.echo("It goes on.")


@blast.command()
@click.argument("blast_id", type=int)
def cancel(blast_id: int) -> None:
    """End a blast for good; what has gone out stays out."""
    parts = connect()
    with _refusals():
        ended = blasts.cancel(
            parts.sessions, _campaign(parts, blast_id), blast_id, by=None, now=parts.clock.now()
        )
    click.echo(f"Canceled; {ended:,} that waited do not go out.")


def _campaign(parts: Parts, blast_id: int) -> int:
    return _find(parts, blast_id).campaign_id


def _find(parts: Parts, blast_id: int) -> Blast:
    with parts.sessions() as session:
        found = session.get(Blast, blast_id)
    if found is None:
        raise click.ClickException(f"there is no blast {blast_id}; see lastmile blast list")
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what the user can mend."""
    try:
        yield
    except BlastRefused as refused:
        raise click.ClickException(str(refused)) from refused
