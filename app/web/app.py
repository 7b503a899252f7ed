"""The web process: settings, wiring, blueprints."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app.config import ROOT
from app.web import (
    audit,
    background,
    bank,
    blasts,
    calendar,
    callback_door,
    calls,
    campaigns,
    conduct,
    configuration,
    day_report,
    errors,
    exports,
    figures,
    gaps,
    guard,
    headers,
    home,
    imports,
    inbox,
    incidents,
    installable,
    intake,
    invitations,
    kept,
    limits,
    my_shifts,
    news_door,
    paper,
    pauses,
    people,
    phases,
    plan,
    polling_day,
    presence,
    problems,
    ramps,
    rehearsals,
    replies,
    reports,
    reserves,
    rides,
    ring,
    rules,
    scripts,
    senders,
    sessions,
    settings,
    setup,
    shifts,
    sign_in,
    sign_in_page,
    squeeze,
    static_files,
    strike,
    teams,
    tongue,
    tour,
    universes,
    unsubscribe,
    voice,
    voters,
    way_back,
    webhooks,
    words,
)
from app.wiring import Parts, connect

PAGES = (
    home,
    calls,
    bank,
    replies,
    ring,
    campaigns,
    setup,
    settings,
    senders,
    universes,
    voters,
    exports,
    inbox,
    strike,
    people,
    audit,
    invitations,
    sign_in_page,
    conduct,
    tour,
    my_shifts,
    imports,
    plan,
    ramps,
    rules,
    phases,
    reserves,
    blasts,
    calendar,
    scripts,
    pauses,
    shifts,
    teams,
    gaps,
    figures,
    rehearsals,
    reports,
    paper,
    incidents,
    polling_day,
    rides,
    problems,
    day_report,
    installable,
    static_files,
)
FOR_MACHINES = (webhooks, voice, unsubscribe)
"""Blueprints that others post to; a signature or a token stands where a form has CSRF."""


def create_app(parts: Parts | None = None) -> Flask:
    """The application on `parts`; without them, on what the settings name."""
    parts = parts or connect()
    app = errors.Application(
        "app.web.app",
        template_folder=str(ROOT / "templates"),
        static_url_path=static_files.address(),
    )
    app.extensions["lastmile"] = parts
    squeeze.init_app(app)  # first here, last on an answer's way out
    app.config.from_mapping(configuration.flask_config(parts.settings))
    sessions.init_app(app, parts.sessions)
    sign_in.init_app(app, parts)
    guard.init_app(app)  # before CSRF: whoever is not signed in is sent to sign in first
    way_back.init_app(app)
    csrf = CSRFProtect(app)
    Bootstrap5(app)
    for door in (
        background,
        kept,
        intake,
        tongue,
        headers,
        words,
        errors,
        conduct,
        sign_in_page,
        presence,
        installable,
        static_files,
    ):
        door.init_app(app)
    for page in (*PAGES, *FOR_MACHINES):
        app.register_blueprint(page.bp)
    for page in FOR_MACHINES:
        csrf.exempt(page.bp)
    limits.init_app(app)
    news_door.init_app(app)
    callback_door.init_app(app, parts)
    return app
