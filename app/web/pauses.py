"""Pauses: what is paused now, and pausing a campaign, a channel or a sender with open eyes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import category, normalize

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.services import pause as pauses
from app.services.pause import Pause, PauseRefused, What, what_of
from app.services.pause_effect import effect_of
from app.store import pauses as stored
from app.store.campaigns import Campaign, Sender
from app.web.guard import open_to
from app.web.local_time import instant, on_clock
from app.web.of_campaign import campaign_of
from app.web.pause_words import GOES_ON, IS_PAUSED, PAUSE, QUESTION, RESUME, named, wrong
from app.web.pause_words import said as said_of
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import moment, phone

bp = Blueprint("pauses", __name__, url_prefix="/campaigns/<int:campaign_id>/pauses")

FIELDS = ("what", "until", "reason", "typed")


class Refused(ValueError):
    """What the form says cannot be: field to sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems.values()))


@dataclass(frozen=True)
class Asked:
    """A pause that was asked for, and can be."""

    what: What
    ends: datetime
    reason: str

    @property
    def sure(self) -> str:
        """What the second form sends along: the pause whose effect was shown."""
        return f"{self.what.key} {self.ends.isoformat()}"


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """What is paused, and the form."""
    said = {"what": request.args.get("what", "")}
    return _page(campaign_of(campaign_id), said)


@bp.post("")
@open_to("organizer")
def begin(campaign_id: int) -> ResponseReturnValue:
    """Pause; first shows what that means, and in the final week asks to type what is paused."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    said = {name: request.form.get(name, "") for name in FIELDS}
    try:
        asked = _asked(campaign, said, now)
    except Refused as refused:
        return _page(campaign, said, refused.problems), 422
    name = _name(campaign, asked.what)
    final, _closes = pauses.bounds(session(), campaign_id)
    must_type = now >= final
    if request.form.get("sure") != asked.sure:
        return _confirm(campaign, asked, said, must_type)
    if must_type and not _same(said["typed"], name):
        problem = _("Type “%(name)s” to pause it. Nothing is paused yet.", name=name)
        return _confirm(campaign, asked, said, must_type, problem), 422
    try:
        ends = pauses.pause(
            parts().sessions,
            campaign_id,
            what=asked.what,
            until=asked.ends,
            reason=asked.reason,
            by=current_user.id,
            now=now,
        )
    except PauseRefused as refused:
        return _page(campaign, said, _worded(refused)), 422
    time = moment(ends, now, campaign.zone)
    flash(said_of(IS_PAUSED, asked.what, name=name, time=time), "good")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


@bp.post("/resume")
@open_to("organizer")
def resume(campaign_id: int) -> ResponseReturnValue:
    """End a pause now."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    what = what_of(request.form.get("what", "campaign")) or abort(404)
    name = _name(campaign, what)
    try:
        done = pauses.resume(parts().sessions, campaign_id, what=what, by=current_user.id, now=now)
    except PauseRefused as refused:
        flash(" ".join(_worded(refused).values()), "warn")
        return redirect(url_for(".show", campaign_id=campaign_id), 303)
    if done:
        flash(said_of(GOES_ON, what, name=name), "good")
    else:
        flash(_("It was not paused any more."), "plain")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _asked(campaign: Campaign, said: dict[str, str], now: datetime) -> Asked:
    """The pause that the form describes; raises Refused."""
    what = what_of(said["what"])
    if what is None or (what.sender_id is not None and _sender(campaign, what) is None):
        raise Refused({"what": _("Choose what to pause.")})
    reason = " ".join(said["reason"].split())
    try:
        until = _instant(said["until"], campaign.zone)
        ends = pauses.pause_until(session(), campaign.id, until, reason, now)
    except PauseRefused as refused:
        raise Refused(_worded(refused)) from refused
    return Asked(what, ends, reason)


def _worded(refused: PauseRefused) -> dict[str, str]:
    return {field: wrong(problem) for field, problem in refused.problems.items()}


def _same(typed: str, name: str) -> bool:
    return _bare(typed) == _bare(name)


