"""Answers are compressed by gzip where the browser takes it: a page is a quarter of its size."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from app.web.static_files import FILES

TEXTS = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
LEAST_BYTES = 500
"""Below that the header costs what is won."""
QUICK, SMALL = 4, 9
"""Levels: of a page, which is made anew each time, and of a file, which is kept compressed.

A page holds the token of its forms and what the voter wrote. Lengths would tell of either only to
somebody who can make this browser fetch pages with words of their choice, and the sign-in cookie
does not come along from other sites (SameSite).
"""


def init_app(app: Flask) -> None:
    """Compress; to be called before all others that change answers, since it has the last word."""
    app.after_request(squeeze)


def squeeze(response: Response) -> Response:
    """The answer in fewer bytes, where it is text and long enough."""
    if response.mimetype not in TEXTS or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings["gzip"]:
        return response
    small = _file(response) if response.direct_passthrough else _page(response)
    if small is None:
        return response
    response.direct_passthrough = False
    response.set_data(small)
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)  # the same file in other bytes
    return response


def _page(response: Response) -> bytes | None:
    if response.is_streamed:
        return None
    whole = response.get_data()
    return gzip.compress(whole, QUICK) if len(whole) >= LEAST_BYTES else None


def _file(response: Response) -> bytes | None:
    """A static file; anything else that streams, an export for one, goes as it is."""
    if request.endpoint not in FILES:
        return None
    wrapper = response.response
    file = getattr(wrapper, "file", None) or getattr(wrapper, "filelike", None)  # gunicorn's
    path = Path(getattr(file, "name", ""))
    if file is None or not path.is_file() or path.stat().st_size < LEAST_BYTES:
        return None
    file.close()
    return _compressed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=200)
def _compressed(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), SMALL, mtime=0)
