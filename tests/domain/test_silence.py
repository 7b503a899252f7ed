"""Election silence: each row of the table, each moment that its words can name."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals, open_until, opens_next
from app.domain.moment import Anchor, BadMoment, Moment, moment
from app.domain.rule import Silence
from app.domain.schedule import silence
from app.domain.silence import silence_of
from app.domain.tables import table
from tests.slow_hours import SILENCES

ALL = tuple(Channel)
DAY = timedelta(days=1)
SUNDAY = date(2026, 10, 25)  # on which Europe's clocks go back
ZONES = {
    "AL": "Europe/Tirane",
    "HR": "Europe/Zagreb",
    "PL": "Europe/Warsaw",
    "ES": "Europe/Madrid",
    "AR": "America/Argentina/Buenos_Aires",
    "SG": "Asia/Singapore",
    "IN": "Asia/Kolkata",
    "RS": "Europe/Belgrade",
    "FR": "Europe/Paris",
    "IT": "Europe/Rome",
    "MX": "America/Mexico_City",
    "PY": "America/Asuncion",
    "BG": "Europe/Sofia",
    "GR": "Europe/Athens",
    "CZ": "Europe/Prague",
    "HU": "Europe/Budapest",
    "US": "America/New_York",
    "GB": "Europe/London",
}


def campaign(country: str, first: date | None = None, last: date = SUNDAY) -> Schedule:
    zone = ZONES[country]
    starts = datetime(2026, 9, 1, tzinfo=UTC)
    return Schedule(starts, last, time(8), time(18), zone, country, first_polling_day=first)


def local(country: str, day: int, hour: int) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=ZoneInfo(ZONES[country])).astimezone(UTC)


HERE = Place("", ())

WHEN = {
    **dict.fromkeys(("AL", "HR", "PL", "SG", "FR", "BG"), ((24, 0), (25, 18))),
    "ES": ((24, 0), (25, 20)),
    "AR": ((23, 8), (25, 21)),  # Friday at 8, as the table's example says
    "IN": ((23, 18), (25, 18)),
    "RS": ((23, 19), (25, 18)),  # 48 hours: the clocks go back in the last night
    "IT": ((24, 9), (25, 18)),  # 24 hours before 8 in the morning of that night
    **dict.fromkeys(("MX", "PY", "CZ"), ((22, 0), (25, 18))),
    "GR": ((23, 0), (25, 18)),
    "HU": ((25, 0), (25, 18)),
    "US": None,
    "GB": None,
}
"""Each country with polls from 8 to 18 on October 25: day and hour of its silence, by hand."""


def test_every_row_of_the_table_is_here() -> None:
    rows = [row["country"] for row in table("election_silence")]
    assert len(rows) == len(set(rows))
    assert set(rows) == WHEN.keys() == SILENCES.keys()


@pytest.mark.parametrize("country", WHEN)
def test_a_country_is_silent_when_its_row_says(country: str) -> None:
    when, schedule = WHEN[country], campaign(country)
    for channel in Channel:
        found = silence(schedule, HERE, channel)
        if when is None:
            assert found is None
            continue
        assert found == (local(country, *when[0]), local(country, *when[1]))
        # The last open hour before it is the last of all.
        assert open_until(schedule, HERE, channel, found[0]) is None
        assert opens_next(schedule, HERE, channel, found[0]) is None
        assert open_intervals(schedule, HERE, channel, found[0] - 2 * DAY, found[0])


def test_a_silence_counts_from_the_first_opening_to_the_last_close() -> None:
    last = SUNDAY + DAY
    italy = campaign("IT", SUNDAY, last)
    assert silence(italy, HERE, Channel.CALL) == (local("IT", 24, 9), local("IT", 26, 18))
    serbia = campaign("RS", SUNDAY, last)
    assert silence(serbia, HERE, Channel.CALL) == (local("RS", 24, 19), local("RS", 26, 18))
    spain = campaign("ES", SUNDAY, last)
    assert silence(spain, HERE, Channel.CALL) == (local("ES", 24, 0), local("ES", 26, 20))
    hungary = campaign("HU", SUNDAY, last)
    assert silence(hungary, HERE, Channel.CALL) == (local("HU", 25, 0), local("HU", 26, 18))


def test_where_the_clock_is_not_sure_the_silence_is_that_of_all_clocks() -> None:
    islands = Place("", ("Europe/Madrid", "Atlantic/Canary"))  # an hour apart
    found = silence(campaign("ES"), islands, Channel.TEXT)
    assert found == (local("ES", 24, 0), local("ES", 25, 20) + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ([Silence("", "", ALL)], []),
        ([Silence("", "", (Channel.EMAIL,))], [Channel.CALL, Channel.TEXT]),
        ([Silence("20:00 on the eve", "polls close", (Channel.CALL,))], list(Channel)),
        ([Silence("", "", ALL), Silence("1 day before", "polls close", ALL)], list(Channel)),
        ([Silence("1 day before", "polls close", ALL), Silence("", "", ALL)], []),
    ],
)
def test_a_change_stands_for_the_table_on_its_channels_and_the_later_holds(
    changes: list[Silence], silent: list[Channel]
) -> None:
    schedule = campaign("FR").changed(changes)
    assert [each for each in Channel if silence(schedule, HERE, each) is not None] == silent


def test_a_change_brings_silence_to_a_country_without() -> None:
    change = Silence("21:00 on the eve", "2 h before polls close", (Channel.CALL,))
    schedule = campaign("GB").changed([change])
    assert silence(schedule, HERE, Channel.CALL) == (local("GB", 24, 21), local("GB", 25, 16))
    assert silence(schedule, HERE, Channel.TEXT) is None
    # What lies between the silence and the close of the polls is open again.
    assert opens_next(schedule, HERE, Channel.CALL, local("GB", 25, 9)) == local("GB", 25, 16)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("polls close", Moment(Anchor.CLOSE)),
        ("Polls Open", Moment(Anchor.OPEN)),
        ("48 h before polls close", Moment(Anchor.CLOSE, -48)),
        ("3h after polls close", Moment(Anchor.CLOSE, 3)),
        ("48 h before polls open (Fri 08:00)", Moment(Anchor.OPEN, -48)),
        ("00:00 on the eve", Moment(Anchor.DAY, days_before=1)),
        ("eve", Moment(Anchor.DAY, days_before=1)),
        ("1 day before", Moment(Anchor.DAY, days_before=1)),
        ("  3 days   before ", Moment(Anchor.DAY, days_before=3)),
        ("18:30, 2 days before", Moment(Anchor.DAY, days_before=2, at=time(18, 30))),
        ("20:00 on polling day", Moment(Anchor.DAY, at=time(20))),
    ],
)
def test_words_name_a_moment(words: str, read: Moment) -> None:
    assert moment(words) == read


@pytest.mark.parametrize(
    "words",
    [
        "",
        "soon",
        "24:00 on the eve",
        "3 days after",
        "on Friday",
        "polls close soon",
        "٣ days before",
    ],
)
def test_words_that_name_none_say_what_to_write(words: str) -> None:
    with pytest.raises(BadMoment, match='names no moment: write it like "00:00 on the eve"'):
        moment(words)


def test_the_table_knows_nothing_of_other_countries() -> None:
    assert silence_of("NZ") is None
