"""Whether a change to hours can be made: read, checked against its campaign, weighed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calling import COUNTRY_SCOPES, CUSTOM, FEDERAL
from app.domain.place import zones_of_state
from app.domain.rule import Blackout, CallingHours, Change, PollHours, RuleKind
from app.domain.rule_json import BadRule, from_json
from app.services.closing import last_close
from app.services.rule_effect import Effect, effect_of
from app.store.campaigns import Campaign

LONGEST_NOTE = 500
NO_NOTE = "Say why; whoever plans with these hours will read it."


class RuleRefused(ValueError):
    """A change that cannot be: for each part of it what is wrong and what to do."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


def read_change(kind: RuleKind, value: Mapping[str, object]) -> Change:
    """The change that a form or a command says; raises RuleRefused with what is wrong of it."""
    try:
        return from_json(kind, value)
    except BadRule as bad:
        words = str(bad).removeprefix(f"{bad.part}: ")
        raise RuleRefused({bad.part: f"{words[:1].upper()}{words[1:]}."}) from bad


def check_change(
    session: Session, campaign_id: int, change: Change, note: str, now: datetime
) -> Effect:
    """What the change would do; raises RuleRefused when it cannot be made."""
    campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    problems = _problems(change, note, campaign.country, now)
    if not problems and last_close(session, campaign_id) <= now:
        problems[""] = "The polls have closed and nothing goes out any more."
    if problems:
        raise RuleRefused(problems)
    effect = effect_of(session, campaign_id, change, now)
    if isinstance(change, Blackout) and change.begins_at >= effect.closes_at:
        raise RuleRefused({"begins_at": "By then the polls have closed; nothing goes out anyway."})
    if effect.closes_at <= now:
        raise RuleRefused({"closes": "By this the polls have closed already."})
    return effect


def _problems(change: Change, note: str, country: str, now: datetime) -> dict[str, str]:
    problems = {}
    if not note.strip():
        problems["note"] = NO_NOTE
    elif len(note) > LONGEST_NOTE:
        problems["note"] = f"At most {LONGEST_NOTE} characters."
    if isinstance(change, CallingHours) and not _known_scope(change.scope, country):
        problems["scope"] = f"No rule of this campaign is called {change.scope!r}; choose another."
    if isinstance(change, PollHours) and not (country == "US" and zones_of_state(change.state)):
        problems["state"] = f"{change.state!r} is no state; choose another."
    if isinstance(change, Blackout) and change.ends_at <= now:
        problems["ends_at"] = "This is over already; choose an end to come."
    return problems


def _known_scope(scope: str, country: str) -> bool:
    if scope in (FEDERAL, CUSTOM):
        return True
    if country == "US":
        return bool(zones_of_state(scope))
    return scope == COUNTRY_SCOPES.get(country, country)
