"""The carrier as a process: its parts wired together, its two ports, its end."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from app.carrier.account import Account
from app.carrier.callbacks import Callbacks
from app.carrier.calls import Calls
from app.carrier.control import Control
from app.carrier.conversation import Conversation
from app.carrier.delivery import Delivery
from app.carrier.fault import Faults
from app.carrier.gate import Gate
from app.carrier.ledger import Ledger
from app.carrier.mail import Mailbox, smtp_session
from app.carrier.postman import Postman
from app.carrier.settings import Dials, Settings
from app.carrier.sink import Sink
from app.carrier.texts import Texts


class PortTaken(Exception):
    """A port cannot be listened on; the message says which and what to do."""


class Carrier:
    """All parts of the simulated carrier. Made inside a running event loop."""

    def __init__(self, settings: Settings, dials: Dials) -> None:
        sid = settings.account_sid
        self.settings = settings
        self.faults = Faults(settings.seed)
        self.ledger = Ledger(None if settings.sink else settings.ledger)
        self.gate = Gate(sid, settings.auth_token, dials, self.faults)
        self.postman = Postman(settings)
        callbacks = Callbacks(self.postman, self.faults)
        self.delivery = Delivery(settings, dials, self.ledger, self.faults, callbacks)
        conversation = Conversation(settings, self.ledger, self.postman, self.delivery)
        self.delivery.listener = conversation
        self.mailbox = Mailbox(self.ledger, self.faults, keep=not settings.sink)
        self._texts = Texts(sid, self.gate, self.ledger, self.faults, self.delivery)
        self._calls = Calls(sid, self.gate, self.ledger, self.delivery)
        self._account = Account(sid)
        self._control = Control(
            self.ledger, self.faults, dials, self.gate, self.postman, conversation
        )

    def resume(self) -> None:
        """Takes up what an earlier run of this ledger left on its way."""
        for entry in list(self.ledger.entries.values()):
            self.delivery.begin(entry)

    def application(self) -> web.Application:
        """The HTTP side."""
        app = web.Application(middlewares=[self.gate.middleware()])
        if self.settings.sink:
            app.add_routes(Sink(self.settings.account_sid).routes())
        else:
            app.add_routes(self._texts.routes())
            app.add_routes(self._calls.routes())
            app.add_routes(self._account.routes())
            app.add_routes(self._control.routes())
        return app

    async def close(self) -> None:
        """Stops every task and lets go of the network and the ledger."""
        await self.delivery.close()
        await self.postman.close()
        self.ledger.close()


async def run(settings: Settings, dials: Dials, ready: Callable[[int, int], None]) -> None:
    """Serves until SIGTERM or SIGINT; tells `ready` the ports. Raises PortTaken, ValueError."""
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    carrier = Carrier(settings, dials)
    runner = web.AppRunner(carrier.application(), access_log=None, shutdown_timeout=0.2)
    smtp: asyncio.Server | None = None
    try:
        http_port = await _listen_http(runner, settings)
        smtp = await _listen_smtp(carrier)
        carrier.resume()
        ready(http_port, smtp.sockets[0].getsockname()[1])
        await end.wait()
    finally:
        if smtp is not None:
            smtp.close()
        await runner.cleanup()
        await carrier.close()


async def _listen_http(runner: web.AppRunner, settings: Settings) -> int:
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
    except OSError as error:
        raise _taken(settings.host, settings.port, "--port", error) from None
    port: int = runner.addresses[0][1]
    return port


async def _listen_smtp(carrier: Carrier) -> asyncio.Server:
    settings, mailbox = carrier.settings, carrier.mailbox

    def session() -> asyncio.BaseProtocol:
        return smtp_session(mailbox, settings.smtp_user, settings.smtp_password)

    try:
        loop = asyncio.get_running_loop()
        return await loop.create_server(session, settings.host, settings.smtp_port)
    except OSError as error:
        raise _taken(settings.host, settings.smtp_port, "--smtp-port", error) from None


def _taken(host: str, port: int, option: str, error: OSError) -> PortTaken:
    reason = (error.strerror or str(error)).lower()
    return PortTaken(f"cannot listen on {host}:{port} ({reason}); choose another with {option}")
