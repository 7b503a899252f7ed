"""Voters are counted in cells: who may be reached by what, and how often they were tried."""

from datetime import date

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.situation import Cell
from app.store.cells import cell_from_json, cell_to_json, count_cells
from app.store.engine import Sessions
from tests.scene import texting

ALL = frozenset(Channel)
NC = Place("NC", ("America/New_York",))
POLLING_DAY = date(2026, 11, 3)


def cells(sessions: Sessions, *facts: str) -> tuple[Cell, ...]:
    """The cells of ten voters whom everything reaches, after these statements."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 10)
        for fact in facts:
            session.execute(text(fact))
    with sessions.begin() as session:
        found = count_cells(session, campaign.id, "US")
    assert tuple(cell_from_json(cell_to_json(cell)) for cell in found) == found
    return found


def test_voters_who_are_alike_are_one_cell(sessions: Sessions) -> None:
    fresh = {Channel.CALL: (10, 0, 0, 0), Channel.TEXT: (10, 0, 0), Channel.EMAIL: (10, 0, 0)}
    assert cells(sessions) == (Cell(NC, ALL, 0.0, 10, fresh),)


GONE = [
    ("has voted", "UPDATE targets SET voted_at = now() WHERE voter_id = 1"),
    ("is out", "UPDATE targets SET out = 'moved away' WHERE voter_id = 1"),
    ("is a hold-out", "UPDATE targets SET arm = 'holdout' WHERE voter_id = 1"),
]


@pytest.mark.parametrize(("who", "fact"), GONE, ids=[who for who, _ in GONE])
def test_nobody_is_counted_who(sessions: Sessions, who: str, fact: str) -> None:
    assert [cell.voters for cell in cells(sessions, fact)] == [9]


def _listed(table: str, columns: str, values: str, address: str, channel: str) -> str:
    return (
        f"INSERT INTO {table} (address, channel, {columns}) "
        f"SELECT {address}, '{channel}', {values} FROM voters WHERE id = 1"
    )


BARRED: list[tuple[str, str, set[Channel]]] = [
    (
        "without a phone",
        "UPDATE voters SET phone = NULL WHERE id = 1",
        {Channel.CALL, Channel.TEXT},
    ),
    ("without an email", "UPDATE voters SET email = NULL WHERE id = 1", {Channel.EMAIL}),
    ("with a landline", "UPDATE voters SET phone_kind = 'landline' WHERE id = 1", {Channel.TEXT}),
    ("who never consented", "DELETE FROM consents WHERE address = '+19195550001'", {Channel.TEXT}),
    ("off calls", "UPDATE targets SET no_calls = 'bad number' WHERE voter_id = 1", {Channel.CALL}),
    ("off texts", "UPDATE targets SET no_texts = 'asked' WHERE voter_id = 1", {Channel.TEXT}),
    ("off emails", "UPDATE targets SET no_emails = 'asked' WHERE voter_id = 1", {Channel.EMAIL}),
    *(
        (
            f"who opted out of {channel.value}s",
            _listed("opt_outs", "source, opted_out_at", "'reply', now()", address, channel.value),
            {channel},
        )
        for channel, address in (
            (Channel.CALL, "phone"),
            (Channel.TEXT, "phone"),
            (Channel.EMAIL, "email"),
        )
    ),
    *(
        (
            f"whose address is dead for {channel.value}s",
            _listed("dead_addresses", "reason, found_at", "'', now()", address, channel.value),
            {channel},
        )
        for channel, address in ((Channel.CALL, "phone"), (Channel.EMAIL, "email"))
    ),
]


@pytest.mark.parametrize(("who", "fact", "barred"), BARRED, ids=[who for who, _, _ in BARRED])
def test_a_voter_is_not_reached(
    sessions: Sessions, who: str, fact: str, barred: set[Channel]
) -> None:
    found = {cell.reach: cell.voters for cell in cells(sessions, fact)}
    assert found == {ALL: 9, ALL - barred: 1}


def test_tries_are_counted_by_channel_and_the_last_count_takes_what_is_more(
    sessions: Sessions,
) -> None:
    [cell] = cells(
        sessions,
        "UPDATE targets SET calls = voter_id - 1, texts = 1, emails = 9 WHERE voter_id <= 6",
    )
    assert cell.tried == {
        Channel.CALL: (5, 1, 1, 3),
        Channel.TEXT: (4, 6, 0),
        Channel.EMAIL: (4, 0, 6),
    }
    assert cell.attempts == sum(range(6)) + 6 + 54


def test_the_chance_to_vote_cuts_cells_and_stands_in_by_past_votes(sessions: Sessions) -> None:
    found = cells(
        sessions,
        "UPDATE voters SET turnout = 0.1 * id WHERE id <= 8",
        "UPDATE voters SET votes = ARRAY['2020-11-03', '2022-11-08', '2024-11-05'] WHERE id = 9",
        "UPDATE voters SET votes = ARRAY['2010', '2012', '2014', '2016', '2018', '2020', '2022'] "
        "WHERE id = 10",
    )
    assert [(cell.voters, cell.propensity) for cell in found] == [
        (2, 0.15),
        (2, 0.35),
        (4, pytest.approx(0.575)),
        (2, 0.9),
    ]


def test_places_are_kept_apart(sessions: Sessions) -> None:
    found = cells(sessions, "UPDATE targets SET place = 'TX:America/Chicago' WHERE voter_id > 7")
    assert [(cell.place.state, cell.voters) for cell in found] == [("NC", 7), ("TX", 3)]
