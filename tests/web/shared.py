"""One application for all tests of a process: to make one takes longer than most tests."""

from flask import Flask

from app.web.app import create_app
from app.web.background import WAIT, Background
from app.web.callback_door import CallbackDoor
from app.web.courier import Courier
from app.wiring import Parts

PLAIN = {"TESTING": True, "WTF_CSRF_ENABLED": False, WAIT: 30}
"""CSRF is asked for in the tests that are about it; what is counted is waited for."""
QUICK = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""A password costs a guesser 0.2 s, and a test nothing."""


class Shared:
    """An application, and what it was like before anybody used it."""

    def __init__(self, parts: Parts) -> None:
        self.settings = parts.settings
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
    """The shared application; one of its own for settings that are not everybody's."""
    if not _KNOWN:
        _KNOWN.append(Shared(parts))
    if _KNOWN[0].settings != parts.settings:
        app = create_app(parts)
        app.config.update(PLAIN)
        return app
    return _KNOWN[0].on(parts)
