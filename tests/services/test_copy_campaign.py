"""A campaign copied for the next election: how it worked comes along, what it did stays behind."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.domain.channel import Channel
from app.domain.phase import PhaseKind
from app.domain.ramp import RampRule, Shape
from app.domain.rule import Blackout
from app.domain.rule_json import from_json, to_json
from app.services.copy_campaign import copy_campaign
from app.services.set_up.draft import SetUpRefused
from app.store.campaigns import Campaign, Script, Sender
from app.store.engine import Sessions
from app.store.phases import Phase
from app.store.ramps import ramps_of, write_ramps
from app.store.reserves import Reserve
from app.store.rule_changes import ChangedFigure, RuleChange
from app.store.shifts import Shift
from app.store.touches import Target, Touch
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import texting

NEXT = date(2027, 3, 2)  # in winter time, as polling day 2026 is
DAYS = NEXT - POLLING_DAY
EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def old(sessions: Sessions) -> int:
    """A campaign in its final week, with some of everything."""
    with sessions.begin() as session:
        made, voters = texting(session, 3, spent=Decimal(5), reserved=Decimal(1))
        factories.calls(session, made, voters[:1])
        write_ramps(
            session,
            made.id,
            {
                Channel.TEXT: RampRule(Shape.LINEAR, NOON.date(), 90),
                Channel.CALL: RampRule(
                    Shape.DRAWN, NOON.date(), 30, drawn=((NOON.date(), 10), (POLLING_DAY, 20))
                ),
            },
        )
        session.add_all(
            [
                Script(
                    campaign_id=made.id, channel=Channel.TEXT, version=2, body="Newer {first_name}"
                ),
                Phase(
                    campaign_id=made.id,
                    kind=PhaseKind.ROUND,
                    name="Knock-up",
                    starts_at=datetime(2026, 11, 3, 16, tzinfo=EASTERN),
                    ends_at=datetime(2026, 11, 3, 19, tzinfo=EASTERN),
                    marked_at=NOON,
                    people=3,
                ),
                _change(made.id, "school play", None),
                _change(made.id, "taken back", NOON),
                ChangedFigure(
                    campaign_id=made.id, name="dials_per_hour", value=20, note="slow", made_at=NOON
                ),
                Reserve(campaign_id=made.id, rank=1, name="Others", opened_at=NOON, people=2),
            ]
        )
        session.flush()
        found = made.id
    person = factories.person(sessions, "volunteer", found)
    with sessions.begin() as session:
        session.add(
            Shift(
                campaign_id=found,
                user_id=person.id,
                channel=Channel.CALL,
                starts_at=NOON,
                ends_at=NOON + timedelta(hours=3),
                created_at=NOON,
            )
        )
    return found


def _change(campaign_id: int, note: str, ended_at: datetime | None) -> RuleChange:
    dark = Blackout(
        datetime(2026, 10, 24, 18, tzinfo=EASTERN),  # in summer time
        datetime(2026, 10, 24, 21, tzinfo=EASTERN),
        (Channel.CALL,),
        note,
    )
    return RuleChange(
        campaign_id=campaign_id,
        kind="blackout",
        value=to_json(dark),
        note=note,
        made_at=NOON,
        ended_at=ended_at,
    )


def copied(sessions: Sessions, old: int, name: str = "Runoff", day: date = NEXT) -> int:
    return copy_campaign(sessions, old, name, day, by=None, now=NOON)


def test_the_copy_is_a_draft_of_its_own_day_that_has_spent_nothing(
    sessions: Sessions, old: int
) -> None:
    new = copied(sessions, old)
    with sessions() as session:
        row = session.scalars(select(Campaign).where(Campaign.id == new)).one()
        first = session.scalars(select(Campaign).where(Campaign.id == old)).one()
    assert (row.state, row.copied_from, row.polling_day, row.spent) == ("draft", old, NEXT, 0)
    assert (row.budget, row.voter_daily_cap, row.polls_close) == (
        first.budget,
        first.voter_daily_cap,
        time(19, 30),
    )
    assert (first.state, first.spent) == ("running", 5)


def test_days_move_along_and_hours_stay_what_they_were_on_the_clock(
    sessions: Sessions, old: int
) -> None:
    new = copied(sessions, old)
    with sessions() as session:
        ramps = ramps_of(session, new)
        phase = session.scalars(select(Phase).where(Phase.campaign_id == new)).one()
        change = session.scalars(select(RuleChange).where(RuleChange.campaign_id == new)).one()
    assert ramps[Channel.TEXT].starts_on == NOON.date() + DAYS
    assert ramps[Channel.CALL].drawn[-1] == (NEXT, 20)
    assert phase.starts_at == datetime(2027, 3, 2, 16, tzinfo=EASTERN)
    assert (phase.marked_at, phase.people) == (None, 0)
    dark = from_json(change.kind, change.value)
    assert isinstance(dark, Blackout)
    moved = datetime(2026, 10, 24, 18, tzinfo=EASTERN) + DAYS
    assert dark.begins_at == moved.astimezone(UTC)  # still 6 pm, though in winter time now
    assert change.note == "school play"


def test_senders_come_along_stopped_and_the_newest_words_as_a_first_version(
    sessions: Sessions, old: int
) -> None:
    new = copied(sessions, old)
    with sessions() as session:
        senders = session.scalars(select(Sender).where(Sender.campaign_id == new)).all()
        texts = session.scalars(
            select(Script).where(Script.campaign_id == new, Script.channel == Channel.TEXT)
        ).all()
    assert len(senders) == 2
    assert all(one.stopped for one in senders)
    assert [(one.version, one.body) for one in texts] == [(1, "Newer {first_name}")]


def test_what_was_done_stays_behind(sessions: Sessions, old: int) -> None:
    new = copied(sessions, old)

    def count(table: type) -> int:
        mine = select(func.count()).select_from(table).filter_by(campaign_id=new)
        with sessions() as session:
            return session.scalar(mine) or 0

    assert {table.__name__: count(table) for table in (Touch, Shift, Target, ChangedFigure)} == {
        "Touch": 0,
        "Shift": 0,
        "Target": 3,
        "ChangedFigure": 1,
    }
    with sessions() as session:
        reserve = session.scalars(select(Reserve).where(Reserve.campaign_id == new)).one()
    assert (reserve.opened_at, reserve.people) == (None, 0)


@pytest.mark.parametrize(
    ("name", "day", "problem"),
    [
        ("Runoff", NOON.date() - timedelta(days=1), {"polling_day": "past"}),
        ("R", NEXT, {"name": "short"}),
        ("Eastside calls", NEXT, {"name": "taken"}),
    ],
)
def test_a_copy_that_cannot_be_leaves_nothing(
    sessions: Sessions, old: int, name: str, day: date, problem: dict[str, str]
) -> None:
    with pytest.raises(SetUpRefused) as refused:
        copied(sessions, old, name, day)
    assert refused.value.problems == problem
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Campaign)) == 1
