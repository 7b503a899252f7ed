"""Imports: files sent, said what they are, checked, brought in, and what came of each."""

from app.web.imports.pages import bp

__all__ = ["bp"]
