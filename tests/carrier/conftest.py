"""A real carrier process, the SDK pointed at it, and a web server that takes its callbacks."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from app.carrier.voter import Shares
from tests.launch import launch
from tests.processes import environment

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "the-token"
SENDER = "+19195550100"

Phone = Callable[[], str]


class Rebased(TwilioHttpClient):
    """The SDK's own client, sent to the carrier rather than to Twilio."""

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        url = url.replace("https://api.twilio.com", self.base)
        return super().request(method, url, *args, **kwargs)


def command(*options: str) -> list[str]:
    return ["carrier", "--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN, *options]


class Carrier:
    """A running carrier process."""

    def __init__(self, *options: str, fresh: bool = False) -> None:
        typed = command("--port", "0", "--smtp-port", "0", *options)
        said, says = os.pipe()
        with open(os.devnull) as nothing, open(says, "wb") as stdout:
            files = (nothing.fileno(), stdout.fileno(), 2)
            self.process = launch(typed, environment(), files, fresh=fresh)
        self._said = os.fdopen(said)
        words = self._said.readline().split()
        assert words[:2] == ["carrier", "ready"], words
        self.smtp_port = int(words[3].removeprefix("smtp="))
        self.base = f"http://127.0.0.1:{words[2].removeprefix('http=')}"
        self.session = requests.Session()
        self.session.auth = (ACCOUNT_SID, AUTH_TOKEN)
        self._clients: list[Client] = []

    def client(self, token: str = AUTH_TOKEN, timeout: float = 30.0) -> Client:
        client = Client(ACCOUNT_SID, token, http_client=Rebased(self.base, timeout))
        self._clients.append(client)
        return client

    def control(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self.session.request(method, f"{self.base}/_carrier/{path}", timeout=30, **kwargs)
        assert answer.ok, answer.text
        return answer.json()

    def faults(self, **wishes: Any) -> None:
        self.control("POST", "faults", json=wishes)

    def settings(self, **wishes: Any) -> None:
        self.control("POST", "settings", json=wishes)

    def ledger(self, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control("GET", "ledger", params=query)["entries"]
        return entries

    def stop(self, kill: bool = False) -> int:
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        code = self.process.wait(5)
        self._said.close()
        self.session.close()
        for client in self._clients:
            client.http_client.session.close()
        return code


@dataclass
class Post:
    """One webhook as it arrived."""

    url: str
    form: dict[str, str]
    signature: str

    @property
    def is_signed(self) -> bool:
        validator = RequestValidator(AUTH_TOKEN)
        return bool(validator.validate(self.url, self.form, self.signature))


@dataclass
class Web:
    """The campaign's web as the carrier sees it."""

    url: str
    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # for the next posts; then always 200
    twiml: str = "<Response/>"

    def states(self, name: str = "MessageStatus") -> list[str]:
        return [post.form[name] for post in self.posts if name in post.form]


@pytest.fixture
def web() -> Iterator[Web]:
    class Taker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(raw, keep_blank_values=True))
            url = f"http://{self.headers['Host']}{self.path}"
            taken.posts.append(Post(url, form, self.headers["X-Twilio-Signature"]))
            body = taken.twiml.encode()
            self.send_response(taken.statuses.pop(0) if taken.statuses else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.daemon_threads = True
    taken = Web(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def _shared_carrier() -> Iterator[Carrier]:
    running = Carrier("--voters", "off", "--callback-backoff", "0.05")
    yield running
    assert running.stop() == 0


@pytest.fixture
def carrier(_shared_carrier: Carrier) -> Carrier:
    """One process for all tests that need no options of their own, set back to calm each time."""
    _shared_carrier.control("DELETE", "faults")
    # All shares anew: a setting alone leaves those of the test before, whichever that was.
    calm = {**asdict(Shares()), "on": False}
    _shared_carrier.settings(latency_ms=0, rate_per_second=0, delivery_seconds=0.05, voters=calm)
    return _shared_carrier


@pytest.fixture
def client(carrier: Carrier) -> Client:
    return carrier.client()


@pytest.fixture
def start() -> Iterator[Callable[..., Carrier]]:
    """Starts carriers with options; those still running are ended after the test."""
    started: list[Carrier] = []

    def begin(*options: str, fresh: bool = False) -> Carrier:
        started.append(Carrier(*options, fresh=fresh))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.stop()


_numbers = itertools.count(2_000_000)


@pytest.fixture
def phone() -> str:
    return new_phone()


def new_phone() -> str:
    """A number no other test has used."""
    return f"+1919{next(_numbers)}"


def eventually(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true answer; fails if none comes in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := true():
            return answer
        time.sleep(0.02)
    return pytest.fail("it did not happen in time")
