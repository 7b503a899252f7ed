"""Lists that an organizer sends, and what the page of a run says."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ODD = (
    "Member;Who;Ring;Lives at;Town;Area;Born\r\n"
    "1;MARÍA JOSÉ FERNÁNDEZ;919-555-0101;12 Oak St;Raleigh;27601;03/04/1960\r\n"
    "2;SEÁN O'NEILL;919-555-01;3 Elm St;Raleigh;27601;\r\n"
).encode("windows-1252")
SHIFTS = b"email,date,start,end\nana@example.org,2026-11-01,5 pm,8 pm\n"


def send(client: FlaskClient, content: bytes, name: str = "list.csv") -> int:
    answer = client.post(
        "/imports/files",
        query_string={"name": name},
        data=content,
        content_type="application/octet-stream",
    )
    assert answer.status_code == 201, answer.text
    return int((answer.json or {})["url"].rpartition("/")[2])


def filled(**changes: str) -> dict[str, str]:
    """What the page of ODD sends when all its columns are mapped."""
    mapped = ("source_id", "full_name", "phone", "address", "city", "postcode", "born_on")
    columns = {f"column-{place}": field for place, field in enumerate(mapped)}
    said = {"kind": "voters", "was_kind": "voters", "layout": "own", "was_layout": "own"}
    return {**said, **columns, "base": "", "days": "month", "source": "list", **changes}


def decide(client: FlaskClient, run_id: int, action: str = "check", **changes: str) -> Any:
    return client.post(f"/imports/{run_id}", data=filled(**changes) | {"action": action})


def shown(client: FlaskClient, run_id: int) -> str:
    answer: TestResponse = client.get(f"/imports/{run_id}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())
