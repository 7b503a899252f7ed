"""A mail as its page, for a frame of ours in which it may do nothing."""

from flask import Response

from app.domain.mail_html import Letterhead, page_html, plain
from app.domain.message import UnknownField
from app.domain.place import Place
from app.domain.spoken import VotesAt
from app.services.compose import Words, words_for
from app.services.situations import LONG_NAME, LONG_PLACE
from app.store.frames import Frame

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""Its own style and nothing else, in our frame only."""


def mail_page(frame: Frame, words: Words, language: str) -> Response:
    """A mail with its letterhead."""
    head = Letterhead(
        frame.organization or frame.name, frame.postal_address, frame.schedule.country == "US"
    )
    page = page_html(words.subject, words.body, head, language=language, unsubscribe_url="#")
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def to_somebody(frame: Frame, written: Words, language: str) -> Words:
    """The words as a made-up voter with a long name gets them; as they were written where nothing
    fills a field."""
    where, place = VotesAt(LONG_PLACE), Place("", (frame.schedule.zone,))
    try:
        return words_for({language: written}, frame, LONG_NAME, where, language, place, said=plain)
    except UnknownField:
        return written
