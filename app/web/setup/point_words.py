"""The points of the checklist in words, and where each is put right."""

from collections.abc import Mapping

from flask import url_for

from app.domain.checklist import Point
from app.store.campaigns import Campaign
from app.web.setup.fact_words import Words, sentence
from app.web.tongue import marked


def point_said(point: Point, campaign: Campaign) -> str:
    """A point of the checklist in a sentence, with what to do when it is not well."""
    return sentence(_SAID[point.said], point.facts, campaign)


def where_to(point: Point, campaign: Campaign) -> str:
    """The page where a point is put right; empty where no page can."""
    name = point.name
    if name.startswith(("sender_", "looks_")):  # a point for each channel
        name = name.partition("_")[0]
    endpoint = "setup.words" if point.said == "scripts_missing" else _PAGES.get(name)
    return url_for(endpoint, campaign_id=campaign.id) if endpoint else ""


_PAGES: Mapping[str, str] = {
    "people": "setup.universe",
    "ramp": "ramps.edit",
    "scripts": "scripts.show",
    "fields": "scripts.show",
    "payer": "scripts.show",
    "opt_out": "scripts.show",
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
}
_SAID: Mapping[str, Words] = {
    "day_ok": marked("Polling day is to come: %(day)s."),
    "day_missing": marked("The polls have closed. Copy the campaign for another day."),
    "people_ok": marked("Voters are chosen."),
    "people_missing": marked("No voters are chosen. Choose the universe."),
    "ramp_ok": marked("There is a ramp."),
    "ramp_missing": marked("No channel has a ramp, so nothing would go out."),
    "scripts_ok": marked("Every channel has words."),
    "scripts_missing": marked("No words for %(channels)s. Write them."),
    "fields_ok": marked("Every field can be filled."),
    "fields_missing": marked(
        "In the words for %(channel)s nothing fills this: %(field)s. Take it out, or fill it in."
    ),
    "payer_ok": marked("Texts and emails say who pays."),
    "payer_missing": marked(
        "The words for %(channels)s do not say who pays. Add “Paid for by {organization}”."
    ),
    "opt_out_ok": marked("The first text says how to opt out."),
    "opt_out_missing": marked("The first text does not say how to opt out. Add “STOP to opt out”."),
    "unsubscribe_ok": marked("Every email carries a link to unsubscribe."),
    "unsubscribe_missing": marked(
        "The link to unsubscribe leads to an address that nobody outside can reach. Set "
        "LASTMILE_PUBLIC_URL to the https address of these pages."
    ),
    "sender_ok": marked("Senders that may send %(channel)s: %(count)s."),
    "sender_missing": marked(
        "No sender may send %(channel)s. Add one, or start one that is stopped."
    ),
    "looks_ok": marked("The senders of %(channel)s were checked."),
    "looks_failed": marked(
        "A check of the senders of %(channel)s found something to put right: %(names)s."
    ),
    "looks_open": marked(
        "Not every check of the senders of %(channel)s has been made, or found something out."
    ),
    "webhooks_ok": marked("What becomes of a text comes back to us."),
    "webhooks_missing": marked(
        "No news of a test text has come back. Send one to your own phone; if none comes, Twilio "
        "cannot reach LASTMILE_PUBLIC_URL."
    ),
    "money_ok": marked("The budget is set, or nothing costs money."),
    "money_missing": marked("There is no budget: what costs money will not go out."),
    "shifts_ok": marked("Shifts for calls are booked."),
    "shifts_missing": marked("No shift is booked, so no calls are planned."),
    "plan_ok": marked("The plan is made."),
    "plan_missing": (
        marked("There is no plan: %(why)s"),
        marked("There is no plan yet. A worker makes it within seconds; is one running?"),
    ),
    "coverage_ok": marked("No open hour of the final week is silent."),
    "coverage_missing": (
        marked(
            "%(hours)s open hours of the final week hold nothing. "
            "The plan says what would fill them."
        ),
        marked("Which hours of the final week hold nothing shows once there is a plan."),
    ),
    "rehearsal_ok": marked("A rehearsal kept every promise, and nothing big changed since."),
    "rehearsal_missing": marked("The final week was not rehearsed."),
    "rehearsal_broken": marked("In the last rehearsal a promise was broken."),
    "rehearsal_old": marked("Something big has changed since the last rehearsal."),
    "alerts_ok": marked("Somebody is told when something goes wrong."),
    "alerts_missing": marked(
        "Nobody would be told when something goes wrong. Add a route under Incidents."
    ),
    "workers_ok": marked("Workers that run: %(count)s."),
    "workers_missing": marked(
        "No worker runs, and without one nothing goes out. Start one: lastmile worker"
    ),
}
