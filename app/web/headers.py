"""Headers that tell the browser what our pages may do: nothing from elsewhere, nothing inline."""

from flask import Flask, Response

from app.web.sessions import parts

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "manifest-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def init_app(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(add)


def add(response: Response) -> Response:
    """The answer with its headers; pages are never kept, files may be."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("X-Frame-Options", "DENY")
    if response.mimetype in ("text/html", "application/json", "text/csv"):
        response.headers.setdefault("Cache-Control", "no-store")
    if parts().settings.secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
