"""What Flask and its extensions are told: keys, cookies, sign-in."""

from datetime import timedelta
from typing import Any

from app.config import Settings
from app.keys import signing_key

LINK_DAYS = 3
REMEMBER_DAYS = 14


def flask_config(settings: Settings) -> dict[str, Any]:
    """Flask's configuration for these settings. Raises NoSecretKey when there is no key."""
    secure = settings.secure_cookies
    cookie = {"SECURE": secure, "HTTPONLY": True, "SAMESITE": "Lax"}
    return {
        "SECRET_KEY": signing_key(settings),
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 8 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # a call screen may stay open for a whole shift
        "BOOTSTRAP_SERVE_LOCAL": True,
        "REMEMBER_COOKIE_DURATION": timedelta(days=REMEMBER_DAYS),
        **{
            f"{kind}_COOKIE_{name}": value
            for kind in ("SESSION", "REMEMBER")
            for name, value in cookie.items()
        },
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # argon2 salts each password itself; a second, keyed hash would tie every password to
        # a setting that nobody may ever lose.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_LOGIN_URL": "/sign-in/password",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGIN_WITHIN": timedelta(days=LINK_DAYS),
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_JOIN_USER_ROLES": False,  # roles come by themselves (selectin)
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
            "That email and password do not go together. Try again, or ask your organizer "
            "for a sign-in link.",
            "error",
        ),
    }
