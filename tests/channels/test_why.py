"""Why nobody was reached: each error of the network in plain words, none by its technical name."""

import smtplib
import socket
import ssl

import aiohttp
import pytest

from app.channels import why as said
from app.channels.why import why

CASES: list[tuple[BaseException, str]] = [
    (socket.gaierror(-2, "Name or service not known"), said.UNKNOWN_NAME),
    (ConnectionRefusedError(111, "Connection refused"), said.NOT_THERE),
    (OSError(113, "No route to host"), said.NOT_THERE),
    (ssl.SSLCertVerificationError("self-signed"), said.NO_TRUST),
    (TimeoutError(), said.TOO_SLOW),
    (aiohttp.ServerTimeoutError(), said.TOO_SLOW),
    (aiohttp.InvalidURL("nonsense"), said.NOT_AN_ADDRESS),
    (aiohttp.ServerDisconnectedError(), said.HUNG_UP),
    (ConnectionResetError(104, "reset"), said.HUNG_UP),
    (smtplib.SMTPServerDisconnected("closed"), said.HUNG_UP),
    (smtplib.SMTPHeloError(500, "no"), said.NO_RELAY),
    (aiohttp.ClientError(), said.SOMETHING),
]


@pytest.mark.parametrize(
    ("error", "words"),
    CASES,
    ids=[f"{n}-{type(error).__name__}" for n, (error, _) in enumerate(CASES)],
)
def test_an_error_of_the_network_is_told_in_plain_words(error: BaseException, words: str) -> None:
    assert why(error) == words
    assert type(error).__name__ not in words
