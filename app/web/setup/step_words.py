"""The steps of the set-up in words: each with its sentence, why it matters, and its one door."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from app.services.set_up.by_hand import SKIPPABLE
from app.services.set_up.draft import DRAFT
from app.services.set_up.steps import DONE, LOOK, MISSING, SKIPPED, Step
from app.store.campaigns import Campaign
from app.web.setup.fact_words import Words, sentence
from app.web.tongue import marked
from app.web.tongue import translated as _


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


def step_shown(step: Step, campaign: Campaign) -> StepShown:
    """A step with its sentence, why it matters, and its one door."""
    title, why = _TITLES[step.name]
    state, tag = _TAGS[step.state]
    endpoint, door = _door(step, campaign)
    return StepShown(
        step.name,
        _(title),
        state,
        _(tag),
        sentence(_SAID[step.said], step.facts, campaign),
        _(why) if step.state != DONE else "",
        _address(endpoint, campaign),
        _(door),
        step.name in SKIPPABLE and step.state != DONE and campaign.state == DRAFT,
        step.state == SKIPPED,
    )


def _door(step: Step, campaign: Campaign) -> tuple[str, str]:
    """The page where the step is taken, and what its button says."""
    if step.name == "money" and campaign.state != DRAFT:
        return "settings.show", _DOORS["money"][1]
    if step.name == "people" and (step.said in _JOINED or step.state == SKIPPED):
        return "shifts.show", marked("Book shifts")
    if step.said == "words_none":
        return "setup.words", _DOORS["words"][1]
    return _DOORS[step.name]


def _address(endpoint: str, campaign: Campaign) -> str:
    if endpoint in _OF_ALL_CAMPAIGNS:
        return f"{url_for(endpoint)}?set-up={campaign.id}"
    return url_for(endpoint, campaign_id=campaign.id)


_JOINED = ("people", "people_no_shifts")
_OF_ALL_CAMPAIGNS = ("imports.index", "people.index")
"""Pages that stand beside the campaigns; they are told which set-up to lead back to."""
_DOORS: Mapping[str, tuple[str, str]] = {
    "place": ("rules.show", marked("See the hours")),
    "voters": ("imports.index", marked("Import a file")),
    "universe": ("setup.universe", marked("Choose voters")),
    "senders": ("setup.senders", marked("Set up senders")),
    "money": ("setup.money", marked("Set the money")),
    "ramp": ("ramps.edit", marked("Draw the ramp")),
    "words": ("scripts.show", marked("Write the words")),
    "people": ("people.index", marked("Invite")),
    "plan": ("plan.show", marked("See the plan")),
    "rehearsal": ("rehearsals.show", marked("Rehearse")),
}
_TAGS: Mapping[str, tuple[str, str]] = {
    DONE: ("good", marked("done")),
    MISSING: ("bad", marked("missing")),
    LOOK: ("warn", marked("worth a look")),
    SKIPPED: ("plain", marked("skipped")),
}
_TITLES: Mapping[str, tuple[str, str]] = {
    "place": (marked("Place and polling day"), ""),
    "voters": (
        marked("Voter file"),
        marked(
            "Everybody you reach comes from it: who they are, where they vote, how to reach them."
        ),
    ),
    "universe": (
        marked("Universe: whom you work on"),
        marked("Nobody is called or written to who is not in it."),
    ),
    "senders": (
        marked("Channels and senders"),
        marked(
            "A number or a relay that was never tried is the commonest reason for a silent day."
        ),
    ),
    "money": (
        marked("Budget and reserve"),
        marked(
            "Nothing that costs goes out beyond the budget, and the reserve waits for the final "
            "week."
        ),
    ),
    "ramp": (
        marked("Ramp: how outreach rises"),
        marked("The plan spreads these attempts over the days that are left."),
    ),
    "words": (
        marked("Scripts and templates"),
        marked("A channel without words sends nothing."),
    ),
    "people": (
        marked("Volunteers and shifts"),
        marked("Calls are made by people: without booked shifts the plan can promise none."),
    ),
    "plan": (
        marked("Plan"),
        marked("It shows, hour by hour, that the final week is never silent."),
    ),
    "rehearsal": (
        marked("Rehearsal"),
        marked("It plays your final week in minutes, with everything that may go wrong."),
    ),
}
_SAID: Mapping[str, Words] = {
    "place": (
        marked(
            "Polling day is %(day)s. Hours, silence and calling rules come from the tables, and "
            "from what you changed of them."
        ),
        marked("Polling day is %(day)s. Hours, silence and calling rules come from the tables."),
    ),
    "skipped": marked("You said that this is not needed."),
    "voters": marked(
        "A voter file is on file. Texts need a list of consents too: bring it in on the same page."
    ),
    "voters_none": marked("No voter file yet: a spreadsheet will do."),
    "voters_importing": marked("A file is on its way in, or waits for you."),
    "universe_none": marked("Nobody is chosen yet."),
    "universe": marked(
        "%(whole)s voters: %(call)s can be called, %(text)s texted, %(email)s emailed."
    ),
    "universe_uncounted": marked("Voters are chosen; they are counted with the first plan."),
    "universe_choosing": marked(
        "Voters are being chosen: %(percent)s %% of the file is gone through."
    ),
    "universe_old": marked(
        "%(whole)s voters are chosen, and a voter file has come in since. Choose once more to have "
        "its voters too."
    ),
    "channels_none": marked("Say first by which channels you will work."),
    "senders_none": marked("No sender that may send for %(channels)s."),
    "senders_failed": marked("A check found something to put right: %(names)s."),
    "senders_unchecked": marked("Senders are there; not every check has been made."),
    "senders": marked("Every sender was checked, and a test message went out."),
    "senders_calls": marked("Calls need no sender: volunteers dial by themselves."),
    "money": marked("The budget is set, or nothing costs money."),
    "money_none": marked("No budget yet, so nothing that costs can go out."),
    "ramp_none": marked("No ramp yet: say how many attempts there shall be."),
    "ramp": marked("A ramp for %(channels)s."),
    "ramp_lacking": marked("Without a ramp, nothing is planned for %(channels)s."),
    "words_none": (marked("No words yet for %(channels)s."), marked("No words yet.")),
    "words": marked("Words for %(channels)s."),
    "people_unneeded": marked("You make no calls, so no shifts are needed."),
    "people_none": marked("Nobody is invited yet. One link serves a whole group."),
    "people_invited": marked("An invitation is out; nobody has joined yet."),
    "people_no_shifts": marked("%(volunteers)s people have joined, and no shift is booked."),
    "people": marked("People: %(volunteers)s. Shifts to come: %(shifts)s."),
    "plan_none": marked("No plan yet. It is made by itself once there are voters and ramps."),
    "plan_refused": marked("No plan can be made: %(why)s"),
    "plan_gaps": marked("In the final week %(hours)s open hours hold nothing on any channel."),
    "plan_short": marked(
        "Every open hour of the final week holds something. In %(hours)s of them a channel has a "
        "gap; the plan says which, and what closes it."
    ),
    "plan": marked("Every open hour of the final week holds something."),
    "rehearsal_none": marked("Not rehearsed yet."),
    "rehearsal_on": marked("A rehearsal is under way."),
    "rehearsal_broken": marked("In the last rehearsal a promise was broken; see its report."),
    "rehearsal_old": marked("Something big has changed since the last rehearsal."),
    "rehearsal": marked("The last rehearsal kept every promise."),
}
