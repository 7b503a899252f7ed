"""Frames of campaigns, with the changes to their rules; places, with the hours of precincts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.rule import (
    KIND_OF,
    Blackout,
    CallingHours,
    Change,
    OwnHours,
    PollHours,
    RuleKind,
    Silence,
)
from app.domain.rule_json import to_json
from app.domain.universe import Universe
from app.services.import_voters import import_voters
from app.services.merge import merge
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import frame_of, load_frame, place_names, places_of, running_frames
from app.store.rule_changes import RuleChange
from app.store.universe_sql import Asking
from app.store.universes import add_targets
from tests import factories
from tests.factories import NOON
from tests.imports.lists import Load, loader

HERE = "NC:America/New_York"
ALL = tuple(Channel)
DARK = Blackout(NOON, NOON + timedelta(hours=2), (Channel.CALL,), "a funeral")
LIST = "state,county,code,place,opens,closes"


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Loads lists."""
    return loader(engine, tmp_path)


def change(sessions: Sessions, campaign: int, made: Change, **facts: Any) -> int:
    """Stores a change that holds; its id."""
    return store(sessions, campaign, KIND_OF[type(made)], to_json(made), **facts)


def store(sessions: Sessions, campaign: int, kind: RuleKind, value: Any, **facts: Any) -> int:
    with sessions.begin() as session:
        row = RuleChange(
            campaign_id=campaign, kind=kind, value=value, note="asked to", made_at=NOON, **facts
        )
        session.add(row)
        session.flush()
        return row.id


def made(sessions: Sessions, **facts: Any) -> int:
    with sessions.begin() as session:
        return factories.campaign(session, **facts).id


def test_the_schedule_has_what_the_campaign_and_its_changes_say(sessions: Sessions) -> None:
    first = date(2026, 11, 2)
    campaign = made(sessions, polls_by_state=True, first_polling_day=first)
    other = made(sessions, name="Westside")
    changes = [
        DARK,
        CallingHours("NC", ALL, (6,), time(12), time(18), 2),
        PollHours("TN", time(8), time(19)),
        Silence("00:00 on the eve", "polls close", (Channel.TEXT,)),
        OwnHours(ALL, (5, 6), time(10), time(19)),
    ]
    for each in changes:
        change(sessions, campaign, each)
    with sessions() as session:
        schedule = load_frame(session, campaign).schedule
        plain = load_frame(session, other).schedule
    assert (schedule.polls_by_state, schedule.first_polling_day) == (True, first)
    assert (
        *schedule.blackouts,
        *schedule.calling_hours,
        *schedule.poll_hours,
        *schedule.silences,
        *schedule.own_hours,
    ) == tuple(changes)
    assert plain == plain.changed([])
    assert open_until(plain, Place.of(HERE), Channel.CALL, NOON) is not None
    assert open_until(schedule, Place.of(HERE), Channel.CALL, NOON) is None
    assert open_until(schedule, Place.of(HERE), Channel.TEXT, NOON) is not None


def test_a_change_that_was_taken_back_holds_no_more(sessions: Sessions) -> None:
    campaign = made(sessions)
    change(sessions, campaign, DARK, ended_at=NOON)
    with sessions() as session:
        assert load_frame(session, campaign).schedule.blackouts == ()


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("calling_hours", {"scope": "Texas"}, "scope: 'Texas' is no scope"),
        ("silence", {"starts": "soon", "ends": "polls close"}, "starts: 'soon' names no moment"),
        ("own_hours", ["mon"], "value: ['mon'] has no named parts"),
        ("curfew", {}, "kind: 'curfew' is none; there are calling_hours, polls,"),
    ],
)
def test_a_change_that_cannot_be_read_is_named_and_stops_nothing(
    sessions: Sessions, kind: str, value: object, words: str
) -> None:
    campaign = made(sessions)
    change(sessions, campaign, DARK)
    number = store(sessions, campaign, RuleKind.BLACKOUT, value)
    with sessions.begin() as session:
        # Past the model, which knows the kinds of this version only.
        found = {"kind": kind, "id": number}
        session.execute(text("UPDATE rule_changes SET kind = :kind WHERE id = :id"), found)
    with sessions() as session:
        (frame,) = running_frames(session)
    assert frame.schedule.blackouts == (DARK,)
    assert len(frame.problems) == 1
    said = frame.problems[0]
    assert f"Change {number} to the rules ({kind}) cannot be read" in said
    assert words in said
    assert said.endswith("Take it back and make it anew.")


