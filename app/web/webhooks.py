"""What Twilio posts to us: status callbacks and inbound texts, each with a valid signature."""

import hmac
from collections.abc import Mapping, Sequence
from functools import cache
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from app.services.receive import Mailbox, StatusNews, TextIn, receive_text
from app.services.receive_alone import receive_alone
from app.web.guard import public
from app.web.sessions import parts
from app.web.together import Together
from app.wiring import Parts

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

STATUS_PATH = "/webhooks/text-status/"


def _plain(words: str, status: int) -> Response:
    return Response(words + "\n", status, mimetype="text/plain")


@bp.before_request
def check_signature() -> Response | None:
    """Lets nobody in but the carrier: the signature over the public address and the form."""
    settings = parts().settings
    # The address that the carrier was given, not the one behind the proxy.
    url = settings.public_url.rstrip("/") + request.full_path.rstrip("?")
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature:
        return _plain("This address is for the carrier; the request bears no signature.", 403)
    if not _fits(settings.twilio_auth_token.get_secret_value(), url, request.form, signature):
        return _plain(
            "The signature does not fit. Check TWILIO_AUTH_TOKEN and LASTMILE_PUBLIC_URL.", 403
        )
    return None


_validator = cache(RequestValidator)


def _fits(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether the signature is the carrier's: over the address as it is, or by its other ways."""
    validator, fields = _validator(token), dict(form.items())
    usual = validator.compute_signature(url, fields)
    same = hmac.compare_digest(usual.encode(), signature.encode())
    return same or bool(validator.validate(url, fields, signature))


@bp.record
def gather(state: BlueprintSetupState) -> None:
    """Lets all threads of a process store their callbacks together."""
    of: Parts = state.app.extensions["lastmile"]
    mailbox = Mailbox(of.engine)

    def store(news: Sequence[StatusNews]) -> Sequence[str | None]:
        return mailbox.receive(news, now=of.clock.now())

    state.app.extensions["lastmile-callbacks"] = Together(store)


def _receive(news: StatusNews) -> str:
    together: Together[StatusNews, str | None] = current_app.extensions["lastmile-callbacks"]
    verdict = together.do(news)
    return verdict or receive_alone(parts().sessions, news, parts().clock.now())


@bp.post("/text-status/<uuid:attempt_id>")
@public
def text_status(attempt_id: UUID) -> Response:
    """A status callback of one attempt; stored once, applied if it says more than we know."""
    form = request.form
    if not form.get("MessageSid") or not form.get("MessageStatus"):
        return _plain("A status callback needs MessageSid and MessageStatus.", 400)
    if "\0" in "".join(form.values()):
        return _plain("A status callback holds no null character.", 400)
    code = form.get("ErrorCode", "")
    news = StatusNews(
        attempt_id,
        form["MessageSid"],
        form["MessageStatus"].lower(),
        int(code) if code.isdecimal() else None,
        {key: value for key, value in form.items() if key not in ("To", "From", "Body")},
    )
    verdict = _receive(news)
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
