"""Texts from voters to the campaign, its answers to them, and the STOP blocks between."""

import re
from xml.etree import ElementTree

from app.carrier.clock import now
from app.carrier.delivery import Delivery
from app.carrier.ledger import Entry, Ledger, Step
from app.carrier.postman import Postman
from app.carrier.resource import API_VERSION, new_sid
from app.carrier.settings import Settings
from app.domain.segment import segments

STOP_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
)
START_WORDS = frozenset(("START", "YES", "UNSTOP"))
"""Twilio's own words, which must be the whole message. Free text is for the campaign to read."""


class Conversation:
    """Records what voters write, hands it to the campaign and carries its answers back."""

    def __init__(
        self, settings: Settings, ledger: Ledger, postman: Postman, delivery: Delivery
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._postman = postman
        self._delivery = delivery

    async def receive(self, sender: str, to: str, body: str, service: str | None) -> Entry:
        """A text from a voter. It ends when the campaign has answered, or has not."""
        at = now()
        facts = {"messaging_service_sid": service, "num_media": 0}
        history = [Step("received", at)]
        sid = new_sid("SM")
        entry = Entry("text", sid, at, sender, to, body, "inbound", history, facts=facts)
        self._ledger.add(entry)
        stopping = self._apply_word(entry)
        if self._settings.inbound_url:
            answer = await self._postman.post(self._settings.inbound_url, self._form(entry))
            self._reply(entry, _messages(answer or ""), stopping)
        return entry

    def _apply_word(self, entry: Entry) -> bool:
        """Whether this text is a STOP; the block stands before the campaign hears of it."""
        word = entry.body.strip().upper()
        if word in STOP_WORDS:
            self._ledger.block(entry.to, entry.sender)
            return True
        if word in START_WORDS:
            self._ledger.unblock(entry.to, entry.sender)
        return False

    def _form(self, entry: Entry) -> dict[str, str]:
        form = {
            "AccountSid": self._settings.account_sid,
            "ApiVersion": API_VERSION,
            "Body": entry.body,
            "From": entry.sender,
            "MessageSid": entry.sid,
            "NumMedia": "0",
            "NumSegments": str(max(segments(entry.body), 1)),
            "SmsMessageSid": entry.sid,
            "SmsSid": entry.sid,
            "SmsStatus": "received",
            "To": entry.to,
        }
        service: str | None = entry.facts["messaging_service_sid"]
        return form | ({"MessagingServiceSid": service} if service else {})

    def _reply(self, heard: Entry, bodies: list[str], stopping: bool) -> None:
        for number, body in enumerate(bodies):
            at = now()
            confirmation = stopping and number == 0  # the one text that may follow a STOP
            blocked = (heard.to, heard.sender) in self._ledger.blocks and not confirmation
            first = Step("failed", at, 21610) if blocked else Step("queued", at)
            sid = new_sid("SM")
            facts = {"messaging_service_sid": heard.facts["messaging_service_sid"], "num_media": 0}
            direction = "outbound-reply"
            entry = Entry(
                "text", sid, at, heard.to, heard.sender, body, direction, [first], facts=facts
            )
            self._ledger.add(entry)
            self._delivery.begin(entry)


def _messages(twiml: str) -> list[str]:
    """The text of each Message in a TwiML answer; none if it is not TwiML."""
    try:
        # The answer comes from the campaign's own web, whose address we were started with.
        root = ElementTree.fromstring(twiml)  # noqa: S314
    except ElementTree.ParseError:
        return []
    return [_words(item) for item in root if item.tag in ("Message", "Sms")]


def _words(item: ElementTree.Element) -> str:
    bodies = item.findall("Body") or [item]
    return re.sub(r"\s+$", "", "".join(body.text or "" for body in bodies).lstrip())
