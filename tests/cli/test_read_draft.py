"""A campaign's file as a draft: every shape of a ramp, and what is said of a wrong one."""

import tomllib
from datetime import date
from typing import Any

import pytest

from app.cli.campaigns import read_draft
from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape

FILE = """
name = "Alvarez"
organization = "Friends of Rosa Alvarez"
zone = "America/New_York"
polling_day = 2028-11-07
polls_open = 06:30:00
polls_close = 19:30:00
budget = 500
[ramps.call]
{ramp}
"""
FIRST, LAST = date(2028, 10, 24), date(2028, 11, 7)
LINES = {
    'shape = "linear"\nstarts_on = 2028-10-24\ntotal = 10\nrise = 2': RampRule(
        Shape.LINEAR, FIRST, 10, rise=2
    ),
    'shape = "s_curve"\nstarts_on = 2028-10-24\npeak = 90\nmiddle = 0.5': RampRule(
        Shape.S_CURVE, FIRST, 0, peak=90, middle=0.5
    ),
    'shape = "steps"\nstarts_on = 2028-10-24\ntotal = 10\nsteps = 4\ndaily_cap = 9': RampRule(
        Shape.STEPS, FIRST, 10, steps=4, daily_cap=9
    ),
    'shape = "drawn"\ndrawn = [5, 7]': RampRule(
        Shape.DRAWN, date(2028, 11, 6), 12, drawn=((date(2028, 11, 6), 5), (LAST, 7))
    ),
}
WRONG = {
    'shape = "linear"\nstarts_on = 2028-10-24': "ramps.call.total is missing; give it, or",
    'shape = "linear"\nstarts_on = 2028-10-24\ntotal = 1\npeak = 1': "leave one out",
    'shape = "linear"\nstarts_on = 2028-10-24\ntotal = inf': "must be a whole number, not inf",
    'shape = "linear"\nstarts_on = 2028-10-24T08:00:00\ntotal = 1': "must be a day like",
    'shape = "steps"\nstarts_on = 2028-10-24\ntotal = 1\nsteps = 2.5': "a whole number, not 2.5",
    'shape = "drawn"\ndrawn = [1, "many"]': "ramps.call.drawn must be a whole number",
    'shape = "drawn"': "give a number for each day, the last for polling day",
}


def parsed(ramp: str) -> dict[str, Any]:
    return tomllib.loads(FILE.format(ramp=ramp))


@pytest.mark.parametrize(("ramp", "rule"), LINES.items(), ids=[one.shape for one in LINES.values()])
def test_a_file_says_each_shape(ramp: str, rule: RampRule) -> None:
    assert read_draft(parsed(ramp)).ramps == {Channel.CALL: rule}


@pytest.mark.parametrize(("ramp", "words"), WRONG.items(), ids=list(WRONG.values()))
def test_a_wrong_ramp_is_refused_with_its_place_and_the_remedy(ramp: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"ramps\.call") as refused:
        read_draft(parsed(ramp))
    assert words in str(refused.value)
