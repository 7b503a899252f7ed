"""Status callbacks: what they carry, and the faults they suffer on the way."""

import asyncio
from collections.abc import Mapping

from app.carrier.clock import now, rfc2822
from app.carrier.fault import Fault, Faults
from app.carrier.ledger import Entry
from app.carrier.postman import Postman
from app.carrier.resource import API_VERSION

FINAL_CALL = ("completed", "busy", "no-answer", "failed", "canceled")


def text_fields(entry: Entry, account_sid: str, status: str) -> dict[str, str]:
    """The form of a message's status callback."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": entry.sender,
        "MessageSid": entry.sid,
        "MessageStatus": status,
        "SmsSid": entry.sid,
        "SmsStatus": status,
        "To": entry.to,
    }
    if service := entry.facts.get("messaging_service_sid"):
        fields["MessagingServiceSid"] = service
    if status in ("delivered", "undelivered"):
        fields["RawDlrDoneDate"] = now().strftime("%y%m%d%H%M")
    if status in ("undelivered", "failed") and entry.error_code:
        fields["ErrorCode"] = str(entry.error_code)
    return fields


def call_fields(entry: Entry, account_sid: str, status: str, sequence: int) -> dict[str, str]:
    """The form of a call's status callback."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": entry.sid,
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "Called": entry.to,
        "Caller": entry.sender,
        "Direction": entry.direction,
        "From": entry.sender,
        "SequenceNumber": str(sequence),
        "Timestamp": rfc2822(now()),
        "To": entry.to,
    }
    if parent := entry.facts.get("parent_call_sid"):
        fields["ParentCallSid"] = parent
    if answered_by := entry.facts.get("answered_by"):
        fields["AnsweredBy"] = answered_by
    if status in FINAL_CALL:
        seconds = int(entry.facts.get("duration") or 0)
        fields |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
    return fields


def detection_fields(entry: Entry, account_sid: str) -> dict[str, str]:
    """The form of the callback that says who answered a call."""
    return {
        "AccountSid": account_sid,
        "AnsweredBy": entry.facts["answered_by"],
        "CallSid": entry.sid,
        "MachineDetectionDuration": "2500",
    }


def instructions_fields(entry: Entry, account_sid: str) -> dict[str, str]:
    """The form with which the instructions for an answered call are fetched."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": entry.sid,
        "CallStatus": entry.status,
        "Called": entry.to,
        "Caller": entry.sender,
        "Direction": entry.direction,
        "From": entry.sender,
        "To": entry.to,
    }
    answered_by = entry.facts.get("answered_by")
    return fields | ({"AnsweredBy": answered_by} if answered_by else {})


class Callbacks:
    """Posts callbacks, or loses, doubles and delays them as the faults say."""

    def __init__(self, postman: Postman, faults: Faults) -> None:
        self._postman = postman
        self._faults = faults

    async def tell(self, url: str | None, fields: Mapping[str, str]) -> None:
        """One callback, if anyone asked for it."""
        if not url:
            return
        if self._faults.strike(Fault.DROP_CALLBACKS):
            self._postman.counts["dropped"] += 1
            return
        if late := self._faults.strike(Fault.LATE_CALLBACKS):
            await asyncio.sleep(late.seconds)
        await self._postman.post(url, fields)
        if self._faults.strike(Fault.DOUBLE_CALLBACKS):
            await self._postman.post(url, fields)

    async def ask(self, url: str, fields: Mapping[str, str]) -> str | None:
        """Fetches instructions, which no fault of callbacks touches."""
        return await self._postman.post(url, fields)
