"""Accounts: add a person, print a link that signs a person in."""

import secrets
import sys

import click
from flask import Flask
from flask_security import hash_password

from app.domain.language import names
from app.domain.sign_in import read_login
from app.keys import NoSecretKey
from app.services.people import BadPerson, NewPerson, add_person, find_person
from app.store.people import ROLES
from app.web.app import create_app
from app.web.configuration import LINK_DAYS
from app.web.sessions import parts, session
from app.web.sign_in import link_for

SHORTEST = 12  # characters of a password


@click.group()
def user() -> None:
    """Accounts of volunteers, organizers and admins."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="What others see.")
@click.option("--role", type=click.Choice(list(ROLES)), default="volunteer", show_default=True)
@click.option("--campaign", "campaign_id", type=int, help="The campaign whose voters they call.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(list(names())),
    metavar="CODE",
    multiple=True,
    default=["en"],
    show_default=True,
    help="ISO 639-1 code of one they call in (en, es, vi …); repeat it for each.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(
    email: str,
    name: str,
    role: str,
    campaign_id: int | None,
    languages: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Add an account for EMAIL; prints a password made for it, once."""
    password = _read_password() if password_stdin else secrets.token_urlsafe(12)
    with _web().app_context():
        person = NewPerson(email, name, role, campaign_id, hash_password(password), languages)
        try:
            add_person(parts().sessions, person, wall=parts().clock.wall())
        except BadPerson as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"Added {email} as {role}.")
    if not password_stdin:
        click.echo(f"Password (shown only now): {password}")


@click.command("sign-in-link")
@click.argument("login", metavar="EMAIL_OR_PHONE")
def sign_in_link(login: str) -> None:
    """Print a link that signs a person in; whoever has it can use it for three days."""
    with _web().app_context():
        known = read_login(login, parts().settings.country)
        person = find_person(session(), known.address if known else login)
        if person is None:
            raise click.ClickException(
                f"{login} has no account; add one: lastmile user add EMAIL --name NAME, or let "
                "them join by an invitation"
            )
        click.echo(f"Good for {LINK_DAYS} days; send it to nobody else:", err=True)
        click.echo(link_for(person))


def _web() -> Flask:
    try:
        return create_app()
    except NoSecretKey as problem:
        raise click.ClickException(str(problem)) from problem


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST:
        raise click.ClickException(f"use a password of at least {SHORTEST} characters")
    return password
