"""The courier: carries a few at a time, never more than a room full, and says when it could not."""

from datetime import timedelta
from threading import Event

import pytest

from app.domain.channel import Channel
from app.services.sign_in_codes import Sent
from app.web.courier import MOST, SAID_FOR, Courier
from tests.factories import NOON


def test_more_than_it_can_carry_is_not_carried_and_said_so() -> None:
    courier, arrived, sent = Courier(), Event(), list[int]()

    def send() -> Sent:
        arrived.wait(10)
        sent.append(1)
        return Sent.SENT

    for _ in range(MOST + 5):
        courier.carry(Channel.TEXT, send, NOON)
    assert courier.trouble(Channel.TEXT, NOON)
    assert not courier.trouble(Channel.EMAIL, NOON)
    arrived.set()
    courier.wait()
    assert len(sent) == MOST
    courier.carry(Channel.TEXT, lambda: Sent.SENT, NOON)
    courier.wait()
    assert not courier.trouble(Channel.TEXT, NOON)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (Sent.FAILED, True),
        (Sent.NO_SENDER, True),
        (Sent.NOBODY, False),
        (Sent.ENOUGH, False),
        (Sent.NO_TEXTS, False),
        (Sent.SENT, False),
    ],
)
def test_only_a_way_that_is_closed_is_trouble(said: Sent, trouble: bool) -> None:
    courier = Courier()
    courier.carry(Channel.TEXT, lambda: said, NOON)
    courier.wait()
    assert courier.trouble(Channel.TEXT, NOON) is trouble
    assert not courier.trouble(Channel.TEXT, NOON + SAID_FOR)
    assert not courier.trouble(Channel.TEXT, NOON + SAID_FOR + timedelta(hours=1))


def test_a_send_that_breaks_is_trouble_and_the_next_one_goes() -> None:
    courier, sent = Courier(), list[int]()

    def breaks() -> Sent:
        raise RuntimeError("the database is gone")

    def goes() -> Sent:
        sent.append(1)
        return Sent.SENT

    courier.carry(Channel.EMAIL, breaks, NOON)
    courier.wait()
    assert courier.trouble(Channel.EMAIL, NOON)
    courier.carry(Channel.EMAIL, goes, NOON)
    courier.wait()
    assert sent == [1]
    assert not courier.trouble(Channel.EMAIL, NOON)
