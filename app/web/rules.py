"""Hours: when voters may be reached and why, and the changes that an organizer makes of it."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.calling import CUSTOM, FEDERAL
from app.domain.channel import Channel
from app.domain.local import WEEKDAYS
from app.domain.place import Place
from app.domain.rule import Change, RuleKind
from app.domain.schedule import Schedule, silence
from app.domain.silence import silence_of
from app.domain.tables import table
from app.services.rule_check import RuleRefused, check_change
from app.services.rule_effect import Effect
from app.services.rules import (
    NOTHING_GOES_OUT,
    RuleUnsure,
    add_rule_change,
    end_rule_change,
    listed,
)
from app.store.campaigns import Campaign
from app.store.frames import frame_of, place_names
from app.store.rule_changes import precincts_with_hours
from app.web import hours_page, rule_form, week
from app.web.guard import open_to
from app.web.hour_words import change_in_words, weekday_name
from app.web.of_campaign import campaign_of
from app.web.rule_choices import begin_from, choices
from app.web.rule_form import RuleForm
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("rules", __name__, url_prefix="/campaigns/<int:campaign_id>/hours")

OPEN_AT_ONCE = 2
"""So many states are shown unfolded."""


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The hours as they hold, where they come from, and what was changed."""
    campaign = campaign_of(campaign_id)
    frame = frame_of(session(), campaign)
    every = listed(session(), campaign_id)
    holding = [one for one in every if one.holds]
    places = _places(campaign, frame.schedule)
    found = hours_page.states(frame.schedule, places, holding, precincts_with_hours(session()))
    return render_template(
        "rules/show.html",
        campaign=campaign,
        now=parts().clock.now(),
        problems=frame.problems,
        states=found,
        open_at_once=OPEN_AT_ONCE,
        federal=hours_page.scope_card(FEDERAL, holding),
        custom=hours_page.scope_card(CUSTOM, holding),
        silence=_silence(frame.schedule),
        by_kind={kind: [one for one in holding if one.kind is kind] for kind in RuleKind},
        kinds=RuleKind,
        ended=[one for one in reversed(every) if not one.holds],
        words=_words(campaign),
        table_words=hours_page.in_the_table,
        **_week(frame.schedule, places),
    )


@bp.route("/change", methods=["GET", "POST"])
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """The form of a change; first it shows what the change does."""
    campaign = campaign_of(campaign_id)
    kind = _kind(request.values.get("kind", ""))
    now = parts().clock.now()
    if request.method == "GET":
        form = rule_form.blank(kind, request.args, now, campaign.zone)
        begin_from(frame_of(session(), campaign).schedule, form)
        return _form(campaign, form)
    form = rule_form.posted(kind, request.form)
    try:
        change = form.change(campaign.zone)
        effect = check_change(session(), campaign_id, change, form.note, now)
    except RuleRefused as refused:
        form.problems = refused.problems
        return _form(campaign, form), 422
    sure = request.form.get("sure") == rule_form.token(change)
    if not sure:
        return _form(campaign, form, change=change, effect=effect)
    return _add(campaign, form, change, effect)


@bp.post("/<int:change_id>/end")
@open_to("organizer")
def end(campaign_id: int, change_id: int) -> ResponseReturnValue:
    """Take a change back."""
    campaign_of(campaign_id)
    now = parts().clock.now()
    try:
        ended = end_rule_change(
            parts().sessions, campaign_id, change_id, by=current_user.id, now=now
        )
    except RuleRefused:
        abort(404)
    if ended:
        flash(_("Taken back. The plan follows within half a minute."), "good")
    else:
        flash(_("This was taken back already."), "plain")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _add(campaign: Campaign, form: RuleForm, change: Change, effect: Effect) -> ResponseReturnValue:
    try:
        added = add_rule_change(
            parts().sessions,
            campaign.id,
            change,
            form.note,
            warned=True,
            silent="silent" in request.form,
            by=current_user.id,
            now=parts().clock.now(),
        )
    except RuleRefused as refused:
        form.problems = refused.problems
        return _form(campaign, form), 422
    except RuleUnsure as unsure:
        form.problems = {"silent": _("Tick this if you mean it; else change the times above.")}
        return _form(campaign, form, change=change, effect=unsure.effect), 422
    if added.new:
        flash(_("Changed. The plan follows within half a minute."), "good")
    else:
        flash(_("This holds already, so nothing has changed."), "plain")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _form(
    campaign: Campaign, form: RuleForm, change: Change | None = None, effect: Effect | None = None
) -> str:
    schedule = frame_of(session(), campaign).schedule
    return render_template(
        "rules/change.html",
        campaign=campaign,
        form=form,
        said=form.said,
        title=rule_form.TITLES[form.kind],
        sure=rule_form.token(change) if change else "",
        effect=effect,
        words=change_in_words(change, campaign.zone) if change else "",
        nothing=NOTHING_GOES_OUT,
        in_hours=in_hours,
        weekday_options=weekday_options,
        **choices(schedule, {place.state for place in _places(campaign, schedule)}),
    )


def weekday_options() -> list[tuple[str, str]]:
    """Each weekday by its code, and its name."""
    return [(code, weekday_name(number)) for number, code in enumerate(WEEKDAYS)]


def in_hours(length: timedelta) -> str:
    """26 h; 12.5 h."""
    return f"{length / timedelta(hours=1):.1f}".removesuffix(".0") + " h"


def _places(campaign: Campaign, schedule: Schedule) -> list[Place]:
    """Where its voters are, without the hours of single precincts; the surest places first."""
    found = {Place(place.state, place.zones) for place in place_names(session(), campaign.id)}
    surest = sorted(found, key=lambda one: (not one.state, len(one.zones) != 1, one))
    return surest or [Place("", (schedule.zone,))]


def _week(schedule: Schedule, places: list[Place]) -> dict[str, Any]:
    """The picture of one place and channel; the first ones, unless the address says others."""
    by_key = {place.key: place for place in places}
    place = by_key.get(request.args.get("place", ""), places[0])
    asked = request.args.get("channel", "")
    channel = Channel(asked) if asked in list(Channel) else Channel.CALL
    rows = week.final_week(schedule, place, channel)
    names, combined = hours_page.combined(schedule, place, channel)
    return {
        "choices": [(key, hours_page.place_name(one, places)) for key, one in by_key.items()],
        "place": place,
        "place_name": hours_page.place_name(place, places),
        "channel": channel,
        "rows": rows,
        "drawn": {one.kind for row in rows for one in row.stretches},
        "legend": week.WORDS,
        "sources": names,
        "combined": combined,
    }


def _silence(schedule: Schedule) -> dict[str, Any]:
    """What the table says of the country, and what holds on each channel."""
    code = schedule.country
    row = next((row for row in table("election_silence") if row["country"] == code), None)
    own = Place("", (schedule.zone,))
    return {
        "row": row,
        "by_table": silence_of(code),
        "holds": {channel: silence(schedule, own, channel) for channel in Channel},
    }


def _words(campaign: Campaign) -> Any:
    def words(change: Change | None) -> str:
        return change_in_words(change, campaign.zone) if change else _("It cannot be read.")

    return words


def _kind(name: str) -> RuleKind:
    try:
        return RuleKind(name)
    except ValueError:
        abort(404)
