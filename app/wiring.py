"""The one place where ports meet adapters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from app.channels.identity import AccountPort, NamePort, RelayPort
from app.channels.port import HookPort, MailPort, TextPort
from app.channels.voice import VoicePort
from app.clock import Clock
from app.config import Settings, settings
from app.domain.timeline import Anchor
from app.store.clocks import load_anchor
from app.store.embedded import shared_url
from app.store.engine import PREPARED, Sessions, make_engine, make_sessions


@dataclass(frozen=True)
class Parts:
    """What a door hands to the services."""

    settings: Settings
    engine: Engine
    sessions: Sessions
    clock: Clock

    def new_id(self) -> UUID:
        """The id of a new attempt."""
        return uuid4()

    def set_clock(self) -> None:
        """Sets this process's machine time by the database's; to be done again now and then."""
        with self.engine.connect() as connection:
            told = connection.scalar(text("SELECT clock_timestamp()"))
        assert isinstance(told, datetime)
        self.clock.tell(told)

    def texts(self) -> TextPort:
        """A new text port; one for each event loop."""
        from app.channels.twilio_text import TwilioTexts  # takes long, and only a worker sends

        chosen = self.settings
        return TwilioTexts(
            chosen.twilio_account_sid,
            chosen.twilio_auth_token.get_secret_value(),
            chosen.twilio_base_url,
            chosen.public_url,
            chosen.twilio_timeout_seconds,
        )

    def voice(self) -> VoicePort | None:
        """The port for calls; None without an account, and then people dial by hand."""
        chosen = self.settings
        token = chosen.twilio_auth_token.get_secret_value()
        if not chosen.twilio_account_sid or not token:
            return None
        from app.channels.twilio_voice import TwilioVoice  # takes long, and most calls do without

        return TwilioVoice(
            chosen.twilio_account_sid,
            token,
            chosen.twilio_base_url,
            chosen.public_url,
            chosen.twilio_timeout_seconds,
        )

    def mails(self) -> MailPort:
        """The mail port."""
        from app.channels.smtp_mail import SmtpMails  # loads aiohttp, as the next two

        chosen = self.settings
        return SmtpMails(
            chosen.smtp_host,
            chosen.smtp_port,
            user=chosen.smtp_user,
            password=chosen.smtp_password.get_secret_value(),
            tls=chosen.smtp_tls,
            timeout=chosen.smtp_timeout_seconds,
        )

    def account(self) -> AccountPort:
        """The port for the carrier's account; one for each event loop."""
        from app.channels.twilio_account import TwilioAccount  # takes long, and is asked rarely

        chosen = self.settings
        return TwilioAccount(
            chosen.twilio_account_sid,
            chosen.twilio_auth_token.get_secret_value(),
            chosen.twilio_base_url,
            chosen.twilio_timeout_seconds,
        )

    def relay(self) -> RelayPort:
        """The port for a look at the mail relay."""
        from app.channels.smtp_look import SmtpLook

        chosen = self.settings
        return SmtpLook(
            chosen.smtp_host,
            chosen.smtp_port,
            user=chosen.smtp_user,
            password=chosen.smtp_password.get_secret_value(),
            tls=chosen.smtp_tls,
            timeout=chosen.smtp_timeout_seconds,
        )

    def names(self) -> NamePort:
        """The port for the domain name system."""
        from app.channels.names import DnsNames  # a large library, and asked rarely

        return DnsNames(self.settings.nameserver)

    def hooks(self) -> HookPort:
        """The port for webhooks and pings."""
        from app.channels.webhook import Webhooks

        return Webhooks()


def database_url(chosen: Settings) -> str:
    """DATABASE_URL, or the embedded PostgreSQL's, which then runs until this process ends."""
    return chosen.database_url or shared_url(chosen.var_dir)


def connect(chosen: Settings | None = None) -> Parts:
    """The parts of this process: settings, database and clock."""
    chosen = chosen or settings()
    engine = make_engine(database_url(chosen), prepared=PREPARED)
    parts = Parts(chosen, engine, make_sessions(engine), Clock(clock_anchor(engine)))
    parts.set_clock()
    return parts


def clock_anchor(engine: Engine) -> Anchor | None:
    """The shared clock's anchor, or None before the first migration and on the wall clock."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('clock_anchor')")) is None:
            return None
        return load_anchor(connection)
