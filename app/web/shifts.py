"""Shifts of a campaign: what each evening needs, who is booked, who came, and who else could."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.report import ShiftNeed
from app.domain.time_of_day import clean_time
from app.services import plans
from app.services.ask_volunteers import Block, CannotAsk, ask_volunteers, preview
from app.services.people import LANGUAGES
from app.services.shifts import NewShift, ShiftRefused, add_shift, remove_shift
from app.store import people_desk, plan_desk, shift_watch
from app.store.campaigns import Campaign
from app.store.people_desk import MOST_BOOKABLE
from app.store.shift_watch import Gap
from app.store.shifts import Shift
from app.web import plan_words
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.person_words import dated, stretch
from app.web.role_words import booking_problem
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import day as day_words

bp = Blueprint("shifts", __name__, url_prefix="/campaigns/<int:campaign_id>/shifts")

EVENING = {"from": "17:00", "until": "20:00", "channel": "call"}
"""What the form offers at first: the block in which most people answer."""

FIELDS = ("person", "day", "from", "until", "channel")


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """One day's shifts, what the plan needs of it, and the form for another."""
    return _page(campaign_of(campaign_id), request.args)


@bp.post("")
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Book a volunteer."""
    campaign, clock = campaign_of(campaign_id), parts().clock
    try:
        asked = read_shift(request.form)
        held = add_shift(
            parts().sessions,
            campaign.id,
            asked,
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        return _page(campaign, request.form, {refused.field: booking_problem(refused)}), 422
    flash(booked_words(held.name, asked, new=held.new), "good")
    # The next volunteer is most often for the same block.
    at = {"from": f"{asked.starts:%H:%M}", "until": f"{asked.ends:%H:%M}"}
    block: dict[str, Any] = {**at, "channel": asked.channel.value}
    back = url_for(".show", campaign_id=campaign.id, day=asked.day.isoformat(), **block)
    return redirect(back, 303)


@bp.post("/remove")
@open_to("organizer")
def remove(campaign_id: int) -> ResponseReturnValue:
    """Take a shift out; the form then has it, so that one press brings it back."""
    campaign, clock = campaign_of(campaign_id), parts().clock
    day = request.form.get("day", "")
    try:
        gone = remove_shift(
            parts().sessions,
            campaign.id,
            request.form.get("shift", 0, type=int),
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        flash(booking_problem(refused), "bad")
        return redirect(url_for(".show", campaign_id=campaign.id, day=day), 303)
    if gone is None:
        flash(_("This shift was gone already."), "plain")
        return redirect(url_for(".show", campaign_id=campaign.id, day=day), 303)
    flash(_("The shift is removed. The form below still has it: “Book” puts it back."), "good")
    return redirect(url_for(".show", campaign_id=campaign.id, **_query(gone, campaign.zone)), 303)


@bp.get("/ask")
@open_to("organizer")
def ask(campaign_id: int) -> ResponseReturnValue:
    """What asking all volunteers for these hours would do: to how many, in which words."""
    campaign = campaign_of(campaign_id)
    try:
        block = _block(campaign, request.args)
    except ShiftRefused as refused:
        flash(booking_problem(refused), "bad")
        return redirect(url_for(".show", campaign_id=campaign.id), 303)
    return _ask_page(campaign, block)


@bp.post("/ask")
@open_to("organizer")
def send_ask(campaign_id: int) -> ResponseReturnValue:
    """Write to them; twice is once."""
    campaign, clock = campaign_of(campaign_id), parts().clock
    try:
        block = _block(campaign, request.form)
        made = ask_volunteers(
            parts().sessions,
            campaign.id,
            block,
            parts().settings.public_url,
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        flash(booking_problem(refused), "bad")
        return redirect(url_for(".show", campaign_id=campaign.id), 303)
    except CannotAsk:
        return _ask_page(campaign, block), 422
    if made:
        said = ngettext("%(num)s volunteer is asked.", "%(num)s volunteers are asked.", made)
        flash(str(said), "good")
    else:
        flash(_("Everybody who could come was asked already. Nothing was sent."), "plain")
    day = request.form.get("day", "")
    return redirect(url_for(".show", campaign_id=campaign.id, day=day), 303)


def booked_words(name: str, asked: NewShift, *, new: bool) -> str:
    """What was booked, or was already."""
    first, last = (datetime.combine(asked.day, at, UTC) for at in (asked.starts, asked.ends))
    day, hours = day_words(asked.day), stretch(first, last, "UTC")
    if new:
        return _("%(name)s is booked for %(day)s, %(hours)s.", name=name, day=day, hours=hours)
    return _("%(name)s was booked already for %(day)s, %(hours)s.", name=name, day=day, hours=hours)


def read_shift(form: Any, user_id: int | None = None) -> NewShift:
    """The shift that a form asks for, of `user_id` or of the person in it; raises ShiftRefused at
    the field that cannot be read."""
    day = read_day(form.get("day", ""))
    if day is None:
        raise ShiftRefused("day", "Choose the day.", "no day")
    starts, ends = clean_time(form.get("from", "")), clean_time(form.get("until", ""))
    if starts is None:
        raise ShiftRefused("from", "Say when it begins: 17:00 or 5 pm.", "no begin")
    if ends is None:
        raise ShiftRefused("until", "Say when it ends: 20:00 or 8 pm.", "no end")
    try:
        channel = Channel(form.get("channel", ""))
    except ValueError:
        raise ShiftRefused("channel", "Choose calls or texts.", "no channel") from None
    person = form.get("person", 0, type=int) if user_id is None else user_id
    return NewShift(person, day, starts, ends, channel, tuple(form.getlist("languages")))


def read_day(raw: str) -> date | None:
    """The day of a form or an address; None for what is none."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def _query(shift: Shift, zone: str) -> dict[str, Any]:
    """A shift as the address of a form that is filled in with it."""
    first, last = (at.astimezone(ZoneInfo(zone)) for at in (shift.starts_at, shift.ends_at))
    return {
        "day": first.date().isoformat(),
        "person": shift.user_id,
        "from": f"{first:%H:%M}",
        "until": f"{last:%H:%M}",
        "channel": shift.channel.value,
        "languages": shift.languages,
    }


