"""What is wrong in a campaign, the worst first, each with the one thing that helps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.domain.lookout import Cause, Kind
from app.domain.lookout_words import TITLES
from app.store.campaigns import Campaign, Sender
from app.store.frames import paused_channels
from app.store.incidents import Incident
from app.web.retold import retold
from app.web.tongue import translated as _
from app.web.words import channel_name, moment, phone


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong; what helps is a page, a button or a command."""

    key: str  # the same as long as it is the same trouble
    title: str
    said: str
    does: str = ""  # what the link or button says
    url: str = ""
    sender_id: int | None = None  # whose start button it is
    command: str = ""


def troubles(
    campaign: Campaign,
    now: datetime,
    *,
    alive: bool,
    incidents: Iterable[Incident],
    stopped: Sequence[Sender],
) -> list[Trouble]:
    """All that is wrong now, the worst first: the first of them is red, the others are not."""
    found: list[Trouble] = []
    if not alive and campaign.state in ("running", "paused"):
        found.append(
            Trouble(
                "no-worker",
                _("No worker is running."),
                _("Nothing goes out until one runs. Start it where the program is installed:"),
                command="lastmile worker --keep",
            )
        )
    page = url_for("incidents.show", campaign_id=campaign.id)
    for one in incidents:
        of_stopped = one.cause == Cause.SENDER_STOPPED and one.kind == Kind.SENDER
        if one.closed_at is None and not of_stopped:
            title = f"{retold(TITLES[Kind(one.kind)])}."
            key = f"incident-{one.id}"
            found.append(Trouble(key, title, retold(one.said), _("What is done about it"), page))
    found += [_stopped(one) for one in stopped]
    until = campaign.paused_until
    if campaign.state == "paused" and until is not None and until > now:
        at = moment(until, now, campaign.zone)
        found.append(
            Trouble(
                "paused",
                _("The campaign is paused until %(when)s.", when=at),
                _("Nothing goes out before then."),
                _("Let it go on"),
                url_for("pauses.show", campaign_id=campaign.id),
            )
        )
    return [*found, *_paused_channels(campaign, now)]


def _paused_channels(campaign: Campaign, now: datetime) -> list[Trouble]:
    found = []
    for channel, until in paused_channels(campaign).items():
        if until > now:
            at = moment(until, now, campaign.zone)
            title = _("Paused until %(when)s: %(channel)s.", when=at, channel=channel_name(channel))
            does, page = _("Let it go on"), url_for("pauses.show", campaign_id=campaign.id)
            found.append(Trouble(f"paused-{channel}", title, "", does, page))
    return found


def _stopped(sender: Sender) -> Trouble:
    why = retold(f"{sender.stopped[:1].upper()}{sender.stopped[1:]}")
    return Trouble(
        f"sender-{sender.id}",
        _(
            "Stopped: %(channel)s from %(sender)s.",
            channel=channel_name(sender.channel),
            sender=phone(sender.name or sender.address),
        ),
        _(
            "%(why)s. Mend the cause first, then start it again. Until then nothing goes out from "
            "there.",
            why=why.rstrip("."),
        ),
        _("Start sending again"),
        sender_id=sender.id,
    )
