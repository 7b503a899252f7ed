"""Why somebody could not be reached over the network, in plain words, and what to do about it."""

import smtplib
import socket
import ssl

import aiohttp

UNKNOWN_NAME = "its name is not known: check the address for a typo"
NOT_THERE = "nothing answers at its address: see that it runs and lets this server in"
TOO_SLOW = "no answer in time: see that it runs and is not overloaded"
NO_TRUST = "its certificate cannot be trusted: whoever runs it renews it"
NOT_AN_ADDRESS = "this is no address that can be asked: remove it and enter it anew"
HUNG_UP = "it hung up before it had answered: see that it runs well"
NO_RELAY = "it does not answer as a mail relay does: check SMTP_HOST, SMTP_PORT and SMTP_TLS"
SOMETHING = "it could not be reached: the log of the worker says why"

_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), UNKNOWN_NAME),
    ((aiohttp.ClientSSLError, ssl.SSLError), NO_TRUST),
    ((TimeoutError,), TOO_SLOW),
    ((aiohttp.InvalidURL, ValueError), NOT_AN_ADDRESS),
    ((aiohttp.ClientConnectorError, ConnectionRefusedError), NOT_THERE),
    (
        (
            aiohttp.ServerDisconnectedError,
            aiohttp.ClientPayloadError,
            smtplib.SMTPServerDisconnected,
            ConnectionError,
        ),
        HUNG_UP,
    ),
    ((smtplib.SMTPException,), NO_RELAY),
    ((aiohttp.ClientOSError, OSError), NOT_THERE),
)
"""The first that an error is one of; some are of several."""


def why(error: BaseException) -> str:
    """What an error of the network means to an organizer, and what to do; no technical names."""
    return next((words for kinds, words in _WORDS if isinstance(error, kinds)), SOMETHING)
