"""What Twilio posts to us: status callbacks and inbound texts, each with a valid signature."""

from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request
from twilio.twiml.messaging_response import MessagingResponse

from app.services.receive import TextIn, receive_text
from app.web.callback_door import CallbackDoor
from app.web.guard import public
from app.web.sessions import parts
from app.web.signature import NO_SIGNATURE, WRONG_SIGNATURE, Signature

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


def _plain(words: str, status: int) -> Response:
    return Response(words + "\n", status, mimetype="text/plain")


def _signed_by() -> str:
    return request.headers.get("X-Twilio-Signature", "")


@bp.before_request
def check_signature() -> Response | None:
    """Lets nobody in but the carrier: the signature over the public address and the form."""
    query = request.query_string.decode()
    if not _signed_by():
        return _plain(NO_SIGNATURE, 403)
    if not Signature(parts().settings).fits(request.path, query, request.form, _signed_by()):
        return _plain(WRONG_SIGNATURE, 403)
    return None


@bp.post("/text-status/<uuid:attempt_id>")
@public
def text_status(attempt_id: UUID) -> Response:
    """A status callback of one attempt, if it is so unusual that its own door let it pass."""
    door: CallbackDoor = current_app.extensions["lastmile-callback-door"]
    query = request.query_string.decode()
    status, words = door.answer(request.path, query, request.form, _signed_by())
    return _plain(words, status) if words else Response(status=status)


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
