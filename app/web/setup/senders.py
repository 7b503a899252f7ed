"""Channels and senders in the set-up: added, looked at, tried with a message to oneself."""

from dataclasses import dataclass
from uuid import uuid4

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.sender import Kind
from app.services import senders as services
from app.services.sender_checks import LOOKS, NoSuchLook, Ports, as_uuid, look, selector_of
from app.services.senders import SenderRefused, kind_of
from app.services.set_up.facts import Seen
from app.services.try_sender import Post, TrialRefused, TrialWords, send_test
from app.store import board
from app.store.campaigns import Campaign, Sender
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sender_form import KIND_WORDS, SenderForm
from app.web.sessions import parts, session
from app.web.setup.base import back_to, bp, me, seen_of
from app.web.setup.check_words import CheckShown, check_shown
from app.web.setup.problem_words import problem_said
from app.web.tongue import translated as _
from app.web.words import phone


@dataclass(frozen=True)
class SenderCard:
    """A sender with its checks as the page shows them."""

    row: Sender
    title: str
    kind: str
    checks: list[CheckShown]
    test: CheckShown
    own: str  # the organizer's own phone or email
    key: str  # of the next test message


@bp.get("/<int:campaign_id>/set-up/senders")
@open_to("organizer")
def senders(campaign_id: int) -> str:
    """By which channels, the senders with their checks, and forms for new ones."""
    return _page(campaign_of(campaign_id))


@bp.post("/<int:campaign_id>/set-up/senders/<channel>")
@open_to("organizer")
def add_sender(campaign_id: int, channel: str) -> ResponseReturnValue:
    """Add a sender of this channel."""
    campaign = campaign_of(campaign_id)
    if channel not in ("text", "email"):
        abort(404)
    form = _form(channel)
    problems: list[str] = []
    if form.validate():
        try:
            draft = form.draft(new=True)
            services.add_sender(
                parts().sessions, campaign.id, draft, by=me(), now=parts().clock.now()
            )
            flash(_("The sender is added. Check it before you need it."), "good")
            return back_to(campaign.id, "setup.senders")
        except SenderRefused as refused:
            problems = form.show(refused.problems)
    return _page(campaign, {channel: form}, problems), 422


@bp.post("/<int:campaign_id>/set-up/senders/<int:sender_id>/checks")
@open_to("organizer")
def check(campaign_id: int, sender_id: int) -> ResponseReturnValue:
    """Look at a sender: one kind of look, or all."""
    campaign, row = campaign_of(campaign_id), _sender(campaign_id, sender_id)
    kinds = dict.fromkeys(request.form.getlist("kind") or LOOKS[row.channel])
    selector = selector_of(request.form.get("selector", ""))
    ports = Ports(parts().account, parts().relay, parts().names)
    session().close()  # no connection is held while others are asked
    for kind in kinds:
        try:
            look(
                parts().sessions,
                ports,
                sender_id,
                kind,
                by=me(),
                wall=parts().clock.wall(),
                selector=selector,
            )
        except NoSuchLook:
            abort(404)
    return back_to(campaign.id, "setup.senders")


@bp.post("/<int:campaign_id>/set-up/senders/<int:sender_id>/test")
@open_to("organizer")
def test(campaign_id: int, sender_id: int) -> ResponseReturnValue:
    """Send a test message to oneself."""
    campaign, row = campaign_of(campaign_id), _sender(campaign_id, sender_id)
    key = as_uuid(request.form.get("key", "")) or abort(404)
    name = campaign.name
    words = TrialWords(
        _("Test of %(campaign)s", campaign=name),
        _("This is a test of %(campaign)s. It went out, so the sender works.", campaign=name),
    )
    post = Post(parts().texts, parts().mails)
    clock = parts().clock
    session().close()
    try:
        said = send_test(
            parts().sessions,
            post,
            row.id,
            request.form.get("to", ""),
            words,
            key=key,
            by=me(),
            now=clock.now(),
            wall=clock.wall(),
        )
    except TrialRefused as refused:
        flash(problem_said("to", refused.code), "bad")
        return back_to(campaign_id, "setup.senders")
    if said == "test_sent":
        flash(_("The test message is handed over. Look whether it comes."), "good")
    else:
        flash(_("See below what became of the test message."), "warn")
    return back_to(campaign_id, "setup.senders")


def _page(
    campaign: Campaign,
    forms: dict[str, SenderForm] | None = None,
    problems: list[str] | None = None,
) -> str:
    seen = seen_of(campaign)
    made = {"text": _form("text", empty=True), "email": _form("email", empty=True)}
    return render_template(
        "setup/senders.html",
        campaign=campaign,
        channels=seen.channels,
        needed=[one for one in (Channel.TEXT, Channel.EMAIL) if one in seen.channels],
        cards={
            channel: [_card(row, seen) for row in seen.senders if row.channel is channel]
            for channel in (Channel.TEXT, Channel.EMAIL)
        },
        forms={**made, **(forms or {})},
        wrong=list(forms or ()),
        problems=problems or [],
        wall=parts().clock.wall(),
        public_url=parts().settings.public_url,
        outside=seen.ready.outside,
    )


def _card(row: Sender, seen: Seen) -> SenderCard:
    known = seen.checks.get(row.id, {})
    own = current_user.phone if row.channel is Channel.TEXT else current_user.email
    return SenderCard(
        row,
        phone(row.name or row.address),
        KIND_WORDS[kind_of(row)],
        [check_shown(kind, known.get(kind)) for kind in LOOKS[row.channel]],
        check_shown("test", known.get("test")),
        own or "",
        str(uuid4()),
    )


def _form(channel: str, *, empty: bool = False) -> SenderForm:
    """The form of a new sender, with the kinds of one channel."""
    form = SenderForm(formdata=None, prefix=f"{channel}-") if empty else SenderForm(
        prefix=f"{channel}-"
    )  # fmt: skip
    form.kind.choices = [
        one
        for one in form.kind.choices
        if Kind(one.value.partition(":")[0]).channel.value == channel
    ]
    form.kind.label.text = _("Kind")
    form.address.label.text = _("Number or service") if channel == "text" else _("From address")
    form.price.label.text = _("Price of a segment") if channel == "text" else _("Price of an email")
    if empty:
        form.price.data = "0.0079" if channel == "text" else "0"
    return form


def _sender(campaign_id: int, sender_id: int) -> Sender:
    return board.sender(session(), campaign_id, sender_id) or abort(404)
