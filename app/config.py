"""Settings from the environment and .env; the only place that reads either."""

from functools import lru_cache
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting, with its default. `.env.example` explains each in a sentence."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="LASTMILE_", extra="ignore", populate_by_name=True
    )

    database_url: str = Field(
        "", validation_alias=AliasChoices("DATABASE_URL", "LASTMILE_DATABASE_URL")
    )
    var_dir: Path = ROOT / "var"
    clock: str = ""
    secret_key: SecretStr = SecretStr("")
    public_url: str = "http://localhost:8000"
    secure_cookies: bool = True
    country: str = "US"
    log_level: str = "INFO"

    web_host: str = "127.0.0.1"
    web_port: int = 8000
    web_processes: int = 2
    web_threads: int = 8

    twilio_account_sid: str = Field("", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_base_url: str = Field("https://api.twilio.com", validation_alias="TWILIO_BASE_URL")
    twilio_timeout_seconds: float = 10.0

    smtp_host: str = Field("", validation_alias="SMTP_HOST")
    smtp_port: int = Field(587, validation_alias="SMTP_PORT")
    smtp_user: str = Field("", validation_alias="SMTP_USER")
    smtp_password: SecretStr = Field(SecretStr(""), validation_alias="SMTP_PASSWORD")
    smtp_tls: bool = Field(True, validation_alias="SMTP_TLS")
    smtp_timeout_seconds: float = 20.0

    nameserver: str = ""

    text_lease_seconds: float = 15.0
    call_lease_minutes: float = 20.0
    send_batch: int = 200
    look_up_seconds: float = 5.0
    accept_minutes: float = 10.0

    ping_url: str = ""
    job_patience_seconds: float = 120.0

    uploads_dir: Path | None = None

    @property
    def uploads(self) -> Path:
        """Where uploaded files wait for a worker."""
        return self.uploads_dir or self.var_dir / "uploads"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
