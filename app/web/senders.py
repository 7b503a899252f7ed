"""Senders of a campaign: how each is doing, add one, change it, stop it, start it again."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.sender import PRESETS, Rates, day_of
from app.domain.sender_health import in_words
from app.services import senders
from app.services.senders import SenderRefused
from app.store import board
from app.store.campaigns import Campaign, Sender
from app.store.rates import rates_of, senders_of
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.retold import retold
from app.web.sender_form import KIND_WORDS, SenderForm, empty_form, form_for
from app.web.sessions import parts, session
from app.web.sign_in import came_from
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import moment, number, phone, span

bp = Blueprint("senders", __name__, url_prefix="/campaigns/<int:campaign_id>/senders")


@dataclass(frozen=True)
class Card:
    """A sender as the page shows it."""

    row: Sender
    kind: str
    title: str
    state: str  # good | warn | bad, the state's color
    doing: str
    health: str
    limits: str
    used: str
    share: int | None  # of the day's limit, in percent


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """All senders of the campaign."""
    return _page(campaign_of(campaign_id))


@bp.post("")
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Add a sender."""
    campaign, form = campaign_of(campaign_id), SenderForm()
    problems: list[str] = []
    if form.validate():
        try:
            draft = form.draft(new=True)
            senders.add_sender(
                parts().sessions, campaign.id, draft, by=current_user.id, now=parts().clock.now()
            )
            name = _shown(draft.name or draft.address)
            flash(_("%(sender)s is added and sends from now on.", sender=name), "good")
            return _back(campaign)
        except SenderRefused as refused:
            problems = form.show(refused.problems)
    return _page(campaign, form, problems), 422


@bp.route("/<int:sender_id>", methods=["GET", "POST"])
@open_to("organizer")
def change(campaign_id: int, sender_id: int) -> ResponseReturnValue:
    """The form with a sender in it."""
    campaign, row = campaign_of(campaign_id), _sender(campaign_id, sender_id)
    form = form_for(senders.draft_of(row), row.channel)
    problems: list[str] = []
    if request.method == "POST" and form.validate():
        try:
            changed = senders.change_sender(
                parts().sessions,
                row.id,
                form.draft(new=False),
                by=current_user.id,
                now=parts().clock.now(),
            )
            name = _shown(row.name or row.address)
            if changed:
                flash(_("%(sender)s is changed. The plan follows.", sender=name), "good")
            else:
                flash(_("%(sender)s was like this already.", sender=name), "plain")
            return _back(campaign)
        except SenderRefused as refused:
            problems = form.show(refused.problems)
    page = render_template(
        "senders/edit.html",
        campaign=campaign,
        sender=row,
        title=_shown(row.name or row.address),
        form=form,
        problems=problems,
        unit=_units(row.channel),
        source=PRESETS[senders.kind_of(row)].source,
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/<int:sender_id>/stop")
@open_to("organizer")
def stop(campaign_id: int, sender_id: int) -> ResponseReturnValue:
    """Stop a sender by hand, with a reason."""
    campaign, row = campaign_of(campaign_id), _sender(campaign_id, sender_id)
    reason, now = request.form.get("reason", ""), parts().clock.now()
    try:
        done = senders.stop_sender(parts().sessions, row.id, reason, by=current_user.id, now=now)
    except SenderRefused as refused:
        return _page(campaign, wrong={row.id: refused.problems["reason"]}), 422
    name = _shown(row.name or row.address)
    if done:
        flash(
            _(
                "Stopped: %(sender)s. What it has not sent waits, or goes out by another.",
                sender=name,
            ),
            "good",
        )
    else:
        flash(_("Stopped already: %(sender)s.", sender=name), "plain")
    return _back(campaign)


@bp.post("/<int:sender_id>/go-on")
@open_to("organizer")
def go_on(campaign_id: int, sender_id: int) -> ResponseReturnValue:
    """Let a stopped sender send again, and back to the page that its button is on."""
    campaign, row = campaign_of(campaign_id), _sender(campaign_id, sender_id)
    now, name = parts().clock.now(), _shown(row.name or row.address)
    if senders.start_sender(parts().sessions, row.id, by=current_user.id, now=now):
        flash(_("%(sender)s sends again.", sender=name), "good")
    else:
        flash(_("%(sender)s was sending already.", sender=name), "plain")
    there = came_from()
    return redirect(there, 303) if there else _back(campaign)


def _page(
    campaign: Campaign,
    form: SenderForm | None = None,
    problems: list[str] | None = None,
    wrong: dict[int, str] | None = None,
) -> str:
    now, wall = parts().clock.now(), parts().clock.wall()
    return render_template(
        "senders/show.html",
        campaign=campaign,
        cards=[_card(row, campaign.zone, now, wall) for row in senders_of(session(), campaign.id)],
        form=form or empty_form(),
        problems=problems or [],
        wrong=wrong or {},
    )


def _card(row: Sender, zone: str, now: datetime, wall: datetime) -> Card:
    state, doing = _doing(row, zone, now, wall)
    used, share = _used(row, wall)
    return Card(
        row,
        KIND_WORDS[senders.kind_of(row)],
        _shown(row.name or row.address),
        state,
        doing,
        _(
            "%(health)s, at %(share)s %% of its rate",
            health=retold(in_words(row.health)),
            share=round(100 * row.health),
        ),
        _limits(rates_of(row), row.channel),
        used,
        share,
    )


def _doing(row: Sender, zone: str, now: datetime, wall: datetime) -> tuple[str, str]:
    """Its state's color and words."""
    if row.stopped:
        return "bad", _("stopped")
    if row.paused_until is not None and now < row.paused_until:
        return "warn", _("paused until %(time)s", time=moment(row.paused_until, now, zone))
    if row.slow_until is not None and wall < row.slow_until:
        return "warn", _("rests for %(length)s", length=span(row.slow_until - wall))
    words = in_words(row.health)
    if words == "well":
        return "good", _("may send")
    return "warn", _("%(health)s, so it sends less", health=retold(words))


def _limits(rates: Rates, channel: Channel) -> str:
    """3 segments a second, 10,000 an hour."""
    said = [
        _(
            "%(count)s %(units)s a second",
            count=f"{rates.per_second:,g}",
            units=_units(channel),
        )
    ]
    if rates.per_minute:
        said.append(_("%(count)s a minute", count=number(rates.per_minute)))
    if rates.per_hour:
        said.append(_("%(count)s an hour", count=number(rates.per_hour)))
    if rates.per_day:
        said.append(_("%(count)s a day", count=number(rates.per_day)))
    return ", ".join(said)


def _used(row: Sender, wall: datetime) -> tuple[str, int | None]:
    """What it has sent of its day, and the percentage of the day's limit."""
    used = row.day_used if row.day_on == day_of(wall) else 0
    if row.per_day is None:
        if row.channel is Channel.TEXT:
            return ngettext(
                "%(count)s segment", "%(count)s segments", used, count=number(used)
            ), None
        return ngettext("%(count)s email", "%(count)s emails", used, count=number(used)), None
    words = _(
        "%(used)s of %(limit)s %(units)s",
        used=number(used),
        limit=number(row.per_day),
        units=_units(row.channel),
    )
    return words, min(round(100 * used / row.per_day), 100)


def _units(channel: Channel) -> str:
    return _("segments") if channel is Channel.TEXT else _("emails")


def _shown(name: str) -> str:
    return phone(name)


def _sender(campaign_id: int, sender_id: int) -> Sender:
    return board.sender(session(), campaign_id, sender_id) or abort(404)


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for(".show", campaign_id=campaign.id), 303)
