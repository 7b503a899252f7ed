"""The set-up in words: steps, points of the checklist, and what is wrong with a field."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.domain.channel import Channel
from app.domain.checklist import Point
from app.services.set_up.by_hand import SKIPPABLE
from app.services.set_up.steps import Step
from app.store.campaigns import Campaign
from app.web.tongue import translated as _
from app.web.words import day, number


@dataclass(frozen=True)
class StepShown:
    """A step as the page shows it."""

    name: str
    title: str
    state: str  # good | warn | bad | plain: the color of its tag
    tag: str
    sentence: str
    why: str
    href: str
    door: str
    skippable: bool
    skipped: bool


def channels_said(channels: object) -> str:
    """calls, texts, emails: those named, in the page's language."""
    words = {Channel.CALL: _("calls"), Channel.TEXT: _("texts"), Channel.EMAIL: _("emails")}
    named = channels if isinstance(channels, Iterable) else ()
    return ", ".join(words[Channel(one)] for one in named)


def step_shown(step: Step, campaign: Campaign) -> StepShown:
    """A step with its sentence, why it matters, and its one door."""
    title, why = _TITLES[step.name]()
    state, tag = _TAGS[step.state]()
    href, door = _door(step, campaign)
    return StepShown(
        step.name,
        title,
        state,
        tag,
        _sentence(step, campaign),
        why if step.state != "done" else "",
        href,
        door,
        step.name in SKIPPABLE and step.state != "done" and campaign.state == "draft",
        step.state == "skipped",
    )


_TAGS: Mapping[str, Callable[[], tuple[str, str]]] = {
    "done": lambda: ("good", _("done")),
    "missing": lambda: ("bad", _("missing")),
    "look": lambda: ("warn", _("worth a look")),
    "skipped": lambda: ("plain", _("skipped")),
}
_TITLES: Mapping[str, Callable[[], tuple[str, str]]] = {
    "place": lambda: (_("Place and polling day"), ""),
    "voters": lambda: (
        _("Voter file"),
        _("Everybody you reach comes from it: who they are, where they vote, how to reach them."),
    ),
    "universe": lambda: (
        _("Universe: whom you work on"),
        _("Nobody is called or written to who is not in it."),
    ),
    "senders": lambda: (
        _("Channels and senders"),
        _("A number or a relay that was never tried is the commonest reason for a silent day."),
    ),
    "money": lambda: (
        _("Budget and reserve"),
        _(
            "Nothing that costs goes out beyond the budget, and the reserve waits for the final "
            "week."
        ),
    ),
    "ramp": lambda: (
        _("Ramp: how outreach rises"),
        _("The plan spreads these attempts over the days that are left."),
    ),
    "words": lambda: (
        _("Scripts and templates"),
        _("A channel without words sends nothing."),
    ),
    "people": lambda: (
        _("Volunteers and shifts"),
        _("Calls are made by people: without booked shifts the plan can promise none."),
    ),
    "plan": lambda: (
        _("Plan"),
        _("It shows, hour by hour, that the final week is never silent."),
    ),
    "rehearsal": lambda: (
        _("Rehearsal"),
        _("It plays your final week in minutes, with everything that may go wrong."),
    ),
}


def _sentence(step: Step, campaign: Campaign) -> str:
    facts = step.facts
    said = _SAID.get(step.said)
    if said is not None:
        return said(facts)
    when = day(campaign.polling_day)
    if not facts.get("rules"):
        return _(
            "Polling day is %(day)s. Hours, silence and calling rules come from the tables.",
            day=when,
        )
    return _(
        "Polling day is %(day)s. Hours, silence and calling rules come from the tables, and from "
        "what you changed of them.",
        day=when,
    )


def _count(facts: Mapping[str, object], name: str) -> str:
    value = facts.get(name, 0)
    return number(value) if isinstance(value, int) else str(value)


def _names(facts: Mapping[str, object], name: str = "names") -> str:
    value = facts.get(name, ())
    return ", ".join(map(str, value)) if isinstance(value, Iterable) else str(value)


