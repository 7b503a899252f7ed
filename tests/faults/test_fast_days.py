"""An afternoon, a night and a morning on a fast clock, with voters who answer."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.reply import Meaning, meaning_of
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from tests.conftest import StartCarrier, StartWeb, StartWorker
from tests.factories import NOON
from tests.processes import Carrier, free_port
from tests.scene import column, planned, texting

EASTERN = ZoneInfo("America/New_York")
AFTERNOON = NOON.astimezone(EASTERN).replace(hour=17, minute=0)
MORNING = AFTERNOON.replace(day=30, hour=10, minute=0)
SPEED = 3600.0  # a campaign hour a second
VOTERS = 300
START = timedelta(seconds=3)
LIVELY = ("--share", "stop=0.3", "--share", "other=0.2", "--share", "voted=0.1")


def test_over_a_night_nothing_goes_out_in_quiet_hours_nor_after_a_stop(
    sessions: Sessions,
    start_carrier: StartCarrier,
    start_web: StartWeb,
    start_worker: StartWorker,
) -> None:
    port = free_port()
    inbound = f"http://127.0.0.1:{port}/webhooks/inbound"
    carrier = start_carrier(
        *("--inbound-url", inbound, "--delivery-seconds", 0.1, *LIVELY),
    )
    start_web(port)
    anchor = begin(sessions)
    url = f"http://127.0.0.1:{port}"
    # Two touches a voter: a second one would follow a STOP, were it not honored.
    start_worker(**carrier.settings, LASTMILE_PUBLIC_URL=url)
    while anchor.at(Clock().wall()) < MORNING:
        with sessions.begin() as session:
            session.connection().exec_driver_sql(
                "UPDATE targets SET next_text_at = NULL WHERE next_text_at IS NOT NULL"
            )
        time.sleep(0.3)
    at = [when(entry, anchor) for entry in outbound(carrier)]
    assert any(moment.day == 29 for moment in at), "nothing in the afternoon"
    assert any(moment.day == 30 for moment in at), "nothing in the morning"
    # A campaign hour is a second here; from the last look at the clock to the carrier's ledger a
    # text may take half of one.
    late = [moment for moment in at if not 8 <= moment.hour + moment.minute / 60 <= 22]
    assert not late, late
    stopped = set(column(sessions, "SELECT address FROM opt_outs"))
    assert stopped
    for address in stopped:
        assert not after_stop(carrier, address), address


def begin(sessions: Sessions) -> Anchor:
    """Texts planned for the afternoon, the night and the morning, twice as many as voters."""
    with sessions.begin() as session:
        campaign, _ = texting(session, VOTERS, voter_daily_cap=9)
        for hour in range(5, 23):
            planned(session, campaign, Channel.TEXT, NOON + hour * HOUR, 27)
        # The clock stands until the processes are up.
        anchor = Anchor(AFTERNOON, Clock().wall() + START, SPEED)
        save_anchor(session.connection(), anchor)
    return anchor


HOUR = NOON - NOON.replace(hour=15)


def outbound(carrier: Carrier) -> list[dict[str, str]]:
    return [e for e in carrier.ledger(kind="text") if e["direction"] == "outbound-api"]


def when(entry: dict[str, str], anchor: Anchor) -> datetime:
    """When the carrier took a text in, on the voter's clock."""
    return anchor.at(datetime.fromisoformat(entry["at"])).astimezone(EASTERN)


def after_stop(carrier: Carrier, address: str) -> list[dict[str, str]]:
    """Texts to a number after its own STOP had been answered, by the carrier's ledger."""
    of_voter = [e for e in carrier.ledger(kind="text") if e["from"] == address]
    stop = next(e for e in of_voter if meaning_of(e["body"]) is Meaning.STOP)
    answered = max(datetime.fromisoformat(step["at"]) for step in stop["history"])
    return [
        entry
        for entry in outbound(carrier)
        if entry["to"] == address and datetime.fromisoformat(entry["at"]) > answered
    ]