def _bare(name: str) -> str:
    """A name without capitals, accents and signs, which nobody types well on a phone in a hurry."""
    plain = "".join(sign for sign in normalize("NFKD", name) if category(sign) != "Mn")
    return " ".join(re.findall(r"\w+", plain.casefold())) or name.strip()


def _instant(written: str, zone: str) -> datetime | None:
    if not written.strip():
        return None
    try:
        return instant(datetime.fromisoformat(written.strip()).replace(tzinfo=None), zone)
    except (ValueError, OverflowError) as error:
        raise Refused({"until": _("Write a day and a time, such as 2026-11-02 18:00.")}) from error


def _confirm(
    campaign: Campaign, asked: Asked, said: dict[str, str], must_type: bool, problem: str = ""
) -> str:
    now = parts().clock.now()
    name = _name(campaign, asked.what)
    time = moment(asked.ends, now, campaign.zone)
    return render_template(
        "pauses/confirm.html",
        campaign=campaign,
        asked=asked,
        effect=effect_of(session(), campaign.id, asked.what, now=now, ends=asked.ends),
        said=said,
        name=name,
        must_type=must_type,
        problem=problem,
        now=now,
        question=said_of(QUESTION, asked.what, name=name, time=time),
        button=said_of(PAUSE, asked.what, name=name, time=time),
    )


def _page(campaign: Campaign, said: dict[str, str], problems: dict[str, str] | None = None) -> str:
    now, zone = parts().clock.now(), campaign.zone
    final, closes = pauses.bounds(session(), campaign.id)
    found = pauses.pauses_of(session(), campaign, now)
    return render_template(
        "pauses/show.html",
        campaign=campaign,
        held=[_card(campaign, one, now) for one in found],
        choices=_choices(campaign, {one.what.key for one in found}),
        said=said,
        problems=problems or {},
        now=now,
        final=final,
        closes=closes,
        over=closes <= now or campaign.state == "closed",
        soon=on_clock(now, zone).isoformat(timespec="minutes"),
        latest=on_clock(closes, zone).isoformat(timespec="minutes"),
    )


def _card(campaign: Campaign, pause: Pause, now: datetime) -> dict[str, Any]:
    """A pause that holds, as the page shows it."""
    name = named(pause.what, campaign.name, _shown(pause.name))
    time = moment(pause.until, now, campaign.zone)
    return {
        "pause": pause,
        "title": said_of(IS_PAUSED, pause.what, name=name, time=time),
        "button": said_of(RESUME, pause.what, name=name),
    }


def _choices(campaign: Campaign, held: set[str]) -> list[dict[str, Any]]:
    """What may be paused: value, name, what it is, and whether it is paused already."""
    whole = {
        "key": "campaign",
        "name": _("The whole campaign"),
        "about": _("Calls, texts and emails"),
        "channel": None,
    }
    channels = {
        Channel.CALL: (_("All calls"), _("Volunteers are told why and until when")),
        Channel.TEXT: (_("All texts"), _("Those by hand and answers to voters too")),
        Channel.EMAIL: (_("All emails"), _("Blasts and reminders too")),
    }
    found: list[dict[str, Any]] = [
        whole,
        *(
            {"key": channel.value, "name": name, "about": about, "channel": channel}
            for channel, (name, about) in channels.items()
        ),
    ]
    senders = stored.senders(session(), campaign.id)
    found += [
        {
            "key": f"sender:{sender.id}",
            "name": _shown(sender.name or sender.address),
            "about": _about(sender, senders),
            "channel": sender.channel,
        }
        for sender in senders
    ]
    return [{**one, "held": one["key"] in held} for one in found]


def _about(sender: Sender, senders: Sequence[Sender]) -> str:
    alone = sum(one.channel is sender.channel for one in senders) == 1
    return _("The only sender of its channel") if alone else _("One sender; others take over")


def _name(campaign: Campaign, what: What) -> str:
    sender = _sender(campaign, what)
    shown = _shown(sender.name or sender.address) if sender is not None else ""
    return named(what, campaign.name, shown)


def _sender(campaign: Campaign, what: What) -> Sender | None:
    if what.sender_id is None:
        return None
    found = stored.senders(session(), campaign.id)
    return next((one for one in found if one.id == what.sender_id), None)


def _shown(name: str) -> str:
    return phone(name) if name.startswith("+") else name
