"""A campaign's figures: defaults, under what was learned, under what somebody set, with a note."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.figure import DEFAULTS
from app.domain.model import Model
from app.domain.rate import Learned
from app.services.figures import (
    FigureRefused,
    figures_of,
    model_of,
    reset_figure,
    set_figure,
    set_salience,
    standings,
)
from app.store import figures
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, User
from tests import factories
from tests.factories import NOON


@pytest.fixture
def campaign(sessions: Sessions) -> Campaign:
    """A campaign whose records have taught one figure."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        figures.write_learned(session, made.id, {"contact_1": Learned(22, 1240)}, NOON)
    return made


@pytest.fixture
def ana(sessions: Sessions, campaign: Campaign) -> User:
    """An organizer."""
    return factories.person(sessions, "organizer", name="Ana")


def value(sessions: Sessions, campaign: Campaign, name: str = "contact_1") -> float:
    with sessions() as session:
        return figures_of(session, campaign.id)[name]


def audit(sessions: Sessions) -> list[tuple[str, dict[str, Any]]]:
    with sessions() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.subject != "").order_by(AuditEntry.id)
        )
        return [(row.action, row.details) for row in rows if "was" in row.details]


def test_a_figure_is_set_and_taken_back_with_a_note_of_who_and_why(
    sessions: Sessions, campaign: Campaign, ana: User
) -> None:
    assert value(sessions, campaign) == 22
    set_figure(sessions, campaign.id, "contact_1", "30 %", " our  last race ", by=ana.id, now=NOON)
    with sessions() as session:
        one = standings(session, campaign.id)[0]
        assert model_of(session, campaign).contact[0] == pytest.approx(0.3)
    assert one.figure.name == "contact_1"
    assert (one.value, one.learned) == (30, Learned(22, 1240))
    assert one.changed == figures.Changed(30, "our last race", "Ana", NOON)
    set_figure(sessions, campaign.id, "contact_1", "31", "a slip", by=ana.id, now=NOON)
    assert reset_figure(sessions, campaign.id, "contact_1", "enough of our own", by=None, now=NOON)
    assert value(sessions, campaign) == 22
    assert not reset_figure(sessions, campaign.id, "contact_1", "once more", by=None, now=NOON)
    assert audit(sessions) == [
        ("figure set", {"figure": "contact_1", "was": 22, "now": 30, "note": "our last race"}),
        ("figure set", {"figure": "contact_1", "was": 30, "now": 31, "note": "a slip"}),
        (
            "figure reset",
            {"figure": "contact_1", "was": 31, "now": 22, "note": "enough of our own"},
        ),
    ]


def test_another_campaign_keeps_its_own(sessions: Sessions, campaign: Campaign) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Another")
    set_figure(sessions, campaign.id, "opt_out", "9", "a hard list", by=None, now=NOON)
    with sessions() as session:
        assert figures_of(session, other.id) == DEFAULTS
        assert model_of(session, other) == Model()


@pytest.mark.parametrize(
    ("typed", "note", "fields"),
    [("200", "because", {"value"}), ("20", "  x ", {"note"}), ("", "y" * 501, {"value", "note"})],
    ids=["beyond the range", "no reason", "both wrong"],
)
def test_what_cannot_be_set_changes_nothing(
    sessions: Sessions, campaign: Campaign, typed: str, note: str, fields: set[str]
) -> None:
    with pytest.raises(FigureRefused) as refused:
        set_figure(sessions, campaign.id, "contact_1", typed, note, by=None, now=NOON)
    assert refused.value.problems.keys() == fields
    assert value(sessions, campaign) == 22
    assert audit(sessions) == []


def test_a_reset_wants_a_reason_too(sessions: Sessions, campaign: Campaign) -> None:
    set_figure(sessions, campaign.id, "contact_1", "30", "our last race", by=None, now=NOON)
    with pytest.raises(FigureRefused):
        reset_figure(sessions, campaign.id, "contact_1", "", by=None, now=NOON)
    assert value(sessions, campaign) == 30


def test_salience_is_said_once_and_shapes_the_model(sessions: Sessions, campaign: Campaign) -> None:
    assert set_salience(sessions, campaign.id, "high", by=None, now=NOON)
    assert not set_salience(sessions, campaign.id, "high", by=None, now=NOON)
    with sessions() as session:
        model = model_of(session, session.get_one(Campaign, campaign.id))
    assert model.cut == pytest.approx(0.455)
    assert audit(sessions) == [("salience set", {"was": "middle", "now": "high"})]
    with pytest.raises(FigureRefused, match="Choose"):
        set_salience(sessions, campaign.id, "enormous", by=None, now=NOON)
