"""Dispositions: each has a label and an effect."""

from dataclasses import fields
from datetime import timedelta

import pytest

from app.domain.disposition import CONTACTS, EFFECTS, LABELS, Disposition, Effect

D = Disposition
ENDINGS = (
    "strike",
    "retry_after",
    "callback",
    "reroute",
    "bad_number",
    "out",
    "opt_out",
    "resting",
)


@pytest.mark.parametrize("disposition", D)
def test_a_disposition_has_one_label_and_one_effect(disposition: Disposition) -> None:
    assert LABELS[disposition]
    assert sum(bool(getattr(EFFECTS[disposition], name)) for name in ENDINGS) == 1


def test_the_tables_are_complete_and_no_label_is_given_twice() -> None:
    assert set(LABELS) == set(EFFECTS) == set(D)
    assert len(set(LABELS.values())) == len(D)
    assert {field.name for field in fields(Effect)} == {*ENDINGS, "retries"}


@pytest.mark.parametrize(
    ("disposition", "effect"),
    [
        (D.CANVASSED, "resting"),
        (D.ALREADY_VOTED, "strike"),
        (D.NOT_HOME, "retry_after"),
        (D.BUSY, "retry_after"),
        (D.ANSWERING_MACHINE, "retry_after"),
        (D.LEFT_MESSAGE, "retry_after"),  # stays callable: some tools drop such a voter
        (D.HUNG_UP, "retry_after"),
        (D.CALL_BACK, "callback"),
        (D.OTHER_LANGUAGE, "reroute"),
        (D.WRONG_NUMBER, "bad_number"),
        (D.DISCONNECTED, "bad_number"),
        (D.DECEASED, "out"),
        (D.MOVED, "out"),
        (D.REFUSED, "out"),
        (D.DO_NOT_CALL, "opt_out"),
    ],
)
def test_a_disposition_brings_about_what_canvassers_expect(
    disposition: Disposition, effect: str
) -> None:
    assert getattr(EFFECTS[disposition], effect)


def test_who_hung_up_is_called_once_more_and_no_more() -> None:
    assert EFFECTS[D.HUNG_UP].retries == 2
    assert all(EFFECTS[d].retries > 50 for d in D if d is not D.HUNG_UP)


def test_a_busy_line_is_tried_again_soonest() -> None:
    waits = {d: effect.retry_after for d, effect in EFFECTS.items() if effect.retry_after}
    assert min(waits, key=waits.__getitem__) is D.BUSY
    assert all(timedelta() < wait <= timedelta(days=1) for wait in waits.values())


def test_a_contact_is_a_result_in_which_the_voter_was_reached() -> None:
    assert D.CANVASSED in CONTACTS
    assert D.REFUSED in CONTACTS
    assert not CONTACTS & {D.NOT_HOME, D.BUSY, D.ANSWERING_MACHINE, D.LEFT_MESSAGE, D.WRONG_NUMBER}
