"""The form of a request, as Twilio reads it."""

from urllib.parse import parse_qs

from aiohttp import web


class Form:
    """Fields of a request, each of which may be given more than once."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        return self._fields.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return self._fields.get(name, [])


async def read_form(request: web.Request) -> Form:
    """The fields of an urlencoded body."""
    body = (await request.read()).decode("utf-8", "replace")
    return Form(parse_qs(body, keep_blank_values=True))
