"""What no form of ours can mean, refused at the door."""

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(check)


def check() -> None:
    """Refuse the null character, which no text of a person holds and PostgreSQL cannot store."""
    given = [*request.args.values(), *request.form.values()]
    if any("\0" in value for value in given):
        abort(400)
