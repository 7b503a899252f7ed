"""A text leaves in time or not at all, even if the process stands still right before it leaves."""

import asyncio
import sys
import time
from uuid import UUID

from app.channels.port import Accepted, NotProcessed, Outcome, TextOut
from app.channels.twilio_text import TwilioTexts
from tests.processes import Carrier
from tests.scene import SENDER, apart

WITHIN = 0.2


def text(number: int, within: float) -> TextOut:
    return TextOut(UUID(int=number), "+19195550199", SENDER, "Vote", 60, leave_within=within)


def test_a_text_that_had_its_connection_when_the_process_froze_does_not_leave_late(
    carrier_process: Carrier,
) -> None:
    carrier = carrier_process
    port = TwilioTexts(
        carrier.account_sid, carrier.auth_token, carrier.url, "http://web.example", 5.0
    )

    async def work() -> list[Outcome]:
        first = await port.send(text(1, 60))  # leaves its connection to the second
        second = asyncio.create_task(port.send(text(2, WITHIN)))
        # Its turn in the loop comes between the second's connection and the second's bytes.
        asyncio.get_running_loop().call_soon(time.sleep, 2 * WITHIN)
        outcomes = [first, await second, await port.send(text(3, 60))]
        await port.close()
        return outcomes

    first, second, third = apart(work())
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted), "a text that is in time goes out after one that was late"
    # Newer interpreters write at once, before the process stands still.
    left = sys.version_info >= (3, 12)
    assert isinstance(second, Accepted if left else NotProcessed)
    assert len(carrier.ledger(kind="text")) == (3 if left else 2)
