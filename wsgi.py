"""The door for gunicorn: `gunicorn wsgi:app`."""

from app.web.app import create_app

app = create_app()
