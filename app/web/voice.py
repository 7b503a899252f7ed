"""What Twilio asks and tells of calls: whom to put through, and how each leg goes."""

from uuid import UUID

from flask import Blueprint, Response, request
from twilio.twiml.voice_response import Dial, VoiceResponse

from app.domain.voice import LONGEST_CALL, RING_VOTER
from app.services.ring import PutThrough, bridge
from app.services.voice_status import Leg, LegNews, receive_leg
from app.web.guard import public
from app.web.sessions import parts
from app.web.webhooks import check_signature

bp = Blueprint("voice", __name__, url_prefix="/webhooks/voice")
bp.before_request(check_signature)

EVENTS = "initiated ringing answered completed"
NUMBERS = frozenset({"To", "From", "Called", "Caller", "ForwardedFrom"})


@bp.post("/<uuid:attempt_id>")
@public
def picked_up(attempt_id: UUID) -> Response:
    """The volunteer has picked up: ring the voter, or say why not."""
    clock, form = parts().clock, request.form
    if not form.get("CallSid"):
        return Response("This address needs a CallSid.\n", 400, mimetype="text/plain")
    answer = bridge(
        parts().sessions,
        attempt_id,
        form["CallSid"],
        form.get("AnsweredBy", ""),
        now=clock.now(),
        wall=clock.wall(),
    )
    said = VoiceResponse()
    if isinstance(answer, PutThrough):
        said.append(_dial(attempt_id, answer))
        said.say("The call has ended. Save on your screen what came of it.")
    else:
        said.say(answer)
    said.hangup()
    return Response(str(said), mimetype="text/xml")


def _dial(attempt_id: UUID, to: PutThrough) -> Dial:
    """The voter's number, with the campaign's as caller ID, and word of its leg to us.

    Machine detection of a dialed number runs while both can talk, so nobody waits for it.
    Source: twilio.com/docs/voice/twiml/number.
    """
    hooks = f"{parts().settings.public_url.rstrip('/')}/webhooks/voice/{attempt_id}"
    dial = Dial(
        caller_id=to.caller_id,
        timeout=RING_VOTER,
        time_limit=int(LONGEST_CALL.total_seconds()),
        answer_on_bridge=True,
    )
    dial.number(
        to.phone,
        status_callback=f"{hooks}/voter",
        status_callback_event=EVENTS,
        machine_detection="Enable",
        amd_status_callback=f"{hooks}/voter",
    )
    return dial


@bp.post("/<uuid:attempt_id>/<any(caller, voter):leg>")
@public
def leg_status(attempt_id: UUID, leg: str) -> Response:
    """A status callback of one leg, or who answered it; stored once."""
    form, clock = request.form, parts().clock
    status, answered_by = form.get("CallStatus", "").lower(), form.get("AnsweredBy", "").lower()
    if not form.get("CallSid") or not (status or answered_by):
        words = "A status callback needs CallSid, and CallStatus or AnsweredBy.\n"
        return Response(words, 400, mimetype="text/plain")
    seconds = form.get("CallDuration", "")
    news = LegNews(
        attempt_id,
        Leg(leg),
        form["CallSid"],
        status,
        answered_by,
        int(seconds) if seconds.isdigit() else None,
        {key: value for key, value in form.items() if key not in NUMBERS},
    )
    verdict = receive_leg(parts().sessions, news, now=clock.now(), wall=clock.wall())
    if verdict == "unknown attempt":
        words = "No call has this id; the callback was kept, nothing else changed.\n"
        return Response(words, 404, mimetype="text/plain")
    return Response(status=204)
