"""The text bank: a volunteer's stack of texts, each sent by a tap of hers."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.services import bank
from app.services.bank import NoTexts, Said, Stack, Tapped, Text
from app.store import bank as stored
from app.store import board, replies
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import moment, spoken, zone_name

bp = Blueprint("bank", __name__, url_prefix="/bank")


@bp.get("")
@open_to("volunteer")
def index() -> str:
    """The stack in hand, or what waits and the button that takes some."""
    campaign, clock = _campaign(), parts().clock
    texts: list[Text] = []
    if campaign is not None:
        texts = bank.in_hand(
            parts().sessions, campaign.id, current_user.id, now=clock.now(), wall=clock.wall()
        )
    return _page(campaign, texts)


@bp.post("")
@open_to("volunteer")
def take() -> ResponseReturnValue:
    """Take a stack, or keep the one in hand; without any, why there is none."""
    campaign, clock = _campaign(), parts().clock
    if campaign is None:
        return redirect(url_for(".index"), 303)
    stack = bank.take(
        parts().sessions, campaign.id, current_user.id, now=clock.now(), wall=clock.wall()
    )
    if _is_script():
        why = why_words(stack, campaign) if stack.why else ""
        return jsonify(stack=[_told(one) for one in stack.texts], why=why)
    if stack.texts:
        return redirect(url_for(".index"), 303)
    return _page(campaign, [], stack)


@bp.post("/send")
@open_to("volunteer")
def send() -> ResponseReturnValue:
    """One tap, one text. The same tap told twice sends it once."""
    clock = parts().clock
    touch, fence = _which()
    said = bank.tap(
        parts().sessions,
        touch,
        fence,
        request.form.get("words", ""),
        current_user.id,
        now=clock.now(),
        wall=clock.wall(),
    )
    if _is_script():
        text = _told(said.text) if said.text else None
        return jsonify(said=said.said.value, text=text, why=tap_words(said))
    if said.said is not Said.SENT:
        flash(tap_words(said), "warn")
    return redirect(url_for(".index"), 303)


@bp.post("/skip")
@open_to("volunteer")
def skip() -> ResponseReturnValue:
    """Leave one to others."""
    clock = parts().clock
    touch, fence = _which()
    bank.skip(parts().sessions, touch, fence, current_user.id, now=clock.now(), wall=clock.wall())
    return jsonify(said="skipped") if _is_script() else redirect(url_for(".index"), 303)


@bp.post("/report")
@open_to("volunteer")
def report() -> ResponseReturnValue:
    """Say that the words of one are wrong: it is not sent, and the organizers see why."""
    clock = parts().clock
    touch, fence = _which()
    why = request.form.get("why", "")
    bank.report(
        parts().sessions, touch, fence, why, current_user.id, now=clock.now(), wall=clock.wall()
    )
    if _is_script():
        return jsonify(said="reported")
    flash(_("Thank you. This text is not sent, and your organizers see what you wrote."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/leave")
@open_to("volunteer")
def leave() -> ResponseReturnValue:
    """Give the rest of the stack back to the others."""
    bank.leave(parts().sessions, current_user.id)
    flash(_("The rest of your stack is back with the others. Thank you."), "good")
    return redirect(url_for("home.home"), 303)


def _which() -> tuple[int, int]:
    touch = request.form.get("touch", type=int)
    fence = request.form.get("fence", type=int)
    if touch is None or fence is None:
        abort(400)
    return touch, fence


def _is_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _told(text: Text) -> dict[str, Any]:
    return asdict(text)


def _campaign() -> Campaign | None:
    return board.campaign(session(), current_user.campaign_id or 0)


def _page(campaign: Campaign | None, texts: list[Text], stack: Stack | None = None) -> str:
    now = parts().clock.now()
    facts: dict[str, Any] = {"waiting": 0, "replies": 0, "calls": 0, "sent": 0}
    if campaign is not None:
        facts = {
            "waiting": bank.waiting(session(), campaign.id, current_user.id, now),
            "replies": replies.waiting(session(), campaign.id),
            "calls": board.waiting(session(), campaign.id, now)[Channel.CALL].due,
            "sent": _sent_today(campaign, now),
        }
    return render_template(
        "bank/index.html",
        campaign=campaign,
        texts=texts,
        stack=[_told(one) for one in texts],
        why=why_words(stack, campaign) if stack is not None and stack.why else "",
        **facts,
    )


def _sent_today(campaign: Campaign, now: datetime) -> int:
    today = now.astimezone(ZoneInfo(campaign.zone))
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return stored.sent_today(session(), campaign.id, current_user.id, midnight)


def why_words(stack: Stack, campaign: Campaign | None) -> str:
    """Why there is no text to send now, in a sentence."""
    at = ""
    if stack.until is not None and campaign is not None:
        now = parts().clock.now()
        at = f"{moment(stack.until, now, campaign.zone)} {zone_name(campaign.zone)}"
    if stack.why is NoTexts.PAUSED:
        if at:
            return _("An organizer has paused the texts until %(time)s.", time=at)
        return _("An organizer has paused the texts.")
    if stack.why is NoTexts.CLOSED:
        if at:
            return _("It is too early or too late to text voters until %(time)s.", time=at)
        return _("The polls have closed. Thank you for every text.")
    if stack.why is NoTexts.LATER:
        return _("The next texts by hand start at %(time)s.", time=at)
    if stack.why is NoTexts.TONGUES:
        known = ", ".join(spoken(one) for one in stack.tongues)
        return _("The texts that wait need somebody who reads: %(languages)s.", languages=known)
    if stack.why is NoTexts.OTHERS:
        return _("Others have all the texts that are left in hand. Look again in a few minutes.")
    return _("No text waits to be sent by hand.")


def tap_words(tapped: Tapped) -> str:
    """Why a text was not sent, in a sentence; empty when it was."""
    return {
        Said.SENT: "",
        Said.CHANGED: _("The words have changed meanwhile. Look at them once more."),
        Said.BARRED: _("This voter may not be texted any more; it was not sent."),
        Said.LATER: _("This voter may not be texted at this hour; it was not sent."),
        Said.STOPPED: _("An organizer has stopped these texts; it was not sent."),
        Said.LOST: _("You had it too long, so it went back to the others; you did not send it."),
    }[tapped.said]
