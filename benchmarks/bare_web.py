"""The yardstick of callbacks: a Flask view that validates Twilio's signature and nothing else."""

import os

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator

app = Flask("bare_web")


@app.get("/health")
def health() -> str:
    """Whether it is up."""
    return "up"


@app.post("/webhooks/text-status/<uuid:attempt_id>")
def text_status(attempt_id: object) -> Response:
    """Answers as the real view does, once the signature fits."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    url = os.environ["LASTMILE_PUBLIC_URL"] + request.full_path.rstrip("?")
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(url, request.form.to_dict(), signature):
        abort(403)
    return Response(status=204)
