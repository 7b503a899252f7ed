"""`lastmile campaign set` and `lastmile campaign blackout`: change a campaign that runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.campaign_setting import CampaignSettings
from app.domain.rule import RuleKind
from app.domain.rule_words import NOUNS, change_in_words
from app.domain.survey import BadSurvey
from app.services.campaign_settings import (
    SettingsMoved,
    SettingsRefused,
    change_settings,
    settings_of,
)
from app.services.rule_check import RuleRefused, check_change, read_change
from app.services.rules import RuleUnsure, add_rule_change
from app.services.surveys import set_survey
from app.store.campaigns import Campaign
from app.wiring import connect


def _share(value: str) -> Decimal:
    """30% or 0.3."""
    return Decimal(value[:-1]) / 100 if value.endswith("%") else Decimal(value)


SETTINGS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "budget": ("budget", Decimal, "500"),
    "reserve": ("reserve_share", _share, "30%"),
    "daily_cap": ("voter_daily_cap", int, "2"),
    "total_cap": ("voter_total_cap", int, "12"),
}
"""A name as it is typed → the setting, how its value is read, an example."""


@click.command("set")
@click.argument("which", metavar="CAMPAIGN")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
def set_(which: str, changes: tuple[str, ...]) -> None:
    """Change settings of CAMPAIGN, an id or a name: budget=500 reserve=30% daily_cap=2
    total_cap=12."""
    parts = connect()
    with parts.sessions() as session:
        found = campaign_named(session, which)
        stored = settings_of(session, found.id)
    new = _with_changes(stored, changes)
    try:
        changed = change_settings(
            parts.sessions, found.id, new, loaded=stored.token, by=None, now=parts.clock.now()
        )
    except (SettingsRefused, SettingsMoved) as refused:
        raise click.ClickException(str(refused)) from refused
    before, after = stored.written(), new.written()
    for name in changed:
        click.echo(f"{name}: {before[name]} → {after[name]}")
    if not changed:
        click.echo("Nothing was different, so nothing has changed.")


@click.command()
@click.argument("which", metavar="CAMPAIGN")
@click.argument("file", type=click.File(encoding="utf-8"))
def survey(which: str, file: TextIO) -> None:
    """Have the callers of CAMPAIGN ask the questions of a JSON FILE; see docs/volunteers.md. An
    empty list brings the usual question back."""
    parts = connect()
    with parts.sessions() as session:
        found = campaign_named(session, which)
    try:
        made = set_survey(parts.sessions, found.id, json.load(file), by=None, now=parts.clock.now())
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from error
    except BadSurvey as bad:
        raise click.ClickException(f"{file.name}: {bad}") from bad
    asked = ", ".join(one.key for one in made.questions) or "the usual question"
    click.echo(f"Callers ask from now on: {asked}.")


def campaign_named(session: Session, which: str) -> Campaign:
    """The campaign of this id or name; raises ClickException, which says what there is."""
    rows = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    for row in rows:
        if which in (str(row.id), row.name):
            return row
    there = ", ".join(f"{row.id} ({row.name})" for row in rows) or "none yet"
    raise click.ClickException(f"There is no campaign {which!r}; there are: {there}.")


def _with_changes(stored: CampaignSettings, changes: tuple[str, ...]) -> CampaignSettings:
    said: dict[str, Any] = {}
    for change in changes:
        name, is_given, value = change.partition("=")
        if name not in SETTINGS or not is_given:
            known = " ".join(f"{one}={example}" for one, (_, _, example) in SETTINGS.items())
            raise click.ClickException(f"{change!r} is no setting; there are {known}")
        field, read, example = SETTINGS[name]
        try:
            said[field] = read(value.strip())
        except (ValueError, InvalidOperation) as error:
            raise click.ClickException(
                f"{change!r} is no number; write it like {name}={example}"
            ) from error
    return replace(stored, **said)


@click.command()
@click.argument("which", metavar="CAMPAIGN")
@click.argument("begins", metavar="FROM")
@click.argument("ends", metavar="UNTIL")
@click.option("--channels", default="call,text,email", show_default=True, help="Which ones.")
@click.option("--note", required=True, help="Why; kept with the blackout.")
@click.option(
    "--nothing-goes-out",
    is_flag=True,
    help="Needed for a blackout that leaves no hour of the final week open.",
)
def blackout(
    which: str, begins: str, ends: str, channels: str, note: str, nothing_goes_out: bool
) -> None:
    """Let nothing go out in CAMPAIGN from FROM until UNTIL, such as "2026-11-01 18:00" on the
    campaign's clock."""
    parts = connect()
    now = parts.clock.now()
    with parts.sessions() as session:
        found = campaign_named(session, which)
        campaign_id, zone = found.id, found.zone
    try:
        change = read_change(
            RuleKind.BLACKOUT,
            {
                "begins_at": _instant(begins, zone),
                "ends_at": _instant(ends, zone),
                "channels": [name.strip() for name in channels.split(",")],
                "reason": note,
            },
        )
        with parts.sessions() as session:
            effect = check_change(session, campaign_id, change, note, now)
        added = add_rule_change(
            parts.sessions, campaign_id, change, note, silent=nothing_goes_out, by=None, now=now
        )
    except RuleRefused as refused:
        raise click.ClickException(str(refused)) from refused
    except RuleUnsure as unsure:
        raise click.ClickException(f"{unsure} If you mean it, add --nothing-goes-out.") from unsure
    if not added.new:
        click.echo("This blackout holds already.")
        return
    click.echo(f"{change_in_words(change, zone)}.")
    for channel, one in effect.channels.items():
        lost, left = (length / timedelta(hours=1) for length in (one.lost, one.after))
        click.echo(
            f"  {NOUNS[channel]}: {lost:g} h of the final week close, {left:g} h stay open; "
            f"{one.planned:,} planned lie in what closes"
        )


def _instant(written: str, zone: str) -> str:
    """On the campaign's clock, unless it names an offset; what cannot be read, as it stands."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return written
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).isoformat()
