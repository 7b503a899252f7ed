"""Replies: one conversation at a time, read, answered, or handed over to an organizer."""

from app.web.replies import acts, answers, pages
from app.web.replies.onward import bp

__all__ = ["acts", "answers", "bp", "pages"]
