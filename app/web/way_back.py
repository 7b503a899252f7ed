"""The way back to a set-up from pages outside of its campaign, kept in the browser's session."""

from flask import Flask, request, session

OUTSIDE = ("imports", "people", "universes")
"""Blueprints of pages to which a step of the set-up leads, and which belong to no campaign."""
KEY = "set-up"


def init_app(app: Flask) -> None:
    """Lets pages outside of a campaign know which set-up they were opened from."""
    app.before_request(remember)
    app.jinja_env.globals["set_up_to_go_on"] = set_up_to_go_on


def remember() -> None:
    """Keeps the campaign whose set-up led here, through uploads and forms, until a page of a
    campaign is opened."""
    if request.method != "GET":
        return
    if request.blueprint in OUTSIDE:
        came_from = request.args.get(KEY, 0, type=int)
        if came_from and session.get(KEY) != came_from:
            session[KEY] = came_from
    elif "campaign_id" in (request.view_args or {}):
        session.pop(KEY, None)


def set_up_to_go_on() -> int:
    """The campaign whose set-up led to this page; 0 for none."""
    return int(session.get(KEY, 0)) if request.blueprint in OUTSIDE else 0
