"""The calendar: the week, moving a blast or a phase with its effect told before, and conflicts."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from app.domain import rule_json
from app.domain.channel import Channel
from app.domain.rule import Blackout, RuleKind
from app.services.calendar import MoveRefused, Why, move_blast, move_phase
from app.store.blasts import Blast
from app.store.calendar import shared
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.phases import Phase
from app.store.rule_changes import RuleChange
from app.store.touches import Target
from app.store.universe_sql import Asking
from app.store.voters import Voter
from tests import factories, scene, war_scene
from tests.factories import NOON, POLLING_DAY
from tests.reports import DAYS, at
from tests.scene import heard
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/calendar"
SUNDAY = DAYS[4]
SEEN = "2026-11-01T10:00:00"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign in its final week."""
    with sessions.begin() as session:
        war_scene.final_week(session)
    return sign_in("organizer")


def plain(page: str) -> str:
    """What a person reads of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def clock(day: str, hour: int) -> datetime:
    """A time on the clock, without a zone."""
    return datetime.fromisoformat(f"{day}T{hour:02}:00")


def cell(page: str, when: str) -> str:
    """What stands in an hour of the table."""
    found = re.search(rf'<td class="[^"]*" data-at="{when}">(.*?)</td>', page, re.S)
    assert found, when
    return plain(found[1])


def look(page: str, when: str) -> set[str]:
    """The classes of an hour."""
    found = re.search(rf'<td class="([^"]*)" data-at="{when}">', page)
    assert found, when
    return set(found[1].split())


def test_a_week_shows_what_stands_when(organizer: FlaskClient) -> None:
    page = organizer.get(f"{PAGE}?day=2026-11-01").text
    assert "Week of Mon, Oct 26" in page
    assert "Sunday morning" in cell(page, SEEN)
    assert "Move Sunday morning" in cell(page, SEEN)
    assert "8 of 10 booked" in cell(page, "2026-10-30T17:00:00")
    assert "calls 80" in cell(page, "2026-10-29T15:00:00")
    assert "now" in look(page, "2026-10-29T12:00:00")
    assert "shown" in look(page, SEEN)
    week = organizer.get(f"{PAGE}?day=2026-11-03").text
    assert "Afternoon round" in cell(week, "2026-11-03T16:00:00")
    assert "during" in look(week, "2026-11-03T17:00:00")
    assert "during" not in look(week, "2026-11-03T18:00:00")
    assert {"polls"} <= look(week, "2026-11-03T12:00:00")
    assert "polls" not in look(week, "2026-11-02T12:00:00")


def test_it_begins_with_today_and_takes_no_nonsense(organizer: FlaskClient) -> None:
    for query in ("", "?day=soon", "?day=9999-12-31", "?counted=never"):
        assert "Week of Mon, Oct 26" in organizer.get(PAGE + query).text


def test_silence_and_pauses_are_written_in_their_hours(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    blackout = Blackout(at(SUNDAY, 12), at(SUNDAY, 14), tuple(Channel), "mourning")
    with sessions.begin() as session:
        session.add(
            RuleChange(
                campaign_id=1,
                kind=RuleKind.BLACKOUT,
                value=rule_json.to_json(blackout),
                note="mourning",
                made_at=NOON,
            )
        )
        until = {"text": at(DAYS[3], 11).isoformat()}
        held = {"state": "paused", "paused_until": at(DAYS[2], 15), "paused_channels": until}
        session.execute(update(Campaign).values(**held))
    page = organizer.get(f"{PAGE}?day=2026-11-01").text
    assert "blackout" in look(page, "2026-11-01T12:00:00")
    assert "blackout" not in look(page, "2026-11-01T14:00:00")
    assert "paused" in cell(page, "2026-10-30T14:00:00")
    assert "no texts" in cell(page, "2026-10-30T15:00:00")
    assert "partly" not in look(page, "2026-10-31T12:00:00")
    assert "Paused until Sat 11 am: texts." in plain(organizer.get("/campaigns/1").text)


def test_a_paused_sender_is_named_and_alone_it_shuts_its_channel(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(
            Sender(campaign_id=1, channel=Channel.TEXT, name="Second", address="+19195550199")
        )
        session.execute(
            update(Sender).where(Sender.name == "Texts").values(paused_until=at(DAYS[2], 15))
        )
        session.execute(
            update(Sender).where(Sender.name == "Mail").values(paused_until=at(DAYS[2], 16))
        )
    page = organizer.get(f"{PAGE}?day=2026-11-01").text
    assert "“Texts” paused" in cell(page, "2026-10-30T14:00:00")
    assert "“Texts” paused" not in cell(page, "2026-10-30T15:00:00")
    assert "no emails" in cell(page, "2026-10-30T15:00:00")
    assert "“Mail” paused" not in page


@pytest.mark.parametrize("path", ["", "?day=2026-11-03", "?counted=2026-11-01"])
def test_the_calendar_asks_few_queries(
    organizer: FlaskClient, connections: Engine, path: str
) -> None:
    with heard(connections) as asked:
        organizer.get(PAGE + path)
    assert len(asked) <= 15, asked


def test_the_effect_is_told_before_anything_is_saved(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    page = plain(organizer.get(f"{PAGE}/move/blast/1?day=2026-11-02&time=11:00").text)
    assert "It stands at Sun, Nov 1, 10 am." in page
    assert "The first go out Mon 11 am" in page
    assert "On the same day: “Last call”. Some voters may get both." in page
    assert "36 of 36 voters get more than one of them." in page
    assert "Move it to Mon, Nov 2, 11 am" in page
    part = organizer.get(f"{PAGE}/move/blast/1?day=2026-11-02&time=11:00&part=1").text
    assert "<html" not in part
    with sessions() as session:
        assert session.get_one(Blast, 1).starts_at == clock("2026-11-01", 10)


@pytest.mark.parametrize(
    ("thing", "day", "time", "said"),
    [
        ("blast/1", "2026-11-02", "23:00", "Nothing may go out then (closed by law)"),
        ("blast/1", "2026-11-04", "10:00", "That has passed"),
        ("blast/1", "2026-10-28", "10:00", "That has passed; choose a time to come."),
        ("phase/1", "2026-11-03", "21:30", "The last polls close"),
        ("phase/1", "2026-10-28", "10:00", "That has passed; choose a time to come."),
    ],
)
def test_what_cannot_be_is_refused_with_its_cause(
    organizer: FlaskClient, thing: str, day: str, time: str, said: str
) -> None:
    asked = organizer.get(f"{PAGE}/move/{thing}?day={day}&time={time}").text
    assert said in plain(asked)
    assert "Move it to" not in asked
    seen = SEEN if thing == "blast/1" else at(POLLING_DAY, 16).isoformat()
    done = organizer.post(f"{PAGE}/move/{thing}", data={"day": day, "time": time, "seen": seen})
    assert done.status_code == 409
    assert said in plain(done.text)
    assert f'value="{day}"' in done.text


def test_a_blast_that_would_begin_at_night_waits_for_the_morning(organizer: FlaskClient) -> None:
    page = plain(organizer.get(f"{PAGE}/move/blast/1?day=2026-11-02&time=03:00").text)
    assert "The first go out Mon 8 am" in page
    assert "In 2 of 2 places nothing may go out at that time (closed by law)" in page


def test_a_blast_moves_with_its_end_and_the_log_says_who(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(Blast, 1).done_by = clock("2026-11-01", 12)
    form = {"day": "2026-11-02", "time": "11:30", "seen": SEEN}
    for _ in range(2):  # a second press changes nothing
        answer = organizer.post(f"{PAGE}/move/blast/1", data=form)
        assert (answer.status_code, answer.location) == (
            303,
            f"{PAGE}?day=2026-11-02&counted=2026-11-02",
        )
    after = plain(organizer.get(answer.location).text)
    assert "Mon, Nov 2: 2 blasts go to voters who may be the same. 36 of 36 voters get" in after
    with sessions() as session:
        blast = session.get_one(Blast, 1)
        assert blast.starts_at == datetime.fromisoformat("2026-11-02T11:30")
        assert blast.done_by == datetime.fromisoformat("2026-11-02T13:30")
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("blast moved", "blast:1")
    assert entry.details["from"] == SEEN


def test_a_round_moves_as_long_as_it_is(organizer: FlaskClient, sessions: Sessions) -> None:
    seen = at(POLLING_DAY, 16).isoformat()
    form = {"day": "2026-11-03", "time": "15:00", "seen": seen}
    assert organizer.post(f"{PAGE}/move/phase/1", data=form).status_code == 303
    with sessions() as session:
        phase = session.get_one(Phase, 1)
    assert (phase.starts_at, phase.ends_at) == (at(POLLING_DAY, 15), at(POLLING_DAY, 17))


def test_the_second_of_two_who_move_the_same_thing_is_told(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    first = {"day": "2026-11-02", "time": "11:00", "seen": SEEN}
    assert organizer.post(f"{PAGE}/move/blast/1", data=first).status_code == 303
    late = organizer.post(f"{PAGE}/move/blast/1", data={**first, "time": "12:00"})
    assert late.status_code == 409
    assert "Somebody else moved it meanwhile." in plain(late.text)
    assert "It stands at Mon, Nov 2, 11 am." in plain(late.text)


def test_of_many_moves_at_once_one_wins(organizer: FlaskClient, sessions: Sessions) -> None:
    def go(hour: int) -> bool:
        try:
            move_blast(
                sessions,
                1,
                1,
                clock("2026-11-02", hour),
                seen=clock("2026-11-01", 10),
                by=None,
                now=NOON,
            )
        except MoveRefused as refused:
            return refused.met.why is not Why.MEANWHILE
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go, range(10, 16))) == 1


def test_a_scheduled_blast_stays_scheduled_only_where_it_could_be(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.get_one(Blast, 1).state = "scheduled"
        session.get_one(Blast, 3).state = "scheduled"
        session.get_one(Blast, 3).words = {"en": {"body": "Vote!"}}
    form = {"day": "2026-11-01", "time": "12:00", "seen": SEEN}
    assert organizer.post(f"{PAGE}/move/blast/1", data=form).status_code == 303
    wrong = {"day": "2026-11-02", "time": "17:00", "seen": "2026-11-02T18:00:00"}
    answer = organizer.post(f"{PAGE}/move/blast/3", data=wrong)
    assert answer.status_code == 409
    assert "STOP" in plain(answer.text)
    with sessions() as session:
        states = [(one.state, one.starts_at.hour) for one in session.scalars(select(Blast))]
    assert sorted(states) == [("draft", 15), ("scheduled", 12), ("scheduled", 18)]


@pytest.mark.parametrize("state", ["canceled", "done", "paused"])
def test_what_is_over_or_held_does_not_move(
    organizer: FlaskClient, sessions: Sessions, state: str
) -> None:
    with sessions.begin() as session:
        session.get_one(Blast, 1).state = state
    with pytest.raises(MoveRefused) as refused:
        move_blast(
            sessions, 1, 1, clock("2026-11-02", 10), seen=clock("2026-11-01", 10), by=None, now=NOON
        )
    assert refused.value.met.why is Why.ENDED
    page = organizer.get(f"{PAGE}?day=2026-11-01").text
    assert "Move Sunday morning" not in plain(page)


def test_what_has_begun_does_not_move(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        blast = session.get_one(Blast, 1)
        whom = [session.get_one(Voter, session.scalars(select(Target.voter_id)).first())]
        factories.calls(
            session,
            session.get_one(Campaign, 1),
            whom,
            channel=Channel.TEXT,
            purpose=blast.purpose,
        )
        session.get_one(Phase, 1).starts_at = NOON - timedelta(hours=1)
    with pytest.raises(MoveRefused) as of_blast:
        move_blast(
            sessions, 1, 1, clock("2026-11-02", 10), seen=clock("2026-11-01", 10), by=None, now=NOON
        )
    seen = NOON - timedelta(hours=1)
    with pytest.raises(MoveRefused) as of_phase:
        move_phase(sessions, 1, 1, at(POLLING_DAY, 12), seen=seen, by=None, now=NOON)
    assert {of_blast.value.met.why, of_phase.value.met.why} == {Why.BEGUN}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/move/blast/99", 404),
        ("/move/shift/1", 404),
        ("/move/phase/99?day=2026-11-02&time=10:00", 404),
        ("/shared", 404),
    ],
)
def test_what_is_not_there_is_not_shown(organizer: FlaskClient, path: str, status: int) -> None:
    assert organizer.get(PAGE + path).status_code == status


def test_a_form_without_a_time_is_asked_again(organizer: FlaskClient) -> None:
    answer = organizer.post(f"{PAGE}/move/blast/1", data={"day": "2026-11-02", "seen": SEEN})
    assert answer.status_code == 422
    assert "Give the day and the time" in answer.text


def test_a_day_with_two_blasts_is_a_conflict_that_is_counted_when_asked(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    page = plain(organizer.get(f"{PAGE}?day=2026-11-01").text)
    assert "Sun, Nov 1: 2 blasts go to voters who may be the same." in page
    assert "get more than one of them" not in page
    counted = plain(organizer.get(f"{PAGE}/shared?day=2026-11-01").text)
    assert "36 of 36 voters get more than one of them." in counted
    inside = plain(organizer.get(f"{PAGE}?day=2026-11-01&counted=2026-11-01").text)
    assert "36 of 36 voters get more than one of them." in inside


def test_more_than_a_voter_may_have_in_a_day_is_told(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(update(Campaign).values(voter_daily_cap=2))
    page = plain(organizer.get(f"{PAGE}?day=2026-11-01").text)
    assert "more than the 2 attempts a day" in page
    counted = plain(organizer.get(f"{PAGE}/shared?day=2026-11-01").text)
    assert "about 36 would have more than the 2 a day that you allow" in counted


def test_only_those_in_both_universes_are_shared(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made, whom = scene.texting(session, 8)
        for place, voter in enumerate(whom):
            voter.party = "DEM" if place < 5 else "REP"
        one, two, three = (
            war_scene.blast(made, name, clock("2026-11-01", 10)) for name in ("a", "b", "c")
        )
        one.filter = {"parties": ["DEM"]}
        three.filter = {"parties": ["REP"]}
        session.add_all([one, two, three])
        session.flush()
        asking = Asking(POLLING_DAY, NOON, "US")
        found = shared(session, made.id, [one, two], asking)
        assert (found.exact, found.targets, found.by_count) == (True, 8, (8, 5))
        assert shared(session, made.id, [one, three], asking).at_least(2) == 0
        assert shared(session, made.id, [one, two, three], asking).at_least(2) == 8


def test_a_volunteer_has_no_calendar(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    assert sign_in("volunteer", 1).get(PAGE).status_code == 403