def test_however_many_campaigns_run_they_and_their_changes_are_one_query(
    engine: Engine, sessions: Sessions
) -> None:
    counts = []
    for number in (1, 6):
        for more in range(number):
            change(sessions, made(sessions, name=f"Side {number} {more}"), DARK)
        asked: list[str] = []

        def note(*arguments: Any, into: list[str] = asked) -> None:
            into.append(arguments[2])

        event.listen(engine, "before_cursor_execute", note)
        with sessions() as session:
            assert all(frame.schedule.blackouts == (DARK,) for frame in running_frames(session))
        event.remove(engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts == [1, 1]


def test_a_frame_is_made_anew_when_anything_of_it_changes(sessions: Sessions) -> None:
    campaign = made(sessions)
    for statement in (
        "UPDATE campaigns SET candidate = 'Rivera'",
        'UPDATE campaigns SET setup = \'{"postal_address": "1 Oak St"}\'',
        'UPDATE campaigns SET paused_channels = \'{"text": "2026-11-01T12:00:00+00:00"}\'',
        "UPDATE campaigns SET state = 'paused', paused_until = '2026-11-01 12:00+00'",
        "INSERT INTO changed_figures (campaign_id, name, value, note, made_at) "
        f"VALUES ({campaign}, 'spacing_text', 9, 'less', now())",
        "DELETE FROM changed_figures",
    ):
        with sessions.begin() as session:
            before = load_frame(session, campaign)
            session.execute(text(statement))
            assert load_frame(session, campaign) != before, statement
            assert load_frame(session, campaign) == load_frame(session, campaign)


def test_a_change_that_is_not_written_yet_counts_for_whom_it_is(sessions: Sessions) -> None:
    campaign = made(sessions)
    with sessions.begin() as session:
        row = session.get_one(Campaign, campaign)
        row.candidate = "Somebody else"
        assert frame_of(session, row).candidate == "Somebody else"


# Precincts


def working(sessions: Sessions, **facts: Any) -> int:
    """A campaign that works on everybody on file."""
    with sessions.begin() as session:
        campaign = factories.campaign(session, **facts)
        asking = Asking(campaign.polling_day, NOON, "US")
        add_targets(session, campaign.id, Universe(), asking)
        return campaign.id


def on_file(sessions: Sessions, *precincts: tuple[str, str]) -> None:
    """Voters of North Carolina by county and precinct; their ids count from 1."""
    with sessions.begin() as session:
        for first, (county, precinct) in enumerate(precincts, 1):
            factories.voters(session, 1, first, county=county, precinct=precinct)


def keys(sessions: Sessions) -> list[str]:
    with sessions() as session:
        query = text("SELECT place FROM targets ORDER BY campaign_id, voter_id")
        return list(session.scalars(query))


def test_targets_know_the_hours_of_their_precinct(sessions: Sessions, load: Load) -> None:
    load(
        *("precincts", LIST),
        "NC,Wake,1,Hall,6:30,20:00",
        "NC,Wake,2,School,,20:30",
        "NC,,3,Gym,7:00,",
        "NC,Wake,3,Barn,,",  # the county's own has no hours; the state's do not stand in for it
        ",,4,Anywhere,8:00,18:00",
    )
    on_file(
        sessions,
        *(("Wake", "1"), ("Wake County", "2"), ("Durham", "3"), ("Wake", "3"), ("Wake", "4")),
        *(("Durham", "1"), ("Wake", "")),
    )
    campaign = working(sessions)
    hours = ["@0630-2000", "@-2030", "@0700-", "", "@0800-1800", "", ""]
    assert keys(sessions) == [HERE + each for each in hours]
    with sessions() as session:
        assert len(place_names(session, campaign)) == 5
        places = places_of(session, campaign)
        schedule = load_frame(session, campaign).schedule
    assert places[Place("NC", ("America/New_York",), (time(6, 30), time(20)))] == 1
    assert places[Place.of(HERE)] == 3
    late = datetime(2026, 11, 4, 1, 29, tzinfo=UTC)  # 20:29 in Carolina; the polls close at 19:30
    open_then = [place.key for place in places if open_until(schedule, place, Channel.CALL, late)]
    assert open_then == [f"{HERE}@-2030"]


def test_a_list_of_precincts_brings_the_places_of_targets_up_to_date(
    engine: Engine, sessions: Sessions, load: Load
) -> None:
    on_file(sessions, ("Wake", "1"), ("Wake", "2"), ("Durham", "1"))
    working(sessions)
    working(sessions, name="Westside")
    assert keys(sessions) == [HERE] * 6
    load("precincts", LIST, "NC,Wake,1,Hall,,", "NC,Wake,2,School,,")
    assert keys(sessions) == [HERE] * 6
    load("precincts", LIST, "NC,Wake,1,Hall,6:30,20:00")
    assert keys(sessions) == [f"{HERE}@0630-2000", HERE, HERE] * 2
    query = "SELECT ctid::text FROM targets ORDER BY campaign_id, voter_id"
    with engine.connect() as connection:
        before = list(connection.scalars(text(query)))
        load("precincts", LIST, "NC,Wake,1,Town Hall,6:30,20:00", "NC,,1,Barn,,18:00")
        after = list(connection.scalars(text(query)))
    assert keys(sessions) == [f"{HERE}@0630-2000", HERE, f"{HERE}@-1800"] * 2
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False] * 2