_SAID: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "skipped": lambda _facts: _("You said that this is not needed."),
    "voters": lambda _facts: _(
        "A voter file is on file. Texts need a list of consents too: bring it in on the same page."
    ),
    "voters_none": lambda _facts: _("No voter file yet: a spreadsheet will do."),
    "voters_importing": lambda _facts: _("A file is on its way in, or waits for you."),
    "universe_none": lambda _facts: _("Nobody is chosen yet."),
    "universe": lambda facts: _(
        "%(whole)s voters: %(call)s can be called, %(text)s texted, %(email)s emailed.",
        whole=_count(facts, "whole"),
        call=_count(facts, "call"),
        text=_count(facts, "text"),
        email=_count(facts, "email"),
    ),
    "universe_uncounted": lambda _facts: _(
        "Voters are chosen; they are counted with the first plan."
    ),
    "universe_choosing": lambda facts: _(
        "Voters are being chosen: %(percent)s %% of the file is gone through.",
        percent=_count(facts, "percent"),
    ),
    "universe_old": lambda facts: _(
        "%(whole)s voters are chosen, and a voter file has come in since. Choose once more to have "
        "its voters too.",
        whole=_count(facts, "whole"),
    ),
    "channels_none": lambda _facts: _("Say first by which channels you will work."),
    "senders_none": lambda facts: _(
        "No sender that may send for %(channels)s.", channels=channels_said(facts.get("channels"))
    ),
    "senders_failed": lambda facts: _(
        "A check found something to put right: %(names)s.", names=_names(facts)
    ),
    "senders_unchecked": lambda _facts: _("Senders are there; not every check has been made."),
    "senders": lambda _facts: _("Every sender was checked, and a test message went out."),
    "senders_calls": lambda _facts: _("Calls need no sender: volunteers dial by themselves."),
    "money": lambda _facts: _("The budget is set, or nothing costs money."),
    "money_none": lambda _facts: _("No budget yet, so nothing that costs can go out."),
    "ramp_none": lambda _facts: _("No ramp yet: say how many attempts there shall be."),
    "ramp": lambda facts: _(
        "A ramp for %(channels)s.", channels=channels_said(facts.get("channels"))
    ),
    "ramp_lacking": lambda facts: _(
        "Without a ramp, nothing is planned for %(channels)s.",
        channels=channels_said(facts.get("channels")),
    ),
    "words_none": lambda facts: (
        _("No words yet for %(channels)s.", channels=channels_said(facts.get("channels")))
        if facts.get("channels")
        else _("No words yet.")
    ),
    "words": lambda facts: _(
        "Words for %(channels)s.", channels=channels_said(facts.get("channels"))
    ),
    "people_unneeded": lambda _facts: _("You make no calls, so no shifts are needed."),
    "people_none": lambda _facts: _("Nobody is invited yet. One link serves a whole group."),
    "people_invited": lambda _facts: _("An invitation is out; nobody has joined yet."),
    "people_no_shifts": lambda facts: _(
        "%(volunteers)s people have joined, and no shift is booked.",
        volunteers=_count(facts, "volunteers"),
    ),
    "people": lambda facts: _(
        "People: %(volunteers)s. Shifts to come: %(shifts)s.",
        volunteers=_count(facts, "volunteers"),
        shifts=_count(facts, "shifts"),
    ),
    "plan_none": lambda _facts: _(
        "No plan yet. It is made by itself once there are voters and ramps."
    ),
    "plan_refused": lambda facts: _("No plan can be made: %(why)s", why=facts.get("problem", "")),
    "plan_gaps": lambda facts: _(
        "In the final week %(hours)s open hours hold nothing on any channel.",
        hours=_count(facts, "hours"),
    ),
    "plan_short": lambda facts: _(
        "Every open hour of the final week holds something. In %(hours)s of them a channel has a "
        "gap; the plan says which, and what closes it.",
        hours=_count(facts, "hours"),
    ),
    "plan": lambda _facts: _("Every open hour of the final week holds something."),
    "rehearsal_none": lambda _facts: _("Not rehearsed yet."),
    "rehearsal_on": lambda _facts: _("A rehearsal is under way."),
    "rehearsal_broken": lambda _facts: _(
        "In the last rehearsal a promise was broken; see its report."
    ),
    "rehearsal_old": lambda _facts: _("Something big has changed since the last rehearsal."),
    "rehearsal": lambda _facts: _("The last rehearsal kept every promise."),
}


def _door(step: Step, campaign: Campaign) -> tuple[str, str]:
    """Where the step is taken, and what its button says."""
    draft = campaign.state == "draft"
    scripts = "setup.words" if step.said == "words_none" else "scripts.show"
    shifts = step.said in ("people", "people_no_shifts") or step.state == "skipped"
    doors = {
        "place": ("rules.show", _("See the hours")),
        "voters": ("imports.index", _("Import a file")),
        "universe": ("setup.universe", _("Choose voters")),
        "senders": ("setup.senders", _("Set up senders")),
        "money": ("setup.money" if draft else "settings.show", _("Set the money")),
        "ramp": ("ramps.edit", _("Draw the ramp")),
        "words": (scripts, _("Write the words")),
        "people": (("shifts.show", _("Book shifts")) if shifts else ("people.index", _("Invite"))),
        "plan": ("plan.show", _("See the plan")),
        "rehearsal": ("rehearsals.show", _("Rehearse")),
    }
    endpoint, words = doors[step.name]
    if endpoint in ("imports.index", "people.index"):
        href = url_for(endpoint)
        return f"{href}?set-up={campaign.id}", words
    return url_for(endpoint, campaign_id=campaign.id), words


