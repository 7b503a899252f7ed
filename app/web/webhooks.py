"""What Twilio posts to us: status callbacks and inbound texts, each with a valid signature."""

from uuid import UUID

from flask import Blueprint, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from app.services.receive import StatusNews, TextIn, receive_status, receive_text
from app.web.guard import public
from app.web.sessions import parts

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


def _plain(words: str, status: int) -> Response:
    return Response(words + "\n", status, mimetype="text/plain")


@bp.before_request
def check_signature() -> Response | None:
    """Lets nobody in but the carrier: the signature over the public address and the form."""
    settings = parts().settings
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    # The address that the carrier was given, not the one behind the proxy.
    url = settings.public_url.rstrip("/") + request.full_path.rstrip("?")
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature:
        return _plain("This address is for the carrier; the request bears no signature.", 403)
    if not validator.validate(url, request.form.to_dict(), signature):
        return _plain(
            "The signature does not fit. Check TWILIO_AUTH_TOKEN and LASTMILE_PUBLIC_URL.", 403
        )
    return None


@bp.post("/text-status/<uuid:attempt_id>")
@public
def text_status(attempt_id: UUID) -> Response:
    """A status callback of one attempt; stored once, applied if it says more than we know."""
    form = request.form
    if not form.get("MessageSid") or not form.get("MessageStatus"):
        return _plain("A status callback needs MessageSid and MessageStatus.", 400)
    code = form.get("ErrorCode", "")
    news = StatusNews(
        attempt_id,
        form["MessageSid"],
        form["MessageStatus"].lower(),
        int(code) if code.isdigit() else None,
        {key: value for key, value in form.items() if key not in ("To", "From", "Body")},
    )
    verdict = receive_status(parts().sessions, news, now=parts().clock.now())
    if verdict == "unknown attempt":
        return _plain("No attempt has this id; the callback was kept, nothing else changed.", 404)
    return Response(status=204)


@bp.post("/inbound")
@public
def text_in() -> Response:
    """A text from a voter; the answer, if any, goes back as TwiML."""
    form = request.form
    if not all(form.get(name) for name in ("MessageSid", "From", "To")):
        abort(_plain("An inbound text needs MessageSid, From and To.", 400))
    message = TextIn(form["MessageSid"], form["From"], form["To"], form.get("Body", ""))
    answer = receive_text(parts().sessions, message, now=parts().clock.now())
    reply = MessagingResponse()
    if answer:
        reply.message(answer)
    return Response(str(reply), mimetype="text/xml")
