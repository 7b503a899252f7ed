"""What all pages of the set-up stand on: their blueprint, and what is seen of a campaign."""

from secrets import token_hex

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from app.domain.universe import Universe
from app.services.set_up import choosing
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.facts import Seen, see
from app.store.campaigns import Campaign
from app.web.background import in_background
from app.web.sessions import parts, session
from app.web.setup.problem_words import problem_said

CHOICE_SECONDS = 2.0
"""How long a request waits for the voters of a universe to be chosen."""
bp = Blueprint("setup", __name__, url_prefix="/campaigns")


def seen_of(campaign: Campaign) -> Seen:
    """What its set-up has and lacks."""
    clock = parts().clock
    public_url = parts().settings.public_url
    return see(session(), campaign, public_url, now=clock.now(), wall=clock.wall())


def back_to(campaign_id: int, endpoint: str = "setup.show") -> ResponseReturnValue:
    """On to a page of the set-up."""
    return redirect(url_for(endpoint, campaign_id=campaign_id), 303)


def me() -> int:
    """Who asks."""
    return int(current_user.id)


def show_refused(form: FlaskForm, refused: SetUpRefused) -> None:
    """Shows at each field what is wrong with it."""
    for name, code in refused.problems.items():
        form[name].errors = [problem_said(name, code)]


def chosen(campaign_id: int, universe: Universe) -> int | None:
    """Begins a choice in the background of this process; how many are chosen, None while it goes
    on. Should the process end, a worker takes it up. Raises SetUpRefused."""
    sessions, clock = parts().sessions, parts().clock
    holder = f"web:{token_hex(8)}"
    choosing.ask(
        sessions,
        campaign_id,
        universe,
        by=me(),
        now=clock.now(),
        holder=holder,
        wall=clock.wall(),
    )
    return in_background(
        holder, lambda: choosing.carry_out(sessions, holder, clock.wall), CHOICE_SECONDS
    )
