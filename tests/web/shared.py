"""Applications that the tests of a process share: to make one takes longer than most tests."""

from flask import Flask

from app.config import Settings
from app.web.app import create_app
from app.web.background import WAIT, Background
from app.web.callback_door import CallbackDoor
from app.web.configuration import flask_config
from app.web.courier import Courier
from app.wiring import Parts

SETTINGS = Settings(
    _env_file=None,
    secret_key="a key for tests",
    secure_cookies=False,
    public_url="https://vote.example.org",
)
PLAIN = {"TESTING": True, "WTF_CSRF_ENABLED": False, WAIT: 30}
"""CSRF is asked for in the tests that are about it; what is counted is waited for."""
QUICK = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""A password costs a guesser 0.2 s, and a test nothing."""


class Shared:
    """An application, and what it was like before anybody used it."""

    def __init__(self, parts: Parts) -> None:
        self.told = flask_config(parts.settings)
        self.app = create_app(parts)
        self.app.config.update(PLAIN)
        security = self.app.extensions["security"]
        security.pwd_context = security.pwd_context.copy(**QUICK)
        self._config = dict(self.app.config)
        self._extensions = dict(self.app.extensions)

    def on(self, parts: Parts) -> Flask:
        """The application on these parts, remembering nothing of the test before."""
        self.app.config.clear()
        self.app.config.update(self._config)
        known = self.app.extensions
        known.clear()
        known.update(self._extensions)
        known["lastmile"] = parts
        known["lastmile-session"].remove()
        known["lastmile-kept"].found.clear()
        known["lastmile-nobody"].clear()
        known["lastmile-presence"].clear()
        known["lastmile-courier"] = Courier()
        known["lastmile-background"] = Background()
        for limiter in known["limiter"]:
            limiter.reset()
        door: CallbackDoor = known["lastmile-callback-door"]
        door.__init__(parts)  # type: ignore[misc]
        return self.app


_KNOWN: list[Shared] = []


def shared_app(parts: Parts) -> Flask:
    """The application that all tests share which tell Flask the same."""
    told = flask_config(parts.settings)
    known = next((one for one in _KNOWN if one.told == told), None)
    if known is None:
        known = Shared(parts)
        _KNOWN.append(known)
    return known.on(parts)
