"""Numbers found dead give way to the voter's next one."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.store import numbers

BACK = timedelta(hours=2)
"""How far back a look goes for numbers found dead; a worker looks every half minute."""


def next_numbers(engine: Engine, now: datetime) -> int:
    """Turn to the next number of voters whose first is dead; how many voters have another now.

    Two transactions: whoever records a result locks targets first, so nobody may hold voters then.
    A crash between the two leaves targets that the next result or import frees.
    """
    with engine.begin() as connection:
        turned = numbers.turn_found(connection, now - BACK)
    if turned:
        with engine.begin() as connection:
            numbers.free_targets(connection, turned)
    return len(turned)