def point_said(point: Point, campaign: Campaign) -> str:
    """A point of the checklist in a sentence, with what to do when it is not well."""
    return _POINTS[point.said](point.facts, campaign)


_POINTS: Mapping[str, Callable[[Mapping[str, object], Campaign], str]] = {
    "day_ok": lambda _f, c: _("Polling day is to come: %(day)s.", day=day(c.polling_day)),
    "day_missing": lambda _f, _c: _("The polls have closed. Copy the campaign for another day."),
    "people_ok": lambda _f, _c: _("Voters are chosen."),
    "people_missing": lambda _f, _c: _("No voters are chosen. Choose the universe."),
    "ramp_ok": lambda _f, _c: _("There is a ramp."),
    "ramp_missing": lambda _f, _c: _("No channel has a ramp, so nothing would go out."),
    "scripts_ok": lambda _f, _c: _("Every channel has words."),
    "scripts_missing": lambda f, _c: _(
        "No words for %(channels)s. Write them.", channels=channels_said(f.get("channels"))
    ),
    "fields_ok": lambda _f, _c: _("Every field can be filled."),
    "fields_missing": lambda f, _c: _(
        "In the words for %(channel)s nothing fills this: %(field)s. Take it out, or fill it in.",
        channel=channels_said([f["channel"]]),
        field=f["field"],
    ),
    "payer_ok": lambda _f, _c: _("Texts and emails say who pays."),
    "payer_missing": lambda f, _c: _(
        "The words for %(channels)s do not say who pays. Add “Paid for by {organization}”.",
        channels=channels_said(f.get("channels")),
    ),
    "opt_out_ok": lambda _f, _c: _("The first text says how to opt out."),
    "opt_out_missing": lambda _f, _c: _(
        "The first text does not say how to opt out. Add “STOP to opt out”."
    ),
    "unsubscribe_ok": lambda _f, _c: _("Every email carries a link to unsubscribe."),
    "unsubscribe_missing": lambda _f, _c: _(
        "The link to unsubscribe leads to an address that nobody outside can reach. Set "
        "LASTMILE_PUBLIC_URL to the https address of these pages."
    ),
    "sender_ok": lambda f, _c: _(
        "Senders that may send %(channel)s: %(count)s.",
        channel=channels_said([f["channel"]]),
        count=f["count"],
    ),
    "sender_missing": lambda f, _c: _(
        "No sender may send %(channel)s. Add one, or start one that is stopped.",
        channel=channels_said([f["channel"]]),
    ),
    "looks_ok": lambda f, _c: _(
        "The senders of %(channel)s were checked.", channel=channels_said([f["channel"]])
    ),
    "looks_failed": lambda f, _c: _(
        "A check of the senders of %(channel)s found something to put right: %(names)s.",
        channel=channels_said([f["channel"]]),
        names=_names(f),
    ),
    "looks_open": lambda f, _c: _(
        "Not every check of the senders of %(channel)s has been made, or found something out.",
        channel=channels_said([f["channel"]]),
    ),
    "webhooks_ok": lambda _f, _c: _("What becomes of a text comes back to us."),
    "webhooks_missing": lambda _f, _c: _(
        "No news of a test text has come back. Send one to your own phone; if none comes, Twilio "
        "cannot reach LASTMILE_PUBLIC_URL."
    ),
    "money_ok": lambda _f, _c: _("The budget is set, or nothing costs money."),
    "money_missing": lambda _f, _c: _("There is no budget: what costs money will not go out."),
    "shifts_ok": lambda _f, _c: _("Shifts for calls are booked."),
    "shifts_missing": lambda _f, _c: _("No shift is booked, so no calls are planned."),
    "plan_ok": lambda _f, _c: _("The plan is made."),
    "plan_missing": lambda f, _c: (
        _("There is no plan: %(why)s", why=f["problem"])
        if f.get("problem")
        else _("There is no plan yet. A worker makes it within seconds; is one running?")
    ),
    "coverage_ok": lambda _f, _c: _("No open hour of the final week is silent."),
    "coverage_missing": lambda f, _c: (
        _(
            "%(hours)s open hours of the final week hold nothing. "
            "The plan says what would fill them.",
            hours=_count(f, "hours"),
        )
        if f.get("hours")
        else _("Which hours of the final week hold nothing shows once there is a plan.")
    ),
    "rehearsal_ok": lambda _f, _c: _(
        "A rehearsal kept every promise, and nothing big changed since."
    ),
    "rehearsal_missing": lambda _f, _c: _("The final week was not rehearsed."),
    "rehearsal_broken": lambda _f, _c: _("In the last rehearsal a promise was broken."),
    "rehearsal_old": lambda _f, _c: _("Something big has changed since the last rehearsal."),
    "alerts_ok": lambda _f, _c: _("Somebody is told when something goes wrong."),
    "alerts_missing": lambda _f, _c: _(
        "Nobody would be told when something goes wrong. Add a route under Incidents."
    ),
    "workers_ok": lambda f, _c: _("Workers that run: %(count)s.", count=f["count"]),
    "workers_missing": lambda _f, _c: _(
        "No worker runs, and without one nothing goes out. Start one: lastmile worker"
    ),
}


