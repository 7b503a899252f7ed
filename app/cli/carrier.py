"""`lastmile carrier`: the simulated carrier as a process of its own."""

import asyncio
import logging
from pathlib import Path

import click

from app.carrier.server import PortTaken, run
from app.carrier.settings import Dials, Settings, turned
from app.carrier.voter import Shares


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8010, show_default=True, help="HTTP port; 0 takes a free one.")
@click.option("--smtp-port", default=8025, show_default=True, help="SMTP port; 0 takes a free one.")
@click.option("--smtp-user", help="Ask for a name and password before taking mail.")
@click.option("--smtp-password", envvar="CARRIER_SMTP_PASSWORD")
@click.option("--account-sid", envvar="TWILIO_ACCOUNT_SID", required=True)
@click.option("--auth-token", envvar="TWILIO_AUTH_TOKEN", required=True)
@click.option("--inbound-url", help="Where texts from voters are posted.")
@click.option("--ledger", type=click.Path(path_type=Path, dir_okay=False), help="A file to keep.")
@click.option("--seed", default=1, show_default=True, help="Which voters live behind the phones.")
@click.option("--delivery-seconds", default=1.5, show_default=True)
@click.option("--latency-ms", default=0.0, show_default=True)
@click.option("--rate-per-second", default=0.0, show_default=True, help="0 for no limit.")
@click.option("--voters", type=click.Choice(["on", "off"]), default="on", show_default=True)
@click.option("--share", "shares", multiple=True, metavar="NAME=N", help="Such as stop=0.1.")
@click.option("--callback-retries", default=3, show_default=True)
@click.option("--callback-backoff", default=0.5, show_default=True, help="Seconds; doubles.")
@click.option("--callback-concurrency", default=16, show_default=True)
@click.option("--sink", is_flag=True, help="Accept everything, keep nothing but counts.")
def carrier(
    delivery_seconds: float,
    latency_ms: float,
    rate_per_second: float,
    voters: str,
    shares: tuple[str, ...],
    **fixed: object,
) -> None:
    """A stand-in for Twilio and a mail relay, with simulated voters who answer."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd's talk of every command
    dials = Dials(latency_ms, rate_per_second, delivery_seconds)
    settings = Settings(**fixed)  # type: ignore[arg-type]  # the options above are its fields
    try:
        dials.voters = turned(turned(Shares(), voters), _shares(shares))
        asyncio.run(run(settings, dials, _ready))
    except (PortTaken, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _shares(wishes: tuple[str, ...]) -> dict[str, float]:
    shares = {}
    for wish in wishes:
        name, _, number = wish.partition("=")
        try:
            shares[name] = float(number)
        except ValueError:
            raise ValueError(f"--share {wish}: write NAME=N, such as stop=0.1") from None
    return shares


def _ready(http_port: int, smtp_port: int) -> None:
    click.echo(f"carrier ready http={http_port} smtp={smtp_port}")
