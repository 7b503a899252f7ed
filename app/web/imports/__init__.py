"""Imports: files sent, said what they are, checked, brought in, and what came of each."""

from app.web.imports import drafts, pages
from app.web.imports.blueprint import bp

__all__ = ["bp", "drafts", "pages"]
