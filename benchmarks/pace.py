"""Pace: a tick that releases 10,000 texts, against a bare INSERT … SELECT; and idle ticks.

    .venv/bin/python -m benchmarks.pace [--targets 200000] [--texts 10000] [--rounds 5]

Ours is `pace` when 10,000 texts are due: what is missing, candidates and facts, bar, words and
price, money, insert, in its own transactions. The yardstick inserts as many rows of targets and
voters by one statement into a table like touches, with its indexes and its foreign key; it finds
them by the index that has their order. An idle tick is `pace` when the plan wants nothing more, and
when it wants more but every target rests; then a tick a minute looks through them all. Last, a
release when nine of ten may get no text: the marks of store/reach_marks.py keep them out of the
search.
"""

import argparse
import statistics
from datetime import timedelta

from app.domain.channel import Channel
from app.services.pace import pace
from app.services.reach_marks import mark_reach
from benchmarks.bench import AT, Database, add_campaign, compare, database, seconds, show

MOST_TIMES = 3.0
IDLE_MS = 50
FEW = 0.1
"""Of all targets who may be texted, in the last measurement."""

_BARE = """
INSERT INTO bare (id, campaign_id, voter_id, household_id, channel, state, address, value, due_at,
                  expires_at, held, released_at)
SELECT t.voter_id, t.campaign_id, t.voter_id, t.household_id, 'text', 'ready', v.phone, t.value,
       :now, :later, 0.0079, :now
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_texts = '' AND t.arm = 'treated'
  AND t.voted_at IS NULL AND t.can_text
ORDER BY t.texts, t.value DESC, t.voter_id LIMIT :texts
"""

_TABLE = (
    "CREATE TABLE bare (LIKE touches INCLUDING ALL)",
    "ALTER TABLE bare ADD FOREIGN KEY (campaign_id, voter_id) "
    "REFERENCES targets (campaign_id, voter_id) ON DELETE CASCADE",
)

_DUE = """
UPDATE plan_hours SET released = 0,
       planned = CASE WHEN channel = 'text' AND hour_at = :hour THEN :texts ELSE 0 END
"""


def take_back(base: Database, texts: int) -> None:
    """As if nothing had been released yet, and so many texts were due."""
    base.run("DELETE FROM touches")
    base.run("UPDATE campaigns SET reserved = 0")
    base.run(_DUE, texts=texts, hour=AT)
    base.tidy("touches", "targets", "plan_hours", "campaigns")


def idle(base: Database, ticks: int) -> tuple[float, list[float]]:
    """Milliseconds of the first tick and of those after it, none of which releases anything."""
    now, dry = AT + timedelta(hours=1), {}
    found = [1000 * seconds(lambda: pace(base.sessions, now, dry)) for _ in range(ticks + 1)]
    assert base.ask("SELECT count(*) FROM touches WHERE released_at >= :at", at=now) == 0
    return found[0], found[1:]


def few(base: Database, campaign: int, texts: int, share: float) -> tuple[float, float, float]:
    """Seconds of a release when only a share of the targets consents to texts and has had one,
    without marks and with them, and of the marking itself."""
    base.run("DELETE FROM consents WHERE abs(hashtext(address)) % 1000 >= :k", k=1000 * share)
    base.run(
        "UPDATE targets SET texts = 1 FROM voters v JOIN consents c ON c.address = v.phone "
        "WHERE v.id = targets.voter_id AND campaign_id = :campaign",
        campaign=campaign,
    )
    now, took = AT + timedelta(hours=1), []
    for marked in (False, True):
        if marked:
            marking = seconds(lambda: _mark(base))
        take_back(base, texts)
        base.tidy("consents")
        took.append(seconds(lambda: pace(base.sessions, now)))
        assert base.ask("SELECT count(*) FROM touches") == texts
    return took[0], took[1], marking


def _mark(base: Database) -> None:
    while base.ask("SELECT count(*) FROM campaigns WHERE reach_marked_at IS NULL"):
        mark_reach(base.sessions, AT)


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Pace: the release of texts, and idle ticks.")
    parser.add_argument(
        "--targets", type=int, default=200_000, help="such as 1000000 (%(default)s)"
    )
    parser.add_argument("--texts", type=int, default=10_000, help="a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="0: idle ticks alone (%(default)s)")
    chosen = parser.parse_args()
    texts: int = chosen.texts
    with database() as base:
        campaign = add_campaign(base, chosen.targets)
        for statement in _TABLE:
            base.run(statement)

        def ours() -> float:
            take_back(base, texts)
            now, released = AT + timedelta(hours=1), []
            took = seconds(lambda: released.append(pace(base.sessions, now)[Channel.TEXT]))
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

        found = compare(chosen.rounds, ours, yardstick) if chosen.rounds else None
        take_back(base, 0)
        _, done = idle(base, 21)
        base.run(_DUE, texts=texts, hour=AT)
        base.run(
            "UPDATE targets SET next_text_at = :later, next_call_at = :later",
            later=AT + timedelta(days=2),
        )
        base.tidy()
        looking, dry = idle(base, 21)
        base.run("UPDATE targets SET next_text_at = NULL, next_call_at = NULL")
        bare, marked, marking = few(base, campaign, texts // 10, FEW)
    if found is not None:
        show(
            f"Pace: {texts:,} texts of {chosen.targets:,} targets",
            "rows/s",
            "pace",
            "INSERT … SELECT, same indexes and key",
            found,
            f"{1 / MOST_TIMES:.2f}",
        )
    print(f"  {'the tick a minute that looks for anybody':46} {looking:10.1f} ms")
    for what, ticks in (("nothing wanted", done), ("every target rests", dry)):
        print(
            f"  {'idle tick, ' + what:46} {statistics.median(ticks):10.1f} ms"
            f"   ({min(ticks):.1f} to {max(ticks):.1f}; bar {IDLE_MS})"
        )
    print(
        f"  {f'{texts // 10:,} texts when {1 - FEW:.0%} may get none':46} {1000 * marked:10.1f} ms"
        f"   (without marks {1000 * bare:,.1f} ms; to mark all {marking:.1f} s)"
    )


if __name__ == "__main__":
    main()
