"""Phases: their people are marked while they are on, tried first, and what came of it is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.phase import PLEDGED, REACHED, PhaseDraft, PhaseKind
from app.services import phases, universes
from app.services.claim import CallCard, next_call
from app.services.phases import PhaseRefused, mark_due
from app.services.release import release_some
from app.services.strike import strike_ids
from app.store import phase_people
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.phases import Phase, phases_of
from app.store.voters import Voter
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, texting

HOUR = timedelta(hours=1)
EAST, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
FOUR_PM = datetime(2026, 11, 3, 21, tzinfo=UTC)
"""4 pm in the East on polling day: the polls of this campaign close there at 7:30 pm."""


def draft(begin: datetime = NOON, end: datetime = NOON + 4 * HOUR, **facts: Any) -> PhaseDraft:
    return PhaseDraft(
        **{"kind": PhaseKind.ROUND, "name": "A round", "starts_at": begin, "ends_at": end, **facts}
    )


def add(sessions: Sessions, wanted: PhaseDraft, now: datetime = NOON - HOUR) -> int:
    return phases.add(sessions, 1, wanted, by=None, now=now)


def marked(sessions: Sessions, phase: int) -> list[int]:
    query = "SELECT voter_id FROM targets WHERE phase_id = :phase ORDER BY voter_id"
    return column(sessions, query, phase=phase)


def released(sessions: Sessions, channel: Channel, number: int, now: datetime) -> list[int]:
    """The voters of a release, in its order."""
    with sessions.begin() as session:
        release_some(session, load_frame(session, 1), channel, number, now)
    query = "SELECT voter_id FROM touches WHERE channel = :channel ORDER BY id"
    return column(sessions, query, channel=channel.value)


def saved(sessions: Sessions, name: str, **said: Any) -> dict[str, Any]:
    universes.save(sessions, name, said, now=NOON)
    return {"name": name}


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten targets; the even ones are Democrats."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 10)
        for voter in whom:
            voter.party = "DEM" if voter.id % 2 == 0 else "UNA"
    return campaign


DEMOCRATS = {"parties": ["DEM"]}


def test_people_are_marked_from_its_start_to_its_end(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON - timedelta(seconds=1))
    assert marked(sessions, phase) == []
    assert mark_due(sessions, NOON).marked == 5
    assert marked(sessions, phase) == [2, 4, 6, 8, 10]
    assert column(sessions, "SELECT people FROM phases") == [5]
    again = mark_due(sessions, NOON + HOUR)
    assert (again.marked, again.cleared) == (0, 0)
    assert mark_due(sessions, NOON + 4 * HOUR).cleared == 5
    assert marked(sessions, phase) == []


def test_a_run_that_comes_late_marks_all_and_one_that_comes_too_late_nobody(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft())
    assert mark_due(sessions, NOON + 3 * HOUR).marked == 10
    later = add(sessions, draft(NOON + 5 * HOUR, NOON + 6 * HOUR))
    mark_due(sessions, NOON + 7 * HOUR)
    assert marked(sessions, phase) == marked(sessions, later) == []


def test_nobody_is_marked_who_has_voted_is_out_or_held_out(
    sessions: Sessions, ten: Campaign
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET voted_at = now() WHERE voter_id = 1"))
        session.execute(text("UPDATE targets SET out = 'refused' WHERE voter_id = 2"))
        session.execute(text("UPDATE targets SET arm = 'holdout' WHERE voter_id = 3"))
    phase = add(sessions, draft())
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [4, 5, 6, 7, 8, 9, 10]


def test_what_was_broken_off_half_way_is_finished_by_the_next_run(
    sessions: Sessions, ten: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "AT_ONCE", 3)
    phase = add(sessions, draft())
    seen: list[str] = []

    def break_off(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith("WITH due") and "SET phase_id" in statement:
            seen.append(statement)
            if len(seen) == 3:
                raise KeyboardInterrupt

    event.listen(sessions.kw["bind"], "before_cursor_execute", break_off)
    try:
        with pytest.raises(KeyboardInterrupt):
            mark_due(sessions, NOON)
        assert len(marked(sessions, phase)) == 6
        assert mark_due(sessions, NOON).marked == 4
        seen.clear()
        with pytest.raises(KeyboardInterrupt):
            mark_due(sessions, NOON + 4 * HOUR)
        assert len(marked(sessions, phase)) == 4
    finally:
        event.remove(sessions.kw["bind"], "before_cursor_execute", break_off)
    assert mark_due(sessions, NOON + 4 * HOUR).cleared == 4
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)).people == 10


def test_two_workers_at_once_mark_as_one(
    sessions: Sessions, ten: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "AT_ONCE", 2)
    first = add(sessions, draft())
    second = add(sessions, draft(NOON + HOUR, NOON + 2 * HOUR, whom=DEMOCRATS))
    for hours in (0, 1, 2, 4):
        workers = [Thread(target=mark_due, args=(sessions, NOON + hours * HOUR)) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        expected = {0: (10, 0), 1: (5, 5), 2: (10, 0), 4: (0, 0)}[hours]
        assert (len(marked(sessions, first)), len(marked(sessions, second))) == expected
    ended = "SELECT count(*) FROM audit WHERE action = 'phase ended' GROUP BY subject"
    assert column(sessions, ended) == [1, 1]


@pytest.mark.parametrize("narrow_first", [True, False], ids=["narrow first", "wide first"])
def test_of_two_phases_the_one_that_started_last_has_a_target(
    sessions: Sessions, ten: Campaign, narrow_first: bool
) -> None:
    narrow, wide = {"whom": DEMOCRATS}, {"whom": {}}
    earlier, later = (narrow, wide) if narrow_first else (wide, narrow)
    first = add(sessions, draft(NOON, NOON + 5 * HOUR, **earlier))
    second = add(sessions, draft(NOON + HOUR, NOON + 3 * HOUR, **later))
    mark_due(sessions, NOON + 2 * HOUR)  # both at once, late
    counts = (len(marked(sessions, first)), len(marked(sessions, second)))
    assert counts == ((0, 10) if narrow_first else (5, 5))
    mark_due(sessions, NOON + 3 * HOUR)  # the earlier one has its people back
    assert len(marked(sessions, first)) == (5 if narrow_first else 10)
    assert marked(sessions, second) == []


def test_a_phase_with_a_broken_filter_does_not_stop_the_others(
    sessions: Sessions, ten: Campaign
) -> None:
    broken, sound = add(sessions, draft(name="Broken")), add(sessions, draft())
    with sessions.begin() as session:
        session.execute(
            text("""UPDATE phases SET filter = '{"name": "gone"}' WHERE id = :id"""),
            {"id": broken},
        )
    with pytest.raises(ValueError, match="gone"):
        mark_due(sessions, NOON)
    assert len(marked(sessions, sound)) == 10


def test_with_nothing_due_a_run_is_two_small_queries(sessions: Sessions, ten: Campaign) -> None:
    add(sessions, draft())
    mark_due(sessions, NOON)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    try:
        mark_due(sessions, NOON + HOUR)
    finally:
        event.remove(sessions.kw["bind"], "before_cursor_execute", note)
    assert len(asked) == 2


def answer(session: Session, voter: int, question: str, said: str) -> None:
    session.execute(
        text(
            "INSERT INTO answers (voter_id, question, answer, source, answered_on) "
            "VALUES (:voter, :question, :said, 'list', '2026-10-01')"
        ),
        {"voter": voter, "question": question, "said": said},
    )


def test_pledged_and_reached_people_need_no_set_up(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        answer(session, 1, "Will you vote?", "Yes")
        answer(session, 2, "Will you vote?", "No")
        answer(session, 3, "Do you like Ana Rivera?", "Yes")
        whom = [session.get_one(Voter, number) for number in (4, 5, 6)]
        calls = factories.calls(session, ten, whom, state="done")
        results = ("canvassed", "not_home", "refused")
        for call, result in zip(calls, results, strict=True):
            factories.attempt(session, call, disposition=result)
    pledged = add(sessions, draft(whom={"name": PLEDGED}))
    mark_due(sessions, NOON)
    assert marked(sessions, pledged) == [1]
    reached = add(sessions, draft(NOON + HOUR, whom={"name": REACHED}))
    mark_due(sessions, NOON + HOUR)
    assert marked(sessions, reached) == [4]


def test_without_a_question_about_voting_nobody_has_pledged(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft(whom={"name": PLEDGED}))
    assert mark_due(sessions, NOON).marked == 0
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)).people == 0


def test_a_saved_universe_stands_before_the_built_in_one_and_is_kept_as_it_was(
    sessions: Sessions, ten: Campaign
) -> None:
    whom = saved(sessions, PLEDGED, field="party", **{"is": ["DEM"]})
    phase = add(sessions, draft(whom=whom))
    [row] = universes.listed(sessions())
    universes.delete(sessions, row.id, now=NOON)
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [2, 4, 6, 8, 10]


def test_a_ballot_chase_follows_ballots_that_are_out_and_counts_those_that_came_back(
    sessions: Sessions, ten: Campaign
) -> None:
    stages = ["requested", "sent", "returned", "rejected"]
    with sessions.begin() as session:
        for voter, stage in enumerate(stages, 1):
            session.execute(
                text(
                    "INSERT INTO mail_ballots (voter_id, polling_day, stage, stage_on, recorded_at)"
                    " VALUES (:voter, :day, :stage, :day, :now)"
                ),
                {"voter": voter, "day": POLLING_DAY, "stage": stage, "now": NOON},
            )
    phase = add(sessions, draft(kind=PhaseKind.BALLOT_CHASE, goal=2))
    mark_due(sessions, NOON)
    assert marked(sessions, phase) == [1, 2]
    strike_ids(sessions, POLLING_DAY, ["AA000002"], by=None, source="mail", at=NOON + HOUR)
    with sessions() as session:
        found = phase_people.progress(session, session.get_one(Phase, phase))
    assert (found.people, found.ballots) == (2, 1)


def test_what_came_of_a_phase_stays_when_its_people_are_let_go(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft(whom=DEMOCRATS, channels=(Channel.CALL,)))
    mark_due(sessions, NOON)
    with sessions.begin() as session:
        whom = [session.get_one(Voter, number) for number in (1, 2, 4)]
        calls = factories.calls(session, ten, whom, state="done")
        for call in (*calls, calls[1]):
            factories.attempt(session, call, attempted_at=NOON + HOUR)
        factories.attempt(session, calls[1], attempted_at=NOON - HOUR)  # before it
        factories.attempt(session, calls[1], attempted_at=NOON + HOUR, channel=Channel.TEXT)
    strike_ids(sessions, POLLING_DAY, ["AA000002"], by=None, source="desk", at=NOON + HOUR)
    with sessions() as session:
        live = phase_people.progress(session, session.get_one(Phase, phase))
    assert live == phase_people.Progress(people=5, ballots=1, attempts=3, tried=2)
    mark_due(sessions, NOON + 4 * HOUR)
    with sessions() as session:
        assert phase_people.progress(session, session.get_one(Phase, phase)) == live


def test_a_phase_s_people_are_released_first_and_then_everybody_else(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS, channels=(Channel.TEXT,)))
    mark_due(sessions, NOON)
    assert released(sessions, Channel.TEXT, 7, NOON)[:5] == [2, 4, 6, 8, 10]
    assert released(sessions, Channel.CALL, 3, NOON) == [1, 2, 3]  # not by this channel
    assert len(released(sessions, Channel.TEXT, 99, NOON)) == 10


def test_in_a_phase_earlier_passes_do_not_count_but_the_last_24_hours_do(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    with sessions.begin() as session:
        whom = [session.get_one(Voter, number) for number in (2, 4)]
        mails = factories.calls(session, ten, whom, channel=Channel.EMAIL, state="delivered")
        for mail in (*mails, mails[0]):
            factories.attempt(session, mail, attempted_at=NOON - HOUR)
        session.execute(
            text("UPDATE targets SET last_attempt_at = :at WHERE voter_id IN (2, 4)"),
            {"at": NOON - HOUR},
        )
        session.execute(
            text(
                "UPDATE targets SET calls = 6, value = 9, last_attempt_at = :at WHERE voter_id = 8"
            ),
            {"at": NOON - 48 * HOUR},
        )
    mark_due(sessions, NOON)
    assert released(sessions, Channel.CALL, 6, NOON) == [8, 6, 10, 4, 2, 1]


def test_whoever_was_tried_in_a_phase_is_behind_the_others_in_it(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON)
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET texts = texts + 1, value = 9 WHERE voter_id = 2"))
    mark_due(sessions, NOON + HOUR)  # again, which counts nobody anew
    assert released(sessions, Channel.CALL, 6, NOON + HOUR) == [4, 6, 8, 10, 2, 1]


def test_when_a_phase_is_over_its_people_are_no_longer_first(
    sessions: Sessions, ten: Campaign
) -> None:
    add(sessions, draft(end=NOON + HOUR, whom=DEMOCRATS))
    mark_due(sessions, NOON)
    # Nobody has taken the marks off yet.
    assert released(sessions, Channel.TEXT, 3, NOON + 2 * HOUR) == [1, 2, 3]


def test_bars_and_caps_hold_for_a_phase_s_people(sessions: Sessions, ten: Campaign) -> None:
    add(sessions, draft(whom=DEMOCRATS))
    mark_due(sessions, NOON)
    facts = [
        ("UPDATE targets SET calls = 12 WHERE voter_id = 2"),
        ("DELETE FROM consents WHERE address LIKE '%0004'"),
        ("INSERT INTO opt_outs SELECT phone, 'text', 'reply', '', now() FROM voters WHERE id = 6"),
        ("UPDATE targets SET next_text_at = '2026-11-01' WHERE voter_id = 8"),
        ("UPDATE targets SET voted_at = now() WHERE voter_id = 10"),
    ]
    with sessions.begin() as session:
        for fact in facts:
            session.execute(text(fact))
    assert released(sessions, Channel.TEXT, 99, NOON) == [1, 3, 5, 7, 9]


@pytest.fixture
def coast_to_coast(sessions: Sessions) -> Campaign:
    """Three voters each in the Pacific, Central and Eastern zones, the western ones worth most."""
    with sessions.begin() as session:
        campaign, whom = texting(session, 9)
        for number, voter in enumerate(whom):
            zone = (PACIFIC, CENTRAL, EAST)[number // 3]
            session.execute(
                text("UPDATE targets SET place = :place, value = :value WHERE voter_id = :voter"),
                {"place": Place("", (zone,)).key, "value": 9 - number, "voter": voter.id},
            )
    return campaign


def test_in_the_last_hours_eastern_zones_are_released_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    assert released(sessions, Channel.TEXT, 9, FOUR_PM) == [7, 8, 9, 4, 5, 6, 1, 2, 3]


def test_before_the_last_hours_the_best_come_first_wherever_they_are(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    assert released(sessions, Channel.TEXT, 9, FOUR_PM - HOUR) == list(range(1, 10))


def test_where_the_polls_have_closed_nobody_is_left_and_the_next_zone_is_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    closed = datetime(2026, 11, 4, 0, 30, tzinfo=UTC)
    assert released(sessions, Channel.TEXT, 9, closed) == [4, 5, 6, 1, 2, 3]


def test_within_each_zone_a_phase_s_people_come_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET party = 'DEM' WHERE id IN (3, 6, 9)"))
    add(sessions, draft(FOUR_PM, FOUR_PM + HOUR, whom=DEMOCRATS))
    mark_due(sessions, FOUR_PM)
    assert released(sessions, Channel.TEXT, 9, FOUR_PM) == [9, 7, 8, 6, 4, 5, 3, 1, 2]


def take_all(sessions: Sessions, now: datetime) -> list[int]:
    """The voters that volunteers get one after the other."""
    got = []
    for number in range(9):
        user = factories.person(sessions, "volunteer", 1, f"Volunteer{number}")
        card = next_call(sessions, 1, user.id, now=now, wall=now)
        assert isinstance(card, CallCard)
        got.append(card.voter_id)
    return got


def ready_calls(sessions: Sessions, campaign: Campaign, now: datetime) -> None:
    """All nine ready, the western ones first, and a callback that was promised to number 5."""
    with sessions.begin() as session:
        for number in range(1, 10):
            factories.calls(
                session,
                campaign,
                [session.get_one(Voter, number)],
                value=10 - number,
                due_at=now - HOUR,
                expires_at=now + HOUR,
                purpose="callback" if number == 5 else "ramp",
            )


def test_in_the_last_hours_volunteers_get_the_calls_of_eastern_zones_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    ready_calls(sessions, coast_to_coast, FOUR_PM)
    add(sessions, draft(FOUR_PM, FOUR_PM + HOUR, whom={"min_age": 67}))
    with sessions.begin() as session:
        session.execute(text("UPDATE voters SET birth_year = 1990 WHERE id NOT IN (2, 6)"))
    mark_due(sessions, FOUR_PM)
    assert take_all(sessions, FOUR_PM) == [5, 7, 8, 9, 6, 4, 2, 1, 3]


def test_before_that_volunteers_get_the_best_calls_first(
    sessions: Sessions, coast_to_coast: Campaign
) -> None:
    before = FOUR_PM - HOUR
    ready_calls(sessions, coast_to_coast, before)
    assert take_all(sessions, before) == [5, 1, 2, 3, 4, 6, 7, 8, 9]


def suggest(sessions: Sessions, now: datetime = NOON, whom: Any = None) -> int:
    return phases.suggest(sessions, 1, whom or {"name": PLEDGED}, by=None, now=now)


def test_suggested_rounds_fill_polling_day_once(sessions: Sessions, ten: Campaign) -> None:
    assert suggest(sessions) == 4
    assert suggest(sessions) == 0
    with sessions() as session:
        rounds = phases_of(session, 1)
        frame = load_frame(session, 1)
    assert [one.name for one in rounds][0::3] == ["Morning round", "Last hours"]
    assert rounds[-1].ends_at == frame.schedule.polls_close_at(Place("NC", (EAST,)))
    assert all(one.filter == {"filter": {"universe": PLEDGED}} for one in rounds)


def test_rounds_suggested_twice_at_once_are_there_once(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(lambda _: suggest(sessions), range(4))) == [0, 0, 0, 4]


def test_a_phase_sent_twice_is_one(sessions: Sessions, ten: Campaign) -> None:
    with ThreadPoolExecutor(2) as threads:
        made = set(threads.map(lambda _: add(sessions, draft()), range(2)))
    assert len(made) == 1
    assert add(sessions, draft(name="Another round")) not in made


def test_on_polling_day_itself_only_what_is_left_is_suggested(
    sessions: Sessions, ten: Campaign
) -> None:
    assert suggest(sessions, FOUR_PM + timedelta(minutes=1)) == 2
    with pytest.raises(PhaseRefused, match="no round left"):
        suggest(sessions, FOUR_PM + 9 * HOUR)


def test_a_phase_that_has_begun_keeps_its_people(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft())
    wider = draft(end=NOON + 5 * HOUR, name="Longer", goal=7)
    phases.change(sessions, 1, phase, wider, by=None, now=NOON + HOUR)
    with pytest.raises(PhaseRefused, match="has begun"):
        phases.change(sessions, 1, phase, draft(whom=DEMOCRATS), by=None, now=NOON + HOUR)
    assert column(sessions, "SELECT filter FROM phases") == [{}]
    assert column(sessions, "SELECT name || goal FROM phases") == ["Longer7"]
    with pytest.raises(PhaseRefused, match="is over"):
        phases.change(sessions, 1, phase, draft(), by=None, now=NOON + 6 * HOUR)


def test_a_phase_is_removed_before_it_begins_and_ends_when_it_is_on(
    sessions: Sessions, ten: Campaign
) -> None:
    phase = add(sessions, draft())
    phases.remove(sessions, 1, phase, by=None, now=NOON - HOUR)
    assert column(sessions, "SELECT id FROM phases") == []
    phase = add(sessions, draft())
    mark_due(sessions, NOON)
    phases.remove(sessions, 1, phase, by=None, now=NOON + HOUR)
    mark_due(sessions, NOON + HOUR)
    assert marked(sessions, phase) == []
    with pytest.raises(PhaseRefused, match="record"):
        phases.remove(sessions, 1, phase, by=None, now=NOON + 2 * HOUR)
    with pytest.raises(PhaseRefused, match="gone"):
        phases.remove(sessions, 1, 999, by=None, now=NOON)


def test_a_mark_that_no_phase_stands_for_is_taken_off(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE targets SET phase_id = 99 WHERE voter_id < 4"))
    assert mark_due(sessions, NOON).cleared == 3


def test_a_universe_that_nobody_saved_is_named(sessions: Sessions, ten: Campaign) -> None:
    with pytest.raises(PhaseRefused) as refused:
        add(sessions, draft(whom={"name": "Ours"}))
    assert refused.value.problems == {
        "whom": "There is no universe called “Ours”; there are none yet."
    }


def test_who_did_what_to_a_phase_is_on_record(sessions: Sessions, ten: Campaign) -> None:
    phase = add(sessions, draft(channels=(Channel.CALL,)))
    phases.remove(sessions, 1, phase, by=None, now=NOON - HOUR)
    assert column(sessions, "SELECT action FROM audit ORDER BY id") == [
        "phase added",
        "phase removed",
    ]
