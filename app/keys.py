"""The key that signs cookies and unsubscribe links: from the environment, else kept in var/."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.config import Settings


class NoSecretKey(Exception):
    """Nothing to sign with; the text says what to do."""


def signing_key(settings: Settings) -> str:
    """LASTMILE_SECRET_KEY, or the key in var/secret-key. Raises NoSecretKey."""
    return settings.secret_key.get_secret_value() or _kept_key(settings.var_dir)


def _kept_key(var_dir: Path) -> str:
    """The key in var/secret-key, made on first use and readable by its owner only."""
    path = var_dir / "secret-key"
    with suppress(OSError):
        if key := path.read_text().strip():
            return key
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            # A link of a complete file: a second process sees the whole key or none.
            draft = path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            try:
                os.link(draft, path)
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise NoSecretKey(
            f"set LASTMILE_SECRET_KEY, or let this user write {path}: {error.strerror}"
        ) from error
