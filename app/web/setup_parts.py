"""Three small pages of the set-up: whom the campaign works on, its money, its first words."""

from decimal import Decimal

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.domain.campaign_setting import plain
from app.domain.channel import Channel
from app.domain.universe import BadUniverse
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.facts import people_of
from app.services.set_up.first_words import first_words
from app.services.set_up.money import set_money
from app.store import choices
from app.store.set_up import newest_scripts
from app.web.forms import UniverseForm
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import parts, session
from app.web.setup_base import back_to, bp, chosen, me
from app.web.setup_form import WORDS, MoneyForm, WordsForm
from app.web.setup_words import problem_said
from app.web.tongue import translated as _
from app.web.words import number


@bp.route("/<int:campaign_id>/set-up/universe", methods=["GET", "POST"])
@open_to("organizer")
def universe(campaign_id: int) -> ResponseReturnValue:
    """Whom the campaign works on."""
    campaign, problem = campaign_of(campaign_id), ""
    said = MultiDict({"universe-states": " ".join(campaign.setup.get("states", ()))})
    form = UniverseForm(request.form if request.method == "POST" else said, prefix="universe-")
    if request.method == "POST" and form.validate():
        try:
            count = chosen(campaign.id, form.universe())
            if count is None:
                return back_to(campaign.id, "setup.universe")
            flash(_("%(count)s voters are chosen.", count=number(count)), "good")
            return back_to(campaign.id)
        except SetUpRefused as refused:
            problem = problem_said("universe", refused.problems["universe"])
        except BadUniverse as bad:
            problem = f"{bad}."
    under_way = choices.of(session(), campaign.id)
    if under_way is not None and under_way.problem and not problem:
        problem = problem_said("universe", under_way.problem)
    page = render_template(
        "setup/universe.html",
        campaign=campaign,
        form=form,
        problem=problem,
        people=people_of(session(), campaign),
        choosing=under_way if under_way is not None and not under_way.problem else None,
    )
    return page, 422 if request.method == "POST" else 200


@bp.route("/<int:campaign_id>/set-up/money", methods=["GET", "POST"])
@open_to("organizer")
def money(campaign_id: int) -> ResponseReturnValue:
    """Budget and reserve."""
    campaign = campaign_of(campaign_id)
    form = MoneyForm(
        data={
            "budget": Decimal(plain(campaign.budget)),
            "reserve_percent": Decimal(plain(campaign.reserve_share * 100)),
        }
    )
    if request.method == "POST":
        for field in (form.budget, form.reserve_percent):
            if not field.validate(form):
                field.errors = [_("Write a number; 0 for none.")]
        if not form.budget.errors and not form.reserve_percent.errors:
            try:
                set_money(
                    parts().sessions,
                    campaign.id,
                    form.budget.data,
                    form.share,
                    by=me(),
                    now=parts().clock.now(),
                )
                flash(_("The money is set."), "good")
                return back_to(campaign.id)
            except SetUpRefused as refused:
                for name, code in refused.problems.items():
                    form[name].errors = [problem_said(name, code)]
    page = render_template("setup/money.html", campaign=campaign, form=form)
    return page, 422 if request.method == "POST" else 200


@bp.route("/<int:campaign_id>/set-up/words", methods=["GET", "POST"])
@open_to("organizer")
def words(campaign_id: int) -> ResponseReturnValue:
    """The first words of each channel, in English."""
    campaign = campaign_of(campaign_id)
    scripts = {one.channel: one for one in newest_scripts(session(), campaign.id)
               if one.language == "en"}  # fmt: skip
    chosen = [Channel(name) for name in campaign.setup.get("channels", ())]
    channels = tuple(one for one in Channel if one in (chosen or list(Channel)) or one in scripts)
    stored = dict(WORDS)
    for channel, script in scripts.items():
        stored[f"{channel.value}_body"] = script.body
        if channel is Channel.EMAIL:
            stored["email_subject"] = script.subject
    form = WordsForm(data=stored)
    if request.method == "POST":
        try:
            first_words(
                parts().sessions,
                campaign.id,
                form.words(channels),
                by=me(),
                now=parts().clock.now(),
            )
            flash(_("The words are saved."), "good")
            return back_to(campaign.id)
        except SetUpRefused as refused:
            for name, code in refused.problems.items():
                form[name].errors = [problem_said(name, code)]
    page = render_template("setup/words.html", campaign=campaign, form=form, channels=channels)
    return page, 422 if request.method == "POST" else 200
