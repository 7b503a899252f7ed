"""`lastmile sender …`: the senders of a campaign, added, changed, stopped and started."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from sqlalchemy.orm import Session

from app.cli.change_campaign import campaign_named
from app.domain.sender import PRESETS, Kind, ten_dlc
from app.domain.sender_draft import SenderDraft
from app.services import senders as services
from app.services.senders import SenderRefused
from app.store.campaigns import Sender
from app.store.rates import senders_of
from app.wiring import connect


def _limit(value: str) -> int | None:
    """2000, or nothing for no limit."""
    return int(value.replace(",", "")) if value else None


FACTS: dict[str, Callable[[str], Any]] = {
    "name": str,
    "address": str,
    "price": Decimal,
    "per_second": float,
    "per_minute": _limit,
    "per_hour": _limit,
    "per_day": _limit,
}
"""A name as it is typed → how its value is read."""
RATES = ("per_second", "per_minute", "per_hour", "per_day")
KINDS = ", ".join(Kind)


@click.group()
def sender() -> None:
    """Numbers, messaging services and mail relays of a campaign."""


@sender.command("add")
@click.argument("campaign")
@click.argument("kind", metavar="KIND")
@click.argument("address")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE…]")
def add(campaign: str, kind: str, address: str, changes: tuple[str, ...]) -> None:
    """Add a sender to CAMPAIGN, with the rates that are usual for its KIND: long_code, toll_free,
    short_code, ten_dlc (or ten_dlc:SCORE), service or relay.

    Others by name: name="Second number" price=0.0083 per_second=3 per_hour=10000 per_day=2000.
    """
    parts = connect()
    draft = _changed(_usual(kind, address), changes)
    with parts.sessions() as session:
        found = campaign_named(session, campaign).id
    try:
        key = services.add_sender(parts.sessions, found, draft, by=None, now=parts.clock.now())
    except SenderRefused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"Sender {key} is added and sends from now on.")


@sender.command("set")
@click.argument("campaign")
@click.argument("which", metavar="SENDER")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
def set_(campaign: str, which: str, changes: tuple[str, ...]) -> None:
    """Change SENDER, an id, a name or an address, of CAMPAIGN: per_second=2.5 per_day=2000; empty
    is no limit."""
    parts = connect()
    with parts.sessions() as session:
        row = _named(session, campaign, which)
    draft = _changed(services.draft_of(row), changes)
    try:
        changed = services.change_sender(
            parts.sessions, row.id, draft, by=None, now=parts.clock.now()
        )
    except SenderRefused as refused:
        raise click.ClickException(str(refused)) from refused
    before, after = services.draft_of(row).written(), draft.tidy().written()
    for name in changed:
        click.echo(f"{name}: {before[name] or 'none'} → {after[name] or 'none'}")
    if not changed:
        click.echo("Nothing was different, so nothing has changed.")


@sender.command("stop")
@click.argument("campaign")
@click.argument("which", metavar="SENDER")
@click.option("--reason", required=True, help="Why; kept with it.")
def stop(campaign: str, which: str, reason: str) -> None:
    """Stop SENDER of CAMPAIGN: what it has not sent waits, or goes out by another."""
    parts = connect()
    with parts.sessions() as session:
        row = _named(session, campaign, which)
    try:
        done = services.stop_sender(parts.sessions, row.id, reason, by=None, now=parts.clock.now())
    except SenderRefused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{row.name} is stopped." if done else f"{row.name} was stopped: {row.stopped}")


@sender.command("start")
@click.argument("campaign")
@click.argument("which", metavar="SENDER")
def start(campaign: str, which: str) -> None:
    """Let SENDER of CAMPAIGN send again."""
    parts = connect()
    with parts.sessions() as session:
        row = _named(session, campaign, which)
    done = services.start_sender(parts.sessions, row.id, by=None, now=parts.clock.now())
    click.echo(f"{row.name} sends again." if done else f"{row.name} was sending already.")


def _usual(kind: str, address: str) -> SenderDraft:
    """A sender of this kind, without a price."""
    name, _, score = kind.partition(":")
    if name not in set(Kind) or (score and (name != Kind.TEN_DLC or not score.isdecimal())):
        raise click.ClickException(f"{kind!r} is no kind of sender; there are {KINDS}.")
    rates = ten_dlc(int(score)) if score else PRESETS[Kind(name)].rates
    return SenderDraft(Kind(name), "", address, rates, Decimal(0))


def _named(session: Session, campaign: str, which: str) -> Sender:
    rows = senders_of(session, campaign_named(session, campaign).id)
    for row in rows:
        if which in (str(row.id), row.name, row.address):
            return row
    there = ", ".join(f"{row.id} ({row.name}, {row.address})" for row in rows) or "none yet"
    raise click.ClickException(f"There is no sender {which!r}; there are: {there}.")


def _changed(draft: SenderDraft, changes: Sequence[str]) -> SenderDraft:
    said: dict[str, Any] = {}
    for change in changes:
        name, is_given, value = change.partition("=")
        if name not in FACTS or not is_given:
            raise click.ClickException(f"{change!r} is nothing of a sender; there are {_names()}.")
        try:
            said[name] = FACTS[name](value.strip())
        except (ValueError, InvalidOperation) as error:
            raise click.ClickException(f"{change!r} is no number.") from error
    rates: dict[str, Any] = {name: said.pop(name) for name in RATES if name in said}
    return replace(draft, rates=replace(draft.rates, **rates), **said)


def _names() -> str:
    return " ".join(f"{name}=…" for name in FACTS)
