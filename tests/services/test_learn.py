"""What a campaign's records teach its model, each record once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.ramp import RampRule, Shape
from app.domain.rate import Tally
from app.domain.touch import AttemptState, TouchState
from app.services.figures import figures_of, model_of, pace_of_volunteers, set_figure, set_salience
from app.services.learn import ROUNDS, learn
from app.services.situations import situation_of
from app.store import figures, learning
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.messages import OptOut
from app.store.people import User
from app.store.plan_inputs import digests
from app.store.shifts import Shift
from tests import factories
from tests.factories import NOON

D = Disposition
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def campaign(sessions: Sessions) -> Campaign:
    """A campaign with fifty voters."""
    with sessions.begin() as session:
        return factories.call_list(session, 50)


@pytest.fixture
def caller(sessions: Sessions, campaign: Campaign) -> User:
    """A volunteer of the campaign."""
    return factories.person(sessions, "volunteer", campaign.id)


def call(
    sessions: Sessions,
    by: User,
    results: Sequence[Disposition],
    start: datetime = NOON,
    gap: timedelta = 2 * MINUTE,
) -> None:
    """A call to each of the first voters, one after another."""
    with sessions.begin() as session:
        rows = session.execute(text("SELECT id, campaign_id, voter_id FROM touches ORDER BY id"))
        for number, (result, row) in enumerate(zip(results, rows, strict=False)):
            session.execute(
                text(
                    "INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, "
                    "state, attempted_at, handed_at, disposition, user_id) VALUES "
                    "(gen_random_uuid(), :touch, :campaign, :voter, 'call', '', 'done', :at, :at, "
                    ":result, :user)"
                ),
                {
                    "touch": row.id,
                    "campaign": row.campaign_id,
                    "voter": row.voter_id,
                    "at": start + number * gap,
                    "result": result.value,
                    "user": by.id,
                },
            )


def counted(sessions: Sessions, campaign: Campaign) -> dict[str, Tally]:
    with sessions() as session:
        return dict(figures.ledger(session, campaign.id).tallies)


def test_calls_are_counted_by_pass_hour_and_result(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    first = [D.CANVASSED] * 5 + [D.WRONG_NUMBER] * 3 + [D.DISCONNECTED] * 2 + [D.NOT_HOME] * 30
    call(sessions, caller, first)
    call(sessions, caller, [D.REFUSED, D.NOT_HOME, D.DECEASED, D.NOT_HOME], NOON + DAY)
    assert learn(sessions, NOON + DAY + timedelta(hours=1)) > 0
    found = counted(sessions, campaign)
    assert found["contact_1"] == Tally(5, 40)
    assert found["contact_2"] == Tally(1, 4)
    assert found["bad_number"] == Tally(5, 40)
    assert found["again_2"] == Tally(2, 4)
    assert found["answer_12"] == Tally(6, 34)  # noon there; the last ten came after one
    assert found["answer_13"] == Tally(0, 10)
    assert found["dials_per_hour"] == Tally(42 * 120, 42)
    with sessions() as session:
        learned = figures.learned(session, campaign.id)
        assert learned["contact_1"].seen == 44
        assert model_of(session, campaign).bad_number == pytest.approx(0.036)


def test_each_record_counts_once_however_often_and_late_it_is_asked(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    call(sessions, caller, [D.CANVASSED] * 40)
    learn(sessions, NOON + 20 * MINUTE)
    half = counted(sessions, campaign)["contact_1"].seen
    assert 0 < half < 40
    for _ in range(3):
        learn(sessions, LATER)
    learn(sessions, NOON)  # a clock that stepped back
    assert counted(sessions, campaign)["contact_1"] == Tally(40, 40)
    call(sessions, caller, [D.CANVASSED], LATER)
    learn(sessions, LATER + DAY)
    assert counted(sessions, campaign)["contact_1"].seen == 40
    assert counted(sessions, campaign)["contact_2"] == Tally(1, 1)


def test_what_is_too_much_for_one_go_is_caught_up(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    calls = (Channel.CALL,)
    call(sessions, caller, [D.NOT_HOME] * 40)
    with sessions() as session:
        first = learning.stretch(session, campaign.id, calls, NOON - DAY, LATER, 10)
        assert (first.upto, first.attempts) == (NOON + 18 * MINUTE, 10)
        rest = learning.stretch(session, campaign.id, calls, first.upto, LATER, 90)
        assert (rest.upto, rest.attempts) == (LATER, 30)
    learn(sessions, LATER, most=7)
    assert counted(sessions, campaign)["contact_1"].seen == 7 * ROUNDS
    learn(sessions, LATER, most=7)
    assert counted(sessions, campaign)["contact_1"].seen == 40


def test_breaks_and_records_that_came_at_once_are_no_pace(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    call(sessions, caller, [D.NOT_HOME] * 3, NOON, gap=timedelta(minutes=1))
    call(sessions, caller, [D.NOT_HOME] * 3, NOON + timedelta(minutes=30), gap=timedelta(seconds=1))
    learn(sessions, LATER)
    assert counted(sessions, campaign)["dials_per_hour"] == Tally(120, 2)
    with sessions() as session:
        paces = pace_of_volunteers(session, campaign.id)
    assert paces == {caller.id: pytest.approx(102 / (100 / 30 + 2 / 60))}


def test_a_caller_whose_pace_is_known_carries_as_much_in_the_plan(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    call(sessions, caller, [D.NOT_HOME] * 30, NOON, gap=timedelta(minutes=1))
    begins = NOON + timedelta(days=1)
    with sessions.begin() as session:
        session.add(
            Shift(
                campaign_id=campaign.id,
                user_id=caller.id,
                channel=Channel.CALL,
                starts_at=begins,
                ends_at=begins + timedelta(hours=3),
                created_at=NOON,
            )
        )
    with sessions() as session:
        ramp = {Channel.CALL: RampRule(Shape.LINEAR, NOON.date(), 100)}
        some = situation_of(session, campaign.id, now=LATER, ramps=ramp)
        pace = pace_of_volunteers(session, campaign.id)[caller.id]
    assert pace > some.model.dials_per_hour
    assert some.booked[begins] == 1
    assert some.supply[Channel.CALL].at(begins) == pytest.approx(pace * some.model.show_rate)


def message(
    sessions: Sessions, campaign: Campaign, channel: Channel, states: Sequence[AttemptState]
) -> list[str]:
    """A text or an email at noon to a new voter for each state; returns their addresses."""
    with sessions.begin() as session:
        whom = factories.voters(session, len(states), 100 if channel is Channel.TEXT else 200)
        factories.targets(session, campaign, whom)
        addresses = [str(one.phone if channel is Channel.TEXT else one.email) for one in whom]
        sent = {"channel": channel, "state": TouchState.DELIVERED}
        touches = factories.calls(session, campaign, whom, **sent)
        for touch, address, state in zip(touches, addresses, states, strict=True):
            factories.attempt(session, touch, address=address, state=state, attempted_at=NOON)
    return addresses


def opt_out(sessions: Sessions, address: str, channel: Channel, at: datetime) -> None:
    with sessions.begin() as session:
        facts = {"address": address, "channel": channel.value, "source": "reply"}
        session.add(OptOut(**facts, opted_out_at=at))


def test_texts_are_counted_once_their_answers_had_a_day(
    sessions: Sessions, campaign: Campaign
) -> None:
    state = AttemptState
    states = [state.DELIVERED] * 30 + [state.UNDELIVERED] * 8 + [state.ACCEPTED] * 2
    numbers = message(sessions, campaign, Channel.TEXT, [*states, state.ABSENT])
    with sessions.begin() as session:
        factories.reply(session, from_address=numbers[0], received_at=NOON + MINUTE)
        factories.reply(session, from_address=numbers[1], received_at=NOON + 2 * DAY)
    opt_out(sessions, numbers[0], Channel.TEXT, NOON + MINUTE)
    opt_out(sessions, numbers[1], Channel.CALL, NOON + MINUTE)
    opt_out(sessions, numbers[2], Channel.TEXT, NOON - DAY)
    learn(sessions, NOON + DAY - MINUTE)
    assert "opt_out" not in counted(sessions, campaign)
    learn(sessions, NOON + DAY)
    found = counted(sessions, campaign)
    assert found["delivered"] == Tally(30, 38)
    assert found["opt_out"] == Tally(1, 40)
    assert found["replies"] == Tally(1, 40)
    assert "unsubscribed" not in found
    with sessions() as session:
        assert figures.learned(session, campaign.id)["delivered"].value == 94


def test_emails_are_counted_by_their_unsubscriptions(
    sessions: Sessions, campaign: Campaign
) -> None:
    addresses = message(sessions, campaign, Channel.EMAIL, [AttemptState.DELIVERED] * 40)
    opt_out(sessions, addresses[0], Channel.EMAIL, NOON + MINUTE)
    learn(sessions, NOON + DAY)
    assert counted(sessions, campaign) == {"unsubscribed": Tally(1, 40)}


def test_a_shift_counts_as_kept_when_a_call_was_made_in_it(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    with sessions.begin() as session:
        for days, channel in ((0, Channel.CALL), (-1, Channel.CALL), (-2, Channel.TEXT)):
            starts = NOON + DAY * days
            session.add(
                Shift(
                    campaign_id=campaign.id,
                    user_id=caller.id,
                    channel=channel,
                    starts_at=starts,
                    ends_at=starts + timedelta(hours=1),
                    created_at=NOON,
                )
            )
    call(sessions, caller, [D.NOT_HOME])
    learn(sessions, NOON)
    assert counted(sessions, campaign)["show_rate"] == Tally(0, 1)
    learn(sessions, LATER)
    assert counted(sessions, campaign)["show_rate"] == Tally(1, 2)


def test_neither_a_run_without_news_nor_one_more_call_changes_a_figure(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    call(sessions, caller, [D.CANVASSED] * 40)
    assert learn(sessions, LATER) > 0
    with sessions() as session:
        before = figures_of(session, campaign.id)
    assert learn(sessions, LATER + MINUTE) == 0
    call(sessions, caller, [D.CANVASSED], LATER)
    learn(sessions, LATER + DAY)
    with sessions() as session:
        after = figures_of(session, campaign.id)
    assert after == before  # one more call is noise


def test_counting_moves_no_value_that_a_plan_rests_on(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    def rests_on() -> str:
        with sessions() as session:
            return digests(session, campaign.id, NOON.date())["rates"]

    call(sessions, caller, [D.CANVASSED] * 40)
    for day in range(1, 4):
        call(sessions, caller, [D.NOT_HOME], NOON + day * DAY)
    learn(sessions, LATER + 3 * DAY)
    before, dials = rests_on(), counted(sessions, campaign)["contact_4"].seen
    call(sessions, caller, [D.NOT_HOME], NOON + 4 * DAY)
    learn(sessions, LATER + 4 * DAY)
    assert counted(sessions, campaign)["contact_4"].seen == dials + 1
    assert rests_on() == before
    call(sessions, caller, [D.CANVASSED] * 40, NOON + 5 * DAY)
    learn(sessions, LATER + 5 * DAY)
    assert rests_on() != before


def test_a_closed_campaign_learns_no_more(
    sessions: Sessions, campaign: Campaign, caller: User
) -> None:
    call(sessions, caller, [D.CANVASSED] * 40)
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET state = 'closed'"))
    assert learn(sessions, LATER) == 0
    assert counted(sessions, campaign) == {}


def test_what_goes_wrong_in_one_campaign_leaves_the_others_their_turn(
    sessions: Sessions, campaign: Campaign
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Another", salience="high")
        session.execute(
            text("UPDATE campaigns SET salience = 'enormous' WHERE id = :id"), {"id": campaign.id}
        )
    with pytest.raises(ValueError, match="enormous"):
        learn(sessions, LATER)
    with sessions() as session:
        assert figures.ledger(session, other.id).valued is not None
        assert figures.ledger(session, campaign.id).valued is None


def test_targets_follow_the_salience_and_the_gains(sessions: Sessions, campaign: Campaign) -> None:
    def values() -> set[float]:
        with sessions() as session:
            return set(
                session.scalars(text("SELECT round(CAST(value AS numeric), 3) FROM targets"))
            )

    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET turnout = 0.5"))
    learn(sessions, NOON)
    assert values() == {1}  # as they were added: nobody says that the curve is another
    set_salience(sessions, campaign.id, "high", by=None, now=NOON)
    learn(sessions, NOON)
    high = values()
    assert [float(value) for value in high] == [pytest.approx(0.96, abs=0.001)]
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET value = 0.123"))
    learn(sessions, NOON)
    assert [float(value) for value in values()] == [0.123]  # valued once, and not at every run
    set_figure(sessions, campaign.id, "gain_4", "20", "our own trial", by=None, now=NOON)
    learn(sessions, NOON)
    assert [float(value) for value in values()] == [1]
