"""The account and what belongs to it, as Twilio's own SDK reads them."""

import pytest
from twilio.rest import Client

from tests.carrier.conftest import ACCOUNT_SID, SENDER, Carrier


def test_the_account_is_active_and_no_trial(client: Client) -> None:
    account = client.api.v2010.accounts(ACCOUNT_SID).fetch()
    assert (account.sid, account.status, account.type) == (ACCOUNT_SID, "active", "Full")


@pytest.mark.parametrize(("number", "count"), [(SENDER, 1), ("+15005550007", 0), ("12", 0)])
def test_a_number_is_found_by_itself(client: Client, number: str, count: int) -> None:
    found = client.incoming_phone_numbers.list(phone_number=number)
    assert len(found) == count
    assert all(one.capabilities["sms"] for one in found)


def test_a_short_code_is_found_by_itself(client: Client) -> None:
    assert [one.short_code for one in client.short_codes.list(short_code="54321")] == ["54321"]


def test_a_service_has_a_number_and_another_id_is_none(carrier: Carrier) -> None:
    service = f"{carrier.base}/v1/Services/MG{'0' * 32}"
    assert carrier.session.get(service, timeout=30).json()["us_app_to_person_registered"]
    numbers = carrier.session.get(f"{service}/PhoneNumbers", timeout=30).json()
    assert numbers["phone_numbers"][0]["capabilities"] == ["SMS", "Voice"]
    assert numbers["meta"]["key"] == "phone_numbers"
    assert carrier.session.get(f"{service}x", timeout=30).status_code == 404


def test_nobody_without_the_password_sees_it(carrier: Carrier) -> None:
    url = f"{carrier.base}/2010-04-01/Accounts/{ACCOUNT_SID}.json"
    assert carrier.session.get(url, auth=("AC", "x"), timeout=30).status_code == 401
