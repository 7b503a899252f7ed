"""What Twilio answers when it will not do a thing: its codes, words and HTTP states."""

from collections.abc import Mapping

from aiohttp import web

MEANINGS: Mapping[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {0}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {0} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url parameter is required."),
    21211: (400, "Invalid 'To' Phone Number: {0}"),
    21212: (400, "Invalid From Number (caller ID): {0}"),
    21213: (400, "'From' phone number is required"),
    21214: (400, "To number: {0}, cannot be reached"),
    21215: (400, "Account not authorized to call {0}"),
    21216: (400, "Account not allowed to call {0}"),
    21217: (400, "Phone number: {0}, is not valid"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {0} is not one of this account's numbers"),
    21609: (400, "The 'StatusCallback' URL {0} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "The queue of the 'From' number {0} is full"),
    21612: (
        400,
        "Message cannot be sent with the current combination of 'To' ({0}) "
        "and/or 'From' parameters",
    ),
    21614: (400, "To number: {0}, is not a mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
"""Twilio's code: HTTP state and message, in which {0} stands for the offending value."""

ERRORS: Mapping[int, str] = {
    21610: "Attempt to send to unsubscribed recipient",
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
}
"""What a message's own `error_code` says in its `error_message`."""


class Refusal(Exception):
    """The request ends here with Twilio's error body; nothing was done."""

    def __init__(self, code: int, value: str = "", headers: Mapping[str, str] | None = None):
        super().__init__(code)
        self.code = code
        self.headers = headers
        self.status, words = MEANINGS[code]
        self.message = words.format(value)

    def response(self) -> web.Response:
        """The HTTP answer."""
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return web.json_response(body, status=self.status, headers=self.headers)