def _block(campaign: Campaign, said: Any) -> Block:
    """The hours of an address or a form; raises ShiftRefused."""
    asked = read_shift(said, 0)
    if asked.channel is Channel.EMAIL:
        raise ShiftRefused("channel", "Emails need nobody.", "emails")
    zone = ZoneInfo(campaign.zone)
    first, last = (datetime.combine(asked.day, at, zone) for at in (asked.starts, asked.ends))
    if last <= first:
        raise ShiftRefused("until", "It would end before it begins.", "ends first")
    return Block(asked.channel, first.astimezone(UTC), last.astimezone(UTC))


def _ask_page(campaign: Campaign, block: Block) -> str:
    now = parts().clock.now()
    url, zone = parts().settings.public_url, ZoneInfo(campaign.zone)
    first, last = (at.astimezone(zone) for at in (block.begins_at, block.ends_at))
    return render_template(
        "shifts/ask.html",
        campaign=campaign,
        block=block,
        seen=preview(session(), campaign, block, url, now),
        hours=dated(block.begins_at, block.ends_at, campaign.zone),
        form={
            "day": first.date().isoformat(),
            "from": f"{first:%H:%M}",
            "until": f"{last:%H:%M}",
            "channel": block.channel.value,
        },
        now=now,
    )


def _page(campaign: Campaign, said: Any, problems: dict[str, str] | None = None) -> str:
    now, here = parts().clock.now(), ZoneInfo(campaign.zone)
    today = now.astimezone(here).date()
    made = plans.latest(session(), campaign.id)
    needs = made.report.shifts if made else ()
    day = read_day(said.get("day", "")) or _first_day(needs, today, campaign)
    begin = datetime.combine(day, time(), here).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), here).astimezone(UTC)
    counts = plan_desk.shift_counts(session(), campaign.id, campaign.zone)
    find, chosen = said.get("find", "").strip(), said.get("person", type=int)
    people = people_desk.bookable(session(), campaign.id, find, chosen)
    return render_template(
        "shifts/show.html",
        campaign=campaign,
        now=now,
        today=today,
        day=day,
        days=_days(today, campaign, counts, day),
        counts=counts,
        short=_short(needs, here),
        needs=[one for one in needs if one.begins_at < end and one.ends_at > begin],
        shifts=plan_desk.shifts(session(), campaign.id, begin, end),
        gaps=_blocks(shift_watch.gaps(session(), campaign.id, now)),
        signs=shift_watch.signs(session(), campaign.id, begin, end),
        people=people,
        find=find,
        searches=bool(find) or len(people) >= MOST_BOOKABLE,
        languages=LANGUAGES,
        form={**EVENING, "day": day.isoformat(), **_typed(said)},
        spoken=said.getlist("languages"),
        problems=problems or {},
        planned=made is not None,
        words=plan_words,
        stretch=stretch,
        dated=dated,
        left_of=lambda gap: _left_of(gap, gap.begins_at(now), here),
    )


def _blocks(gaps: list[Gap]) -> list[list[Gap]]:
    """The gaps of the same hours together: one call for help fills them all."""
    blocks: dict[tuple[object, ...], list[Gap]] = {}
    for gap in gaps:
        blocks.setdefault((gap.channel, gap.starts_at, gap.ends_at), []).append(gap)
    return [sorted(block, key=lambda gap: not gap.open) for block in blocks.values()]


def _left_of(gap: Gap, begins: datetime, here: ZoneInfo) -> dict[str, str]:
    """What is left of a gap, as the page that asks everybody takes it in its address."""
    first, last = begins.astimezone(here), gap.ends_at.astimezone(here)
    hours = {"from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}
    return {"day": first.date().isoformat(), **hours, "channel": gap.channel.value}


def _typed(said: Any) -> dict[str, str]:
    return {name: said[name] for name in FIELDS if name in said}


def _first_day(needs: tuple[ShiftNeed, ...], today: date, campaign: Campaign) -> date:
    """Today; if nothing is short today, the first day that is."""
    here = ZoneInfo(campaign.zone)
    short = [one.begins_at.astimezone(here).date() for one in needs if one.short]
    return min((day for day in short if day >= today), default=min(today, campaign.polling_day))


def _days(today: date, campaign: Campaign, counts: dict[date, int], chosen: date) -> list[date]:
    """The days that can be chosen: two weeks from today on, polling day, and days with shifts."""
    left = (campaign.polling_day - today).days
    ahead = {today + timedelta(days=step) for step in range(max(min(left, 13), 0) + 1)}
    booked = {day for day in counts if today <= day}
    return sorted(ahead | booked | {chosen, campaign.polling_day})


def _short(needs: tuple[ShiftNeed, ...], here: ZoneInfo) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in needs:
        day = one.begins_at.astimezone(here).date()
        found[day] = found.get(day, 0) + one.short
    return found
