"""What stands before every request: the password, the latency, the rate and the faults."""

import asyncio
import hmac
from base64 import b64encode
from collections import Counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from app.carrier.fault import Fault, Faults
from app.carrier.refusal import Refusal
from app.carrier.settings import Dials


class Rate:
    """A bucket that holds one second's worth of requests."""

    def __init__(self) -> None:
        self._level = 0.0
        self._filled_at = 0.0

    def admits(self, rate: float) -> bool:
        """Whether one more request fits under `rate` a second; zero is no limit."""
        if not rate:
            return True
        at = asyncio.get_running_loop().time()
        room = max(rate, 1.0)
        self._level = min(room, self._level + (at - self._filled_at) * rate)
        self._filled_at = at
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Gate:
    """Lets requests in and answers out."""

    def __init__(self, account_sid: str, auth_token: str, dials: Dials, faults: Faults) -> None:
        self.refused: Counter[int] = Counter()
        self._dials = dials
        self._faults = faults
        self._rate = Rate()
        credentials = b64encode(f"{account_sid}:{auth_token}".encode())
        self._password = b"Basic " + credentials

    def middleware(self) -> Middleware:
        """Checks the password and turns refusals into Twilio's error bodies."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._check(request)
                return await handler(request)
            except Refusal as refusal:
                said = refusal
            except web.HTTPNotFound:
                said = Refusal(20404, request.path)
            except web.HTTPMethodNotAllowed:
                said = Refusal(20004)
            self.refused[said.code] += 1
            return said.response()

        return guard

    async def enter(self, request: web.Request) -> None:
        """Before a create: may wait, hang up or refuse; whoever is stopped here left no trace."""
        if self._dials.latency_ms:
            await asyncio.sleep(self._dials.latency_ms / 1000)
        if hang := self._faults.strike(Fault.HANG_BEFORE):
            await self._hang_up(request, hang.seconds)
        if late := self._faults.strike(Fault.ACCEPT_LATE):
            await asyncio.sleep(late.seconds)  # whoever asked may be gone by then: it is taken in
        if self._faults.strike(Fault.HTTP_500):
            raise Refusal(20500)
        if self._faults.strike(Fault.HTTP_429) or not self._rate.admits(
            self._dials.rate_per_second
        ):
            raise Refusal(20429, headers={"Retry-After": "1"})

    async def leave(self, request: web.Request) -> None:
        """After a create: what was accepted stays accepted, whether the answer arrives or not."""
        if silence := self._faults.strike(Fault.TIMEOUT_AFTER_ACCEPT):
            await self._hang_up(request, silence.seconds)

    async def _hang_up(self, request: web.Request, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if request.transport is not None:
            request.transport.abort()
        raise Refusal(20500)  # goes nowhere: the line is cut

    def _check(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, self._password):
            realm = {"WWW-Authenticate": 'Basic realm="Twilio API"'}
            raise Refusal(20003, headers=realm)
