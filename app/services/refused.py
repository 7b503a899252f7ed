"""Why a file does not go in."""


class ImportRefused(Exception):
    """The file does not go in; the message says why and what to do. Nothing was stored."""