def where_to(point: Point, campaign: Campaign) -> str:
    """The page where a point is put right; empty where no page can."""
    scripts = "setup.words" if point.said == "scripts_missing" else "scripts.show"
    name = (
        point.name.partition("_")[0] if point.name.startswith(("sender_", "looks_")) else point.name
    )
    endpoint = {
        "people": "setup.universe",
        "ramp": "ramps.edit",
        "scripts": scripts,
        "fields": scripts,
        "payer": scripts,
        "opt_out": scripts,
        "sender": "setup.senders",
        "looks": "setup.senders",
        "webhooks": "setup.senders",
        "money": "setup.money",
        "shifts": "shifts.show",
        "plan": "plan.show",
        "coverage": "plan.show",
        "rehearsal": "rehearsals.show",
        "alerts": "incidents.show",
        "day": "setup.copy",
    }.get(name, "")
    return url_for(endpoint, campaign_id=campaign.id) if endpoint else ""


def problem_said(name: str, code: str) -> str:
    """What is wrong with a field, and what to write."""
    if code.startswith("words:"):
        said = code.removeprefix("words:")
        return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")
    found = _PROBLEMS.get((name, code)) or _PROBLEMS.get(("", code))
    return found() if found is not None else code


_PROBLEMS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("name", "short"): lambda: _("Give the campaign a name of at least 3 letters."),
    ("name", "taken"): lambda: _(
        "There is a campaign of this name already; open it, or choose another name."
    ),
    ("candidate", "empty"): lambda: _("Say whom or what it is for."),
    ("organization", "empty"): lambda: _("Say who pays; texts and emails must name them."),
    ("states", "unknown_state"): lambda: _(
        "Write states by their two letters, as in NC or NC, VA."
    ),
    ("zone", "unknown_zone"): lambda: _("Choose a clock: your place does not tell it."),
    ("polls_close", "order"): lambda: _("The polls must close after they open."),
    ("polling_day", "past"): lambda: _("The polls of this day have closed; choose a day to come."),
    ("polling_day", "far"): lambda: _("Choose a day within four years from now."),
    ("universe", "nobody"): lambda: _("No voter on file meets these conditions; widen them."),
    ("universe", "not_draft"): lambda: _(
        "The campaign has begun: its voters stay. Add others as a reserve, under Phases."
    ),
    ("universe", "begun"): lambda: _("Something has gone out already, so the voters stay."),
    ("", "range"): lambda: _("Write a number from 0; for the reserve, below 100."),
    ("", "not_draft"): lambda: _("The campaign has begun; change this under Settings."),
    ("", "volunteer"): lambda: _("Nobody calls here: {volunteer} can stand in a call script only."),
    ("", "long"): lambda: _("This is too long; shorten it."),
    ("email_subject", "empty"): lambda: _("An email needs a subject."),
    ("starts_at", "late"): lambda: _("Start on polling day at the latest."),
    ("starts_at", "past"): lambda: _("This is past; choose a time to come, or leave it empty."),
    ("to", "address"): lambda: _(
        "This is no address that can be reached. Write a number with its area code, or an email."
    ),
    ("to", "money"): lambda: _(
        "There is no money for a test message: set a budget first, or raise it."
    ),
    ("to", "opted_out"): lambda: _(
        "This address has opted out, and that holds for tests too. Take another."
    ),
}
