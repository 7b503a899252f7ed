"""`lastmile go CAMPAIGN` and `lastmile copy CAMPAIGN`: what the last page of the set-up does."""

from collections.abc import Mapping, Sequence
from datetime import date

import click

from app.cli.change_campaign import campaign_named
from app.domain.checklist import SHORTEST_REASON, Point, Weight, checklist, in_the_way
from app.services.copy_campaign import copy_campaign
from app.services.set_up import go as going
from app.services.set_up.draft import DRAFT, SetUpRefused
from app.services.set_up.facts import ready_for
from app.store.campaigns import Campaign
from app.web.setup.point_words import point_said
from app.web.setup.problem_words import problem_said
from app.wiring import connect


@click.command()
@click.argument("which", metavar="CAMPAIGN")
@click.option(
    "--because",
    "said",
    multiple=True,
    metavar="POINT=REASON",
    help="Begin though this point is not well; the reason is kept in the audit log.",
)
@click.option("--check", "only_check", is_flag=True, help="Show the checklist and begin nothing.")
def go(which: str, said: Sequence[str], only_check: bool) -> None:
    """Begin CAMPAIGN, an id or a name: from then on calls, texts and emails go out.

    The checklist is that of the page. Ends with 1 while a point stands in the way.
    """
    parts = connect()
    clock = parts.clock
    reasons = _reasons(said)
    with parts.sessions() as session:
        campaign = campaign_named(session, which)
        if campaign.state != DRAFT:
            click.echo(f"{campaign.name} has begun already.")
            return
        facts = ready_for(
            session, campaign, parts.settings.public_url, now=clock.now(), wall=clock.wall()
        )
    points = checklist(facts)
    _known(reasons, points)
    missing = in_the_way(points, reasons)
    for point in points:
        click.echo(_line(point, campaign, reasons))
    if only_check or missing:
        _refuse(missing)
        return
    try:
        begun = going.go(
            parts.sessions,
            campaign.id,
            reasons,
            public_url=parts.settings.public_url,
            by=None,
            now=clock.now(),
            wall=clock.wall(),
        )
    except going.NotYet as late:  # something changed since the checklist was read
        _refuse(late.points)
        return
    click.echo(f"{campaign.name} has begun." if begun else f"{campaign.name} had begun already.")


def _reasons(said: Sequence[str]) -> dict[str, str]:
    """Reasons by the name of their point; raises ClickException."""
    found = {}
    for one in said:
        name, _sign, reason = one.partition("=")
        if len(reason.strip()) < SHORTEST_REASON:
            raise click.ClickException(
                f"{one!r}: give a reason of at least {SHORTEST_REASON} letters, as in "
                '--because "rehearsal=we did so on Sunday"'
            )
        found[name.strip()] = reason.strip()
    return found


def _known(reasons: Mapping[str, str], points: Sequence[Point]) -> None:
    """Raises ClickException where a reason is for a point that there is not, or must be well."""
    weights = {point.name: point.weight for point in points}
    for name in reasons:
        if weights.get(name) is not Weight.SHOULD:
            why = "must be well first" if name in weights else "is no point of the checklist"
            known = ", ".join(one for one, weight in weights.items() if weight is Weight.SHOULD)
            raise click.ClickException(f"{name!r} {why}; reasons can be given for: {known}")


def _line(point: Point, campaign: Campaign, reasons: Mapping[str, str]) -> str:
    if point.ok:
        return f"  ok    {point_said(point, campaign)}"
    mark = "MUST" if point.weight is Weight.MUST else "look"
    passed = f" Passed over: {reasons[point.name]}" if point.name in reasons else ""
    return f"  {mark}  {point.name}: {point_said(point, campaign)}{passed}"


def _refuse(missing: Sequence[Point]) -> None:
    """Raises ClickException with what stands in the way, if anything does."""
    must = [point.name for point in missing if point.weight is Weight.MUST]
    should = [point.name for point in missing if point.weight is Weight.SHOULD]
    words = [f"Put right first: {', '.join(must)}."] if must else []
    if should:
        words.append(
            f"Put right, or say why it may stay, with --because POINT=REASON: {', '.join(should)}."
        )
    if words:
        raise click.ClickException("The campaign cannot begin yet. " + " ".join(words))


@click.command()
@click.argument("which", metavar="CAMPAIGN")
@click.option("--name", required=True, help="Of the new campaign.")
@click.option("--polling-day", required=True, metavar="YYYY-MM-DD", help="Of the new campaign.")
def copy(which: str, name: str, polling_day: str) -> None:
    """Copy CAMPAIGN, an id or a name, for the next election, as a draft.

    Its senders come along stopped; shifts, blasts, people and what was sent stay behind.
    """
    parts = connect()
    try:
        day = date.fromisoformat(polling_day)
    except ValueError as error:
        raise click.ClickException(
            f"{polling_day!r} is no day; write it like 2028-11-07"
        ) from error
    with parts.sessions() as session:
        old = campaign_named(session, which)
    try:
        made = copy_campaign(parts.sessions, old.id, name, day, by=None, now=parts.clock.now())
    except SetUpRefused as refused:
        said = [problem_said(field, code) for field, code in refused.problems.items()]
        raise click.ClickException(" ".join(said)) from refused
    click.echo(f"Campaign {made} is a draft, with polling day on {day.isoformat()}.")
    click.echo("Its senders are stopped until you start them.")
