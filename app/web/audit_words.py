"""The audit log in words: what each action was, what it was done to, and what may be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from app.store.audit import Entry
from app.web.audit_details import Fact, Known, accounts_of, facts
from app.web.tongue import translated as _

ADDRESSES: Mapping[str, tuple[str, str]] = {
    "campaign": ("campaigns.show", "campaign_id"),
    "voter": ("voters.show", "voter_id"),
    "universe": ("universes.show", "universe_id"),
    "import": ("imports.show", "run_id"),
    "conversation": ("replies.one", "conversation_id"),
    "user": ("people.person", "user_id"),
}
"""Subjects that have a page of their own: its endpoint, and what it calls their number."""


@dataclass(frozen=True)
class Told:
    """An entry as a page and a file tell it."""

    entry: Entry
    who: str
    what: str
    subject: str
    address: str  # of the subject's page; empty without one
    facts: tuple[Fact, ...]

    @property
    def details(self) -> str:
        """The facts in a line, as a file has them."""
        return "; ".join(f"{one.label}: {one.value}" for one in self.facts)


def action_words() -> dict[str, str]:
    """What each action was; the sentence goes on from the name of who did it."""
    return {
        "account switched off": _("Switched an account off"),
        "account switched on": _("Switched an account on"),
        "advice applied": _("Applied a piece of advice"),
        "agreed to the rules of conduct": _("Agreed to the rules of conduct"),
        "alert route added": _("Added somebody who is told of incidents"),
        "alert route removed": _("Removed somebody who was told of incidents"),
        "asked all volunteers": _("Asked all volunteers for a shift"),
        "audit downloaded": _("Downloaded a part of the audit log"),
        "ballot chase set": _("Set the texts of the ballot chase"),
        "ballot recorded": _("Recorded that the voter has voted"),
        "blast added": _("Wrote a blast"),
        "blast canceled": _("Canceled a blast"),
        "blast changed": _("Changed a blast"),
        "blast done": _("A blast was through"),
        "blast moved": _("Moved a blast to another time"),
        "blast paused": _("Paused a blast"),
        "blast resumed": _("Resumed a blast"),
        "blast scheduled": _("Scheduled a blast"),
        "blast taken back": _("Took a scheduled blast back to the drafts"),
        "call given back": _("Gave a call back without a result"),
        "call opened": _("Was given a call"),
        "calls through the carrier changed": _("Changed the settings of calls through the carrier"),
        "called outside hours": _("Entered a call that was made outside the hours"),
        "campaign begun": _("Began the campaign"),
        "campaign copied": _("Copied a campaign"),
        "campaign drafted": _("Began to set up a campaign"),
        "campaign paused": _("Paused the campaign"),
        "campaign resumed": _("Resumed the campaign"),
        "channel paused": _("Paused a channel"),
        "channels chosen": _("Chose the channels of the campaign"),
        "channel resumed": _("Resumed a channel"),
        "conversation done": _("Closed a conversation"),
        "conversation given": _("Gave a conversation to somebody"),
        "conversation handed over": _("Handed a conversation to the organizers"),
        "conversation opened": _("Opened a conversation"),
        "day report written": _("The report of polling day was written"),
        "door entered": _("Entered what was found at a door"),
        "door taken back": _("Took back what was entered of a door"),
        "driver listed": _("Listed a driver"),
        "driver taken off": _("Took a driver off the list"),
        "exported": _("Exported data"),
        "figure reset": _("Reset a figure of the model"),
        "figure set": _("Set a figure of the model"),
        "gap filled": _("Filled the gap of somebody who did not come"),
        "hours changed": _("Changed the calling hours"),
        "hours taken back": _("Took a change of the calling hours back"),
        "imported": _("Imported a file"),
        "inbox done": _("Marked something in the inbox as done"),
        "inbox undone": _("Put something back into the inbox"),
        "invitation taken back": _("Took an invitation back"),
        "invited": _("Made an invitation"),
        "joined a team": _("Put somebody into a team"),
        "joined another campaign": _("Joined another campaign"),
        "left a team": _("Took somebody out of a team"),
        "merge undone": _("Undid a merge of voters"),
        "money set": _("Set the budget"),
        "note taken up": _("Took up a volunteer’s note"),
        "number shown": _("Was shown the whole number"),
        "opted out": _("Recorded an opt-out"),
        "own messages paid": _("Messages to our own people were paid for"),
        "own phone set": _("Set their own phone number"),
        "phase added": _("Added a phase"),
        "phase changed": _("Changed a phase"),
        "phase ended early": _("Ended a phase early"),
        "phase ended": _("A phase was over"),
        "phase moved": _("Moved a phase to another time"),
        "phase removed": _("Removed a phase"),
        "postal address set": _("Set the postal address of emails"),
        "precincts assigned": _("Assigned precincts to a poll watcher"),
        "problem given": _("Gave a voter’s problem to somebody"),
        "problem reopened": _("Opened a voter’s problem again"),
        "problem reported": _("Reported a voter’s problem"),
        "problem solved": _("Solved a voter’s problem"),
        "ramp changed": _("Changed the ramp"),
        "rehearsal begun again": _("A rehearsal began again"),
        "rehearsal stopped": _("Stopped a rehearsal"),
        "rehearsal wanted": _("Asked for a rehearsal"),
        "reminders of the evening set": _("Set the reminders of the evening before"),
        "reminders of the hour set": _("Set the reminders of the hour before"),
        "report downloaded": _("Downloaded a report"),
        "reserve universe added": _("Added a reserve universe"),
        "reserve universe moved": _("Moved a reserve universe"),
        "reserve universe opened": _("A reserve universe was opened"),
        "reserve universe removed": _("Removed a reserve universe"),
        "ride asked": _("Noted that a voter wants a ride"),
        "ride canceled": _("Canceled a ride"),
        "ride done": _("Brought a voter to the polls"),
        "ride given back": _("Gave a ride back"),
        "ride given": _("Gave a ride to a driver"),
        "ride on its way": _("Set out to fetch a voter"),
        "role changed": _("Changed somebody’s role"),
        "salience set": _("Set how much attention the election has"),
        "script saved": _("Saved a version of a script"),
        "sender added": _("Added a sender"),
        "sender changed": _("Changed a sender"),
        "sender paused": _("Paused a sender"),
        "sender resumed": _("Resumed a sender"),
        "sender started": _("Started a sender again"),
        "sender stopped": _("Stopped a sender"),
        "set-up step skipped": _("Skipped a step of the set-up"),
        "set-up step taken up": _("Took a step of the set-up up again"),
        "settings changed": _("Changed the settings of the campaign"),
        "shift added": _("Booked a shift"),
        "shift given up": _("Gave a shift up"),
        "shift removed": _("Removed a shift"),
        "sheet made": _("Made a sheet on paper"),
        "sheet printed": _("Opened a sheet to print it"),
        "sign-in link made": _("Made a link that signs somebody in"),
        "signed in by a code": _("Signed in by a code"),
        "start set": _("Set when the campaign starts"),
        "strike taken back": _("Took a strike back"),
        "survey set": _("Set the survey of the call script"),
        "team added": _("Added a team"),
        "team lead set": _("Named the lead of a team"),
        "team removed": _("Removed a team"),
        "team renamed": _("Renamed a team"),
        "team written to": _("Wrote to a team"),
        "test message asked for": _("Asked for a test message of a sender"),
        "text skipped": _("Skipped a text"),
        "text tapped": _("Sent a text by hand"),
        "texts at the close set": _("Set the texts at the close"),
        "texts shown": _("Was shown texts to send by hand"),
        "universe chosen": _("Chose the voters of the campaign"),
        "universe deleted": _("Deleted a universe"),
        "universe saved": _("Saved a universe"),
        "voter opened": _("Opened a voter’s page"),
        "voter shown": _("Was shown a voter with a call"),
        "voter struck": _("Struck a voter: has voted"),
        "voters merged": _("Merged two voters"),
        "voters struck": _("Struck voters from a list: they have voted"),
        "worker forgotten": _("Said that a worker is gone on purpose"),
        "words changed": _("Changed words of the campaign"),
        "words reported": _("Reported the words of a text"),
        "wrong number": _("Noted that a number is not the voter’s"),
        "pool dry: shorter spacing": _("Everybody had been tried: spacing was shortened"),
        "pool dry: reserve universe": _("Everybody had been tried: a reserve was opened"),
        "pool dry: another channel": _("Everybody had been tried: another channel took over"),
        "pool dry: nobody left": _("Everybody who may be reached had been"),
    }


def kind_words() -> dict[str, str]:
    """Each kind of subject; the first word of a subject as it stands in the log."""
    return {
        "alert": _("Alert route"),
        "blast": _("Blast"),
        "call": _("Call"),
        "campaign": _("Campaign"),
        "conversation": _("Conversation"),
        "day-report": _("Report of polling day of campaign"),
        "export": _("Export"),
        "import": _("Import"),
        "inbox": _("Inbox"),
        "invitation": _("Invitation"),
        "phase": _("Phase"),
        "pool": _("Pool of campaign"),
        "problem": _("Problem"),
        "rehearsal": _("Rehearsal"),
        "reserve": _("Reserve universe"),
        "ride": _("Ride"),
        "sender": _("Sender"),
        "sheet": _("Sheet"),
        "shift": _("Shift"),
        "strike": _("Strike"),
        "team": _("Team"),
        "touch": _("Contact"),
        "universe": _("Universe"),
        "user": _("Account"),
        "voter": _("Voter"),
        "worker": _("Worker"),
    }


def told(entry: Entry, known: Known) -> Told:
    """An entry in words, with the names of the accounts and campaigns that it is about."""
    kind, number = parted(entry.subject)
    words = action_words().get(entry.action, entry.action[:1].upper() + entry.action[1:])
    who = entry.name or (_("Account %(id)s", id=entry.user_id) if entry.user_id else "")
    about = f"{kind_words().get(kind, kind)} {number}".strip()
    if kind == "user" and number.isdecimal():
        about = known.accounts.get(int(number)) or about
    return Told(
        entry,
        who or _("Lastmile"),
        words,
        about,
        _address(kind, number),
        facts(kind, entry, known),
    )


def parted(subject: str) -> tuple[str, str]:
    """voter:12, and as older entries have it import 12: the kind and the number."""
    kind, _sign, number = subject.replace(" ", ":", 1).partition(":")
    return kind, number


def _address(kind: str, number: str) -> str:
    endpoint, name = ADDRESSES.get(kind, ("", ""))
    if endpoint not in current_app.view_functions or not number.isdecimal():
        return ""
    values: dict[str, Any] = {name: int(number)}
    return url_for(endpoint, **values)


def accounts_in(entries: list[Entry]) -> list[int]:
    """The accounts that entries are about or name, by number."""
    found = [parted(one.subject) for one in entries]
    about = {int(number) for kind, number in found if kind == "user" and number.isdecimal()}
    return sorted(about.union(accounts_of(entries)))
