"""The carrier's error codes, each with what it brings about."""

import pytest

from app.domain.carrier_error import SENDERS_FAULT, ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.tables import table

E = ErrorEffect
EXPECTED = {
    20003: E.STOP_SENDER,  # wrong credentials
    20005: E.STOP_SENDER,
    20404: E.FAIL,
    20429: E.SLOW_DOWN,  # not processed: safe to send again
    21211: E.DEAD,
    21212: E.STOP_SENDER,
    21606: E.STOP_SENDER,
    21610: E.OPT_OUT,
    21611: E.SLOW_DOWN,
    21612: E.OTHER_SENDER,  # not to be reached from this one
    21614: E.LANDLINE,
    21617: E.FAIL,  # the template's fault, not the number's
    21635: E.LANDLINE,
    21703: E.STOP_SENDER,
    30001: E.RETRY,
    30002: E.STOP_SENDER,
    30003: E.RETRY_ONCE,
    30004: E.LANDLINE,
    30005: E.DEAD,
    30006: E.LANDLINE,
    30007: E.FILTERED,
    30008: E.RETRY_ONCE,
    30022: E.SLOW_DOWN,
    30023: E.RETRY,
    30032: E.STOP_SENDER,
    30034: E.STOP_SENDER,
    30036: E.RETRY,  # surely not sent
    63017: E.SLOW_DOWN,
}


@pytest.mark.parametrize(("code", "effect"), EXPECTED.items())
def test_a_code_brings_about_what_the_carrier_says_of_it(code: int, effect: ErrorEffect) -> None:
    assert effect_of(code) is effect


def test_no_code_of_the_table_is_left_out_or_written_twice() -> None:
    codes = [int(row["code"]) for row in table("carrier_errors")]
    assert sorted(codes) == sorted(EXPECTED)
    assert set(EXPECTED.values()) == set(ErrorEffect)


@pytest.mark.parametrize("code", [None, 0, -1, 99999, 30009])
def test_an_unknown_code_ends_the_touch_and_nothing_else(code: int | None) -> None:
    assert effect_of(code) is ErrorEffect.FAIL


MAIL = {
    421: E.SLOW_DOWN,  # closing down
    450: E.FAIL,  # of one mailbox; the adapter says that it was not processed
    535: E.STOP_SENDER,
    550: E.DEAD,
    554: E.FAIL,
}


@pytest.mark.parametrize(("code", "effect"), MAIL.items())
def test_the_codes_of_mail_are_others(code: int, effect: ErrorEffect) -> None:
    assert effect_of(code, Channel.EMAIL) is effect


@pytest.mark.parametrize("code", [21610, 21614, 30003, 30005, 30006, 20429, 21617])
def test_what_is_the_persons_or_our_own_fault_does_not_make_a_sender_sick(code: int) -> None:
    assert code not in SENDERS_FAULT


@pytest.mark.parametrize("code", [30007, 30008, 30001, 30034, 21612])
def test_what_is_the_senders_fault_does(code: int) -> None:
    assert code in SENDERS_FAULT
