"""Messages as Twilio gives them: fields, refusals, lists and pages."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier, eventually, new_phone

SERVICE = "MG" + "0" * 32
SECOND = timedelta(seconds=1)

SCHEMA = {  # field: types, and what the value looks like just after the create
    "account_sid": (str, r"AC[0-9a-fA-F]{32}"),
    "api_version": (str, r"2010-04-01"),
    "body": (str, r"Polls close at 7:30 pm"),
    "date_created": (str, r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000"),
    "date_sent": (type(None), r""),
    "date_updated": (str, r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000"),
    "direction": (str, r"outbound-api"),
    "error_code": (type(None), r""),
    "error_message": (type(None), r""),
    "from": (str, r"\+\d{11}"),
    "messaging_service_sid": (type(None), r""),
    "num_media": (str, r"0"),
    "num_segments": (str, r"1"),
    "price": (type(None), r""),
    "price_unit": (str, r"USD"),
    "sid": (str, r"(SM|MM)[0-9a-fA-F]{32}"),
    "status": (str, r"queued"),
    "subresource_uris": (dict, r".*"),
    "to": (str, r"\+\d{11}"),
    "uri": (str, r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/SM[0-9a-f]{32}\.json"),
}


def create(carrier: Carrier, **fields: str) -> Any:
    url = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    return carrier.session.post(url, data=fields, timeout=30)


def test_a_created_message_has_every_field_of_the_published_schema(
    carrier: Carrier, phone: str
) -> None:
    answer = create(carrier, To=phone, From=SENDER, Body="Polls close at 7:30 pm")
    assert answer.status_code == 201
    message = answer.json()
    assert message.keys() == SCHEMA.keys()
    for name, (kind, pattern) in SCHEMA.items():
        assert type(message[name]) is kind, name
        assert re.fullmatch(pattern, str(message[name] or "")), name
    assert message["subresource_uris"]["media"].endswith(f"/{message['sid']}/Media.json")


def test_a_delivered_message_has_its_dates_and_its_price(client: Client, phone: str) -> None:
    made = client.messages.create(to=phone, from_=SENDER, body="í" * 71)
    assert made.num_segments == "2"

    def delivered() -> Any:
        message = client.messages(made.sid).fetch()
        return message if message.status == "delivered" else None

    message = eventually(delivered)
    assert message.price == "-0.01580"
    assert message.date_created <= message.date_sent <= message.date_updated
    assert message.date_sent.tzinfo == UTC


def test_a_message_by_a_service_is_accepted_and_gets_its_sender_later(
    client: Client, phone: str
) -> None:
    made = client.messages.create(to=phone, messaging_service_sid=SERVICE, body="Hello")
    assert (made.status, made.from_, made.messaging_service_sid) == ("accepted", None, SERVICE)
    assert eventually(lambda: client.messages(made.sid).fetch().from_).startswith("+1")


def test_a_picture_makes_it_an_mms(client: Client, phone: str) -> None:
    made = client.messages.create(to=phone, from_=SENDER, media_url=["https://example.org/a.png"])
    assert made.sid.startswith("MM")
    assert made.num_media == "1"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"To": "555-01"}, 400, 21211),
        ({"To": "+15005550001"}, 400, 21211),
        ({"To": "+15005550002"}, 400, 21612),
        ({"To": "+15005550004"}, 400, 21610),
        ({"To": "+15005550009"}, 400, 21614),
        ({"To": ""}, 400, 21604),
        ({"From": ""}, 400, 21603),
        ({"From": "+1 919"}, 400, 21212),
        ({"Body": ""}, 400, 21602),
        ({"Body": "a" * 1601}, 400, 21617),
        ({"ValidityPeriod": "36001"}, 400, 20001),
        ({"StatusCallback": "no address"}, 400, 21609),
    ],
)
def test_a_refusal_has_twilios_code_and_body(
    carrier: Carrier, changes: dict[str, str], status: int, code: int
) -> None:
    before = len(carrier.ledger())
    fields = {"To": "+19195550199", "From": SENDER, "Body": "Hello"} | changes
    answer = create(carrier, **fields)
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() == {"code", "message", "more_info", "status"}
    assert (body["code"], body["status"]) == (code, status)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert isinstance(body["message"], str)
    assert len(carrier.ledger()) == before


def test_a_body_of_1600_characters_goes(client: Client, phone: str) -> None:
    assert client.messages.create(to=phone, from_=SENDER, body="a" * 1600).num_segments == "11"


def test_an_unknown_sid_and_an_unknown_path_are_not_found(carrier: Carrier, client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages("SM" + "f" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    answer = carrier.session.get(f"{carrier.base}/2010-04-01/Nothing.json", timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_a_wrong_token_is_turned_away_everywhere(carrier: Carrier, phone: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        carrier.client(token="wrong").messages.create(to=phone, from_=SENDER, body="Hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert carrier.ledger(to=phone) == []
    with carrier.session.get(f"{carrier.base}/_carrier/ledger", auth=("a", "b"), timeout=30) as no:
        assert no.status_code == 401
        assert no.json()["code"] == 20003


@pytest.mark.parametrize(
    ("name", "shift", "found"),
    [
        ("date_sent_after", -SECOND, True),
        ("date_sent_after", 0 * SECOND, True),
        ("date_sent_before", 0 * SECOND, True),
        ("date_sent_after", 60 * SECOND, False),
        ("date_sent_before", -60 * SECOND, False),
        ("date_sent_before", 60 * SECOND, True),
        ("date_sent", timedelta(0), True),
        ("date_sent", timedelta(days=-2), False),
    ],
)
def test_a_list_matches_recipient_sender_and_date(
    carrier: Carrier, client: Client, phone: str, name: str, shift: timedelta, found: bool
) -> None:
    carrier.settings(delivery_seconds=30)  # not sent yet, so its creation is what counts
    made = client.messages.create(to=phone, from_=SENDER, body="Hello")
    client.messages.create(to=new_phone(), from_=SENDER, body="Hello")
    wanted = {name: made.date_created + shift}
    assert [m.sid for m in client.messages.list(to=phone, **wanted)] == [made.sid] * found
    assert client.messages.list(to=phone, from_="+19195550999") == []


def test_days_are_dates_too_and_nonsense_is_refused(carrier: Carrier, phone: str) -> None:
    made = create(carrier, To=phone, From=SENDER, Body="Hello").json()
    today = parsedate_to_datetime(made["date_created"]).date().isoformat()
    url = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    for name, value, count in [
        ("DateSent", today, 1),
        ("DateSent>", today, 1),
        ("DateSent<", today, 1),
        ("DateSent<", "2020-01-01", 0),
    ]:
        answer = carrier.session.get(url, params={"To": phone, name: value}, timeout=30)
        assert len(answer.json()["messages"]) == count, name
    answer = carrier.session.get(url, params={"DateSent": "tomorrow"}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_pages_lead_to_each_other_and_hold_each_message_once(
    carrier: Carrier, client: Client, phone: str
) -> None:
    sids = [client.messages.create(to=phone, from_=SENDER, body=str(n)).sid for n in range(5)]
    assert [m.sid for m in client.messages.list(to=phone, page_size=2)] == sids[::-1]

    page = client.messages.page(to=phone, page_size=2)
    assert [m.sid for m in page] == [sids[4], sids[3]]
    client.messages.create(to=phone, from_=SENDER, body="in between")
    page = page.next_page()
    assert [m.sid for m in page] == [sids[2], sids[1]]
    last = page.next_page()
    assert [m.sid for m in last] == [sids[0]]
    assert last.next_page() is None
    assert [m.sid for m in last.previous_page()] == [sids[2], sids[1]]

    url = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    body = carrier.session.get(url, params={"To": phone, "PageSize": "4"}, timeout=30).json()
    keys = {"end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri"}
    assert body.keys() == keys | {"messages", "start", "uri"}
    assert (body["page"], body["page_size"], body["start"], body["end"]) == (0, 4, 0, 3)
    assert body["next_page_uri"].startswith(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?")


def test_the_ledger_has_what_was_accepted(carrier: Carrier, client: Client, phone: str) -> None:
    before = datetime.fromtimestamp(0, UTC).isoformat()
    made = client.messages.create(
        to=phone, from_=SENDER, body="Sí", validity_period=600, status_callback="http://127.0.0.1:9"
    )
    entries = carrier.ledger(kind="text", to=phone, since=before, limit=10)
    assert [entry["sid"] for entry in entries] == [made.sid]
    entry = entries[0]
    assert (entry["from"], entry["body"], entry["validity_period"]) == (SENDER, "Sí", 600)
    assert entry["status_callback"] == "http://127.0.0.1:9"
    assert re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{6}\+00:00", entry["at"])
    assert format_datetime(datetime.fromisoformat(entry["at"]).replace(microsecond=0))
    assert entry["history"][0]["status"] == "queued"
    assert carrier.ledger(kind="call", to=phone) == []
    assert carrier.control("GET", "summary")["text"]["total"] >= 1
