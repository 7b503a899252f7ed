"""The campaign's money: budget, and what is held back for the final week."""

from decimal import Decimal

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.campaign_setting import plain
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.money import set_money
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import parts
from app.web.setup.base import back_to, bp, me, show_refused
from app.web.setup.forms import MoneyForm
from app.web.tongue import translated as _


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
    if request.method == "POST" and form.has_numbers() and _saved(campaign, form):
        flash(_("The money is set."), "good")
        return back_to(campaign.id)
    page = render_template("setup/money.html", campaign=campaign, form=form)
    return page, 422 if request.method == "POST" else 200


def _saved(campaign: Campaign, form: MoneyForm) -> bool:
    """Saves what was typed, or shows at the fields why not."""
    try:
        set_money(
            parts().sessions,
            campaign.id,
            form.budget.data,
            form.share,
            by=me(),
            now=parts().clock.now(),
        )
    except SetUpRefused as refused:
        show_refused(form, refused)
        return False
    return True
