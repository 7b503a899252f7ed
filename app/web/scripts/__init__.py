"""Scripts of a campaign: the list, the editor with its preview, the history of each."""

from app.web.scripts import editor, history, listed
from app.web.scripts.key import bp

__all__ = ["bp", "editor", "history", "listed"]
