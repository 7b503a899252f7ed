"""The figures of a campaign's model: what is in force, and what an organizer sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.figure import FIGURES, BadFigure, Figure, in_force, read_value
from app.domain.model import Model, Salience
from app.domain.rate import Learned
from app.store import figures as stored
from app.store import learning
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry

SHORTEST_NOTE, LONGEST_NOTE = 3, 500


@dataclass(frozen=True)
class Standing:
    """A figure as it stands for a campaign."""

    figure: Figure
    value: float
    learned: Learned | None
    changed: stored.Changed | None


class FigureRefused(ValueError):
    """A change that cannot be: for each field (value, note, salience), what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems.values()))


def figures_of(session: Session, campaign_id: int) -> dict[str, float]:
    """Every figure in force for a campaign, in the units of domain.figure.

    These are what a plan rests on: they differ only when something in them does.
    """
    return in_force(*stored.values(session, campaign_id))


def model_of(session: Session, campaign: Campaign) -> Model:
    """The campaign's model: defaults, over them what was learned, over that what was set."""
    return Model.of(figures_of(session, campaign.id), campaign.salience)


def standings(session: Session, campaign_id: int) -> list[Standing]:
    """Every figure with where it comes from, in the order of the table."""
    learned = stored.learned(session, campaign_id)
    changed = stored.changed(session, campaign_id)
    values = figures_of(session, campaign_id)
    return [
        Standing(figure, values[name], learned.get(name), changed.get(name))
        for name, figure in FIGURES.items()
    ]


def pace_of_volunteers(session: Session, campaign_id: int) -> dict[int, float]:
    """Dials an hour of each volunteer with calls behind them, by account; of others nothing is
    known, and the model's figure stands for them."""
    usual = figures_of(session, campaign_id)["dials_per_hour"]
    return learning.pace_of_volunteers(session, campaign_id, usual)


def set_figure(
    sessions: Sessions,
    campaign_id: int,
    name: str,
    typed: str,
    note: str,
    *,
    by: int | None,
    now: datetime,
) -> float:
    """Sets a figure for a campaign and returns its value; raises FigureRefused.

    Raises KeyError for a name that no figure has.
    """
    figure, problems, value = FIGURES[name], _check_note(note), 0.0
    try:
        value = read_value(figure, typed)
    except BadFigure as refused:
        problems["value"] = str(refused)
    if problems:
        raise FigureRefused(problems)
    with sessions.begin() as session:
        was = figures_of(session, campaign_id)[name]
        stored.change(session, campaign_id, name, value, note=_plain(note), by=by, now=now)
        details = {"figure": name, "was": was, "now": value, "note": _plain(note)}
        session.add(_entry("figure set", campaign_id, details, by, now))
    return value


def reset_figure(
    sessions: Sessions,
    campaign_id: int,
    name: str,
    note: str,
    *,
    by: int | None,
    now: datetime,
) -> bool:
    """Lets a figure be what was learned, or the default; False when nobody had set it.

    Raises FigureRefused for a note that says nothing, and KeyError for an unknown name.
    """
    figure, problems = FIGURES[name], _check_note(note)
    if problems:
        raise FigureRefused(problems)
    with sessions.begin() as session:
        was = figures_of(session, campaign_id)[figure.name]
        if not stored.take_back(session, campaign_id, name):
            return False
        value = figures_of(session, campaign_id)[name]
        details = {"figure": name, "was": was, "now": value, "note": _plain(note)}
        session.add(_entry("figure reset", campaign_id, details, by, now))
    return True


def set_salience(
    sessions: Sessions, campaign_id: int, salience: str, *, by: int | None, now: datetime
) -> bool:
    """Says how much attention the election gets; False when it was so already.

    The order in which voters are tried follows with the next run of `learn`. Raises FigureRefused.
    """
    if salience not in set(Salience):
        raise FigureRefused({"salience": "Choose low, middle or high."})
    with sessions.begin() as session:
        was = session.scalar(
            select(Campaign.salience).where(Campaign.id == campaign_id).with_for_update()
        )
        if was == salience:
            return False
        session.execute(
            update(Campaign).where(Campaign.id == campaign_id).values(salience=salience)
        )
        details: dict[str, object] = {"was": was, "now": salience}
        session.add(_entry("salience set", campaign_id, details, by, now))
    return True


def _check_note(note: str) -> dict[str, str]:
    said = _plain(note)
    if len(said) < SHORTEST_NOTE:
        return {"note": "Say why, in a few words; others will ask."}
    if len(said) > LONGEST_NOTE:
        return {"note": f"The note is over {LONGEST_NOTE} characters; shorten it."}
    return {}


def _plain(note: str) -> str:
    return " ".join(note.split())


def _entry(
    action: str, campaign_id: int, details: Mapping[str, object], by: int | None, now: datetime
) -> AuditEntry:
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"campaign:{campaign_id}", details=dict(details)
    )