NAMES = "ncid\tlast_name\tfirst_name\tres_street_address\tstate_cd\tprecinct_abbrv\tcounty_desc"


@pytest.fixture
def bring_in(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Imports voters of Wake, each an id and a precinct."""

    def bring_in(*voters: tuple[str, str]) -> None:
        path = tmp_path / "voters.txt"
        rows = [f"{each}\tDOE\tJO\t{each} ELM\tNC\t{precinct}\tWAKE" for each, precinct in voters]
        path.write_text("\n".join([NAMES, *rows]) + "\n", encoding="utf-8")
        import_voters(engine, path, "nc", NOON)

    return bring_in


def test_a_voter_who_moves_to_another_precinct_takes_its_hours(
    sessions: Sessions, load: Load, bring_in: Callable[..., None]
) -> None:
    load("precincts", LIST, "NC,Wake,1,Hall,6:30,20:00", "NC,Wake,2,School,7:00,19:00")
    bring_in(("A1", "1"), ("A2", "2"), ("A3", "9"))
    working(sessions)
    assert keys(sessions) == [f"{HERE}@0630-2000", f"{HERE}@0700-1900", HERE]
    bring_in(("A1", "2"), ("A2", "2"), ("A3", "1"))
    assert keys(sessions) == [f"{HERE}@0700-1900", f"{HERE}@0700-1900", f"{HERE}@0630-2000"]


def test_who_stands_in_for_a_double_has_their_own_precincts_hours(
    sessions: Sessions, load: Load
) -> None:
    load("precincts", LIST, "NC,Wake,1,Hall,6:30,20:00", "NC,Wake,2,School,,")
    on_file(sessions, ("Wake", "1"), ("Wake", "2"))
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        session.execute(
            text(
                "INSERT INTO targets (campaign_id, voter_id, household_id, place) "
                "VALUES (:campaign, 2, 2, :place)"
            ),
            {"campaign": campaign.id, "place": HERE},
        )
    merge(sessions, 1, 2, by=None, at=NOON)
    assert keys(sessions) == [f"{HERE}@0630-2000", HERE]


def test_campaigns_that_are_closed_have_no_running_frame(sessions: Sessions) -> None:
    made(sessions, state="closed")
    open_ = made(sessions, name="Westside")
    with sessions() as session:
        assert [frame.id for frame in running_frames(session)] == [open_]
        assert session.query(Campaign).count() == 2
