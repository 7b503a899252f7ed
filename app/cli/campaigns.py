"""`lastmile campaign …`: set up, list and plan campaigns."""

import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from app.cli.change_campaign import blackout, set_, survey
from app.domain.channel import Channel
from app.domain.ramp import Shape, drawn_until
from app.domain.universe import BadUniverse, Universe
from app.services import plans
from app.services.campaigns import (
    CampaignDraft,
    CampaignRefused,
    RampDraft,
    set_up,
)
from app.services.demo_campaign import SURVEY, demo_draft
from app.services.demo_people import add_demo_people
from app.services.demo_texts import add_demo_texts
from app.services.surveys import set_survey
from app.store.campaigns import Campaign
from app.wiring import Parts, connect


@click.group()
def campaign() -> None:
    """Set up, list and change campaigns."""


campaign.add_command(set_)
campaign.add_command(blackout)
campaign.add_command(survey)


@campaign.command("list")
def list_() -> None:
    """The campaigns that are not closed."""
    parts = connect()
    with parts.sessions() as session:
        for row in session.scalars(
            select(Campaign).where(Campaign.state != "closed").order_by(Campaign.id)
        ):
            draft = "  (draft)" if row.state == "draft" else ""
            click.echo(f"{row.id:>4}  {row.name}  polling day {row.polling_day}{draft}")


@campaign.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Set up the campaign that a TOML FILE describes; see docs/organizers.md for its fields."""
    parts = connect()
    try:
        draft = read_draft(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise click.ClickException(f"{file}: no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is not TOML: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise click.ClickException(f"{file}: {what}") from error
    campaign_id = _set_up(parts, draft)
    click.echo(f"Campaign {campaign_id} is set up.")
    with parts.sessions() as session:
        for sentence in plans.problems(session, campaign_id):
            click.echo(f"  ! {sentence}")


@campaign.command()
def demo() -> None:
    """Set up the demo's campaign, its people and their shifts."""
    parts = connect()
    draft = demo_draft(parts.clock.now())
    campaign_id = _set_up(parts, draft)
    clock = parts.clock
    set_survey(parts.sessions, campaign_id, SURVEY, by=None, now=clock.now())
    add_demo_people(
        parts.sessions, campaign_id, draft.polling_day, now=clock.now(), wall=clock.wall()
    )
    told = add_demo_texts(
        parts.sessions, campaign_id, draft.polling_day, draft.zone, now=clock.now()
    )
    click.echo(told)
    click.echo(f"Campaign {campaign_id} is set up.")


def _set_up(parts: Parts, draft: CampaignDraft) -> int:
    try:
        return set_up(parts.sessions, draft, now=parts.clock.now(), wall=parts.clock.wall())
    except CampaignRefused as error:
        lines = "\n".join(f"  {name}: {why}" for name, why in error.problems.items())
        raise click.ClickException(f"the campaign was not set up:\n{lines}") from error


def read_draft(data: dict[str, Any]) -> CampaignDraft:
    """The draft that a parsed TOML file describes.

    Raises KeyError for a field that is missing, ValueError or TypeError for one that is wrong.
    """
    polling_day = _day(data["polling_day"], "polling_day")
    ramps = {
        Channel(name): _ramp(ramp, f"ramps.{name}", polling_day)
        for name, ramp in data["ramps"].items()
    }
    words, senders, caps = data.get("words", {}), data.get("senders", {}), data.get("caps", {})
    try:
        universe = Universe.from_json(data.get("universe", {}))
    except BadUniverse as error:
        raise ValueError(f"universe: {error}") from error
    return CampaignDraft(
        name=data["name"],
        organization=data["organization"],
        candidate=data.get("candidate", ""),
        zone=data["zone"],
        country=data.get("country", "US"),
        polling_day=polling_day,
        polls_open=_time(data["polls_open"], "polls_open"),
        polls_close=_time(data["polls_close"], "polls_close"),
        universe=universe,
        ramps=ramps,
        budget=Decimal(str(data["budget"])),
        reserve_share=Decimal(str(data.get("reserve_share", "0.3"))),
        voter_daily_cap=int(caps.get("daily", 2)),
        voter_total_cap=int(caps.get("total", 12)),
        text_body=words.get("text", ""),
        email_subject=words.get("email_subject", ""),
        email_body=words.get("email", ""),
        call_script=words.get("call", ""),
        text_sender=senders.get("text", ""),
        text_price=Decimal(str(senders.get("text_price", "0.0079"))),
        text_per_second=float(senders.get("text_per_second", 3)),
        email_sender=senders.get("email", ""),
    )


def _ramp(ramp: dict[str, Any], name: str, polling_day: date) -> RampDraft:
    """A table of [ramps]: by total, by peak, or drawn with a number for each day to polling day."""
    shape = _shape(ramp["shape"], f"{name}.shape")
    numbers = [_whole(one, f"{name}.drawn") for one in ramp.get("drawn", [])]
    if shape is Shape.DRAWN and not numbers:
        raise ValueError(f"{name}.drawn: give a number for each day, the last for polling day")
    drawn = drawn_until(polling_day, numbers) if shape is Shape.DRAWN else ()
    peak = _whole(ramp["peak"], f"{name}.peak") if "peak" in ramp else None
    if peak is None and shape is not Shape.DRAWN and "total" not in ramp:
        raise ValueError(f"{name}.total is missing; give it, or {name}.peak")
    if peak is not None and "total" in ramp:
        raise ValueError(f"{name}: total and peak say the same thing; leave one out")
    return RampDraft(
        shape=shape,
        starts_on=drawn[0][0] if drawn else _day(ramp["starts_on"], f"{name}.starts_on"),
        total=_whole(ramp.get("total", sum(numbers)), f"{name}.total"),
        rise=float(ramp.get("rise", 4)),
        doubling_days=float(ramp.get("doubling_days", 3)),
        daily_cap=_whole(ramp["daily_cap"], f"{name}.daily_cap") if "daily_cap" in ramp else None,
        peak=None if shape is Shape.DRAWN else peak,
        middle=float(ramp.get("middle", 0.6)),
        steps=_whole(ramp.get("steps", 3), f"{name}.steps"),
        drawn=drawn,
    )


def _whole(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return value


def _shape(value: object, name: str) -> Shape:
    shapes = [shape.value for shape in Shape]
    if value not in shapes:
        raise ValueError(f"{name}: {value!r} is no shape; use {' or '.join(shapes)}")
    return Shape(value)


def _day(value: object, name: str) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"{name} must be a day like 2026-11-03, without quotes")
    return value


def _time(value: object, name: str) -> time:
    if not isinstance(value, time):
        raise ValueError(f"{name} must be a time like 06:30:00, without quotes")
    return value
