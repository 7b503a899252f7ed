"""Pace: the release of 10,000 texts, against a bare INSERT … SELECT; and ticks with nothing to do.

    .venv/bin/python -m benchmarks.pace [--targets 200000] [--texts 10000] [--rounds 5]

Ours is what a tick does when 10,000 texts are due: candidates, facts, bar, words and price, money,
insert. The yardstick inserts as many rows of targets and voters by one statement into a table like
touches with the same indexes. An idle tick is `pace` when the plan wants nothing more, and when it
wants more but every target rests.
"""

import argparse
import statistics
from datetime import timedelta

from app.domain.channel import Channel
from app.services.pace import pace
from benchmarks.bench import AT, Database, add_campaign, compare, database, release, seconds, show

MOST_TIMES = 3.0
IDLE_MS = 50

_BARE = """
INSERT INTO bare (id, campaign_id, voter_id, household_id, channel, state, address, value, due_at,
                  expires_at, held, released_at)
SELECT t.voter_id, t.campaign_id, t.voter_id, t.household_id, 'text', 'ready', v.phone, t.value,
       :now, :later, 0.0079, :now
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign
ORDER BY t.texts, t.value DESC, t.voter_id LIMIT :texts
"""


def take_back(base: Database) -> None:
    """As if nothing had been released yet."""
    base.run("DELETE FROM touches")
    base.run("UPDATE campaigns SET reserved = 0")
    base.run("UPDATE plan_hours SET released = 0")
    base.tidy("touches", "targets", "plan_hours", "campaigns")


def idle(base: Database, ticks: int) -> list[float]:
    """Milliseconds of ticks half an hour on that release nothing."""
    now = AT + timedelta(minutes=30)
    found = [1000 * seconds(lambda: pace(base.sessions, now)) for _ in range(ticks)]
    assert base.ask("SELECT count(*) FROM touches WHERE released_at > :at", at=AT) == 0
    return found


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Pace: the release of texts, and idle ticks.")
    parser.add_argument(
        "--targets", type=int, default=200_000, help="such as 1000000 (%(default)s)"
    )
    parser.add_argument("--texts", type=int, default=10_000, help="a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    texts: int = chosen.texts
    with database() as base:
        campaign = add_campaign(base, chosen.targets)
        base.run("CREATE TABLE bare (LIKE touches INCLUDING ALL)")

        def ours() -> float:
            take_back(base)
            released: list[int] = []
            took = seconds(lambda: released.append(release(base, campaign, Channel.TEXT, texts)))
            assert released == [texts] == [base.ask("SELECT count(*) FROM touches")]
            assert base.ask("SELECT sum(released) FROM plan_hours") == texts
            assert base.ask("SELECT count(DISTINCT voter_id) FROM touches") == texts
            return texts / took

        def yardstick() -> float:
            base.run("TRUNCATE bare")
            base.tidy("bare")
            binds = {"campaign": campaign, "now": AT, "later": AT + timedelta(hours=8)}
            took = seconds(lambda: base.run(_BARE, texts=texts, **binds))
            return texts / took

        found = compare(chosen.rounds, ours, yardstick)
        base.run("UPDATE plan_hours SET released = planned")
        done = idle(base, 21)
        base.run("UPDATE plan_hours SET released = 0")
        base.run(
            "UPDATE targets SET next_text_at = :later, next_call_at = :later",
            later=AT + timedelta(days=2),
        )
        base.tidy()
        dry = idle(base, 5)
    show(
        f"Pace: {texts:,} texts of {chosen.targets:,} targets",
        "rows/s",
        "release_some",
        "INSERT … SELECT, same indexes",
        found,
        f"{1 / MOST_TIMES:.2f}",
    )
    for what, ticks in (("nothing wanted", done), ("every target rests", dry)):
        print(
            f"  {'idle tick, ' + what:46} {statistics.median(ticks):10.1f} ms"
            f"   ({min(ticks):.1f} to {max(ticks):.1f}; bar to come {IDLE_MS})"
        )


if __name__ == "__main__":
    main()
