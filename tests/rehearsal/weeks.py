"""Small campaigns drawn from a seed, and their final week played with everything going wrong."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app.config import Settings
from app.domain.channel import Channel
from app.domain.rehearsal import Fault
from app.domain.rest import final_from
from app.rehearsal.copy import PREPARED
from app.rehearsal.reckoning import Books, reckon
from app.rehearsal.week import Manner, Week
from app.rehearsal.world import REMEMBERED
from app.store.campaigns import Campaign, PlanHour, Script, Sender
from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine, make_sessions
from app.store.frames import load_frame
from app.store.messages import Consent
from app.store.migrate import upgrade
from app.store.people import User
from app.store.shifts import Shift
from app.store.sql import sql
from app.store.touches import Target
from tests import factories
from tests.factories import POLLING_DAY

PRICE = Decimal("0.0079")
BODY = "Hi {first_name}, vote {polling_day}. Reply STOP to end. Paid for by {organization}"
FINAL = datetime(2026, 10, 28, 0, 30, tzinfo=UTC)
"""Half past seven in the evening on the East coast, a week before the polls close."""

ALL = frozenset(Fault)
SETTINGS = Settings(_env_file=None)


def drawn(session: Session, seed: int) -> int:
    """A campaign with a few voters, all of it drawn from the seed; its id."""
    draw = Random(f"{seed}:campaign")
    campaign = factories.campaign(
        session,
        starts_at=FINAL - timedelta(days=7),
        voter_daily_cap=draw.choice([1, 1, 2, 3]),
        voter_total_cap=draw.choice([3, 3, 4, 8]),
        budget=draw.choice([Decimal("0.05"), Decimal("0.2"), Decimal(50)]),
        reserve_share=draw.choice([Decimal(0), Decimal("0.4")]),
    )
    _people(session, campaign, draw)
    _means(session, campaign, draw)
    _plan(session, campaign, draw)
    _hours(session, campaign, draw)
    _shifts(session, campaign, draw)
    session.flush()
    return campaign.id


def _hours(session: Session, campaign: Campaign, draw: Random) -> None:
    """Few hours on few days for most; else every open hour of the law."""
    changes: list[tuple[str, dict[str, str]]] = []
    if draw.random() < 0.93:
        opens = draw.choice([9, 12, 17])
        closes = opens + draw.choice([1, 1, 2])
        changes.append(("own_hours", {"opens": f"{opens:02}:00", "closes": f"{closes:02}:00"}))
    if draw.random() < 0.8:
        begins = FINAL + timedelta(hours=12)
        ends = begins + timedelta(days=draw.choice([2, 3, 4, 5]))
        dark = {"begins_at": begins.isoformat(), "ends_at": ends.isoformat(), "reason": "a truce"}
        changes.append(("blackout", dark))
    for kind, value in changes:
        session.execute(
            sql(
                "INSERT INTO rule_changes (campaign_id, kind, value, note, made_at) "
                "VALUES (:id, :kind, CAST(:value AS jsonb), 'drawn', :at)"
            ),
            {
                "id": campaign.id,
                "kind": kind,
                "value": json.dumps(value),
                "at": FINAL - timedelta(days=1),
            },
        )


def _people(session: Session, campaign: Campaign, draw: Random) -> None:
    drawn = [_person(draw, number) for number in range(1, draw.choice([1, 1, 2, 2, 3, 4]) + 1)]
    people = factories.voters(session, len(drawn), each=[one for one, *_ in drawn])
    for voter, (_, value, arm, consents) in zip(people, drawn, strict=True):
        session.add(
            Target(
                campaign_id=campaign.id,
                voter_id=voter.id,
                household_id=voter.household_id or voter.id,
                place=f"{voter.state}:{voter.zones}",
                value=value,
                arm=arm,
            )
        )
        if consents and voter.phone:
            session.add(
                Consent(
                    address=voter.phone,
                    channel="text",
                    basis="sign-up form",
                    source="test",
                    given_on=POLLING_DAY - timedelta(days=90),
                )
            )


def _person(draw: Random, number: int) -> tuple[dict[str, str | None], float, str, bool]:
    """The facts of a voter, their value and arm as a target, and whether they consent to texts."""
    west = draw.random() < 0.3
    phone = None if draw.random() < 0.1 else f"+1919555{number:04}"
    facts = {
        "state": "CA" if west else "NC",
        "zones": "America/Los_Angeles" if west else "America/New_York",
        "phone": phone,
        "email": None if draw.random() < 0.3 else f"voter{number}@example.org",
        "phone_kind": "landline" if draw.random() < 0.1 else "mobile",
    }
    value, arm = draw.random(), "holdout" if draw.random() < 0.1 else "treated"
    return facts, value, arm, phone is not None and draw.random() < 0.85


def _means(session: Session, campaign: Campaign, draw: Random) -> None:
    session.add_all(
        [
            Script(campaign_id=campaign.id, channel=Channel.TEXT, body=BODY),
            Script(campaign_id=campaign.id, channel=Channel.EMAIL, subject="Vote", body=BODY),
        ]
    )
    for number in range(draw.choice([1, 2, 3])):
        session.add(
            Sender(
                campaign_id=campaign.id,
                channel=Channel.TEXT,
                name=f"Texts {number}",
                address=f"+1919555{9000 + number}",
                per_second=draw.choice([1, 3, 40]),
                price=PRICE,
            )
        )
    session.add(
        Sender(
            campaign_id=campaign.id,
            channel=Channel.EMAIL,
            name="Mail",
            address="ana@rivera.example",
            per_second=10,
        )
    )


def _plan(session: Session, campaign: Campaign, draw: Random) -> None:
    often = draw.choice([0, 0, 0, 0.03])  # without a plan the pulse alone keeps it going
    for channel in (Channel.TEXT, Channel.EMAIL):
        for hour in range(7 * 24):
            if draw.random() < often:
                at = FINAL.replace(minute=0) + timedelta(hours=hour)
                session.add(
                    PlanHour(
                        campaign_id=campaign.id,
                        channel=channel,
                        hour_at=at,
                        planned=draw.randint(1, 3),
                    )
                )


def _shifts(session: Session, campaign: Campaign, draw: Random) -> None:
    for number in range(draw.choice([0, 1, 2])):
        user = User(
            email=f"v{number}@example.org",
            name=f"V{number}",
            fs_uniquifier=f"{number}",
            campaign_id=campaign.id,
        )
        session.add(user)
        session.flush()
        starts = FINAL + timedelta(days=draw.randint(0, 5), hours=draw.choice([16, 18, 21]))
        session.add(
            Shift(
                campaign_id=campaign.id,
                user_id=user.id,
                channel=Channel.CALL,
                starts_at=starts,
                ends_at=starts + timedelta(hours=3),
                created_at=FINAL - timedelta(days=3),
            )
        )


@cache
def _unasked(url: str) -> Engine:
    """An engine that does not ask a connection whether it lives: half of the way to the server.

    Nor is a statement planned anew each time, which costs more than to go through four voters."""
    engine = make_engine(url.replace("+psycopg", "", 1), ping=False, prepared=PREPARED)
    event.listen(engine, "connect", _plans_once)
    return engine


def _plans_once(connection: psycopg.Connection, _: object) -> None:
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.commit()


LEFT_OUT = (
    *("plan", "learn rates"),  # a plan of the solver's takes longer than such a week
    *("mark phases", "blasts", "follow through", "price calls", "settle calls"),  # there are none
    *("choose voters", "next numbers"),  # no draft, and one number each
    "day reports",  # which nothing looks at
)
SELDOM = {
    "watch": 9 * 24 * 3600.0,  # but when it is quiet for long
    "measure senders": 3 * 24 * 3600.0,
}


def play(
    engine: Engine, seed: int, manner: Manner | None = None, scene: Sequence[str] = ()
) -> Week:
    """The week of the campaign that `seed` draws, in an empty database, played to its end.

    `scene` are statements that change what was drawn.
    """
    engine = _unasked(engine.url.render_as_string(hide_password=False))
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        campaign_id = drawn(session, seed)
        for statement in scene:
            session.execute(text(statement), {"final": FINAL})
    with sessions() as session:
        starts_at = final_from(load_frame(session, campaign_id).schedule) - timedelta(hours=2)
    manner = manner or Manner(faults=ALL, factor=Random(seed).choice([1.0, 3.0, 8.0]))
    week = Week(
        engine,
        campaign_id,
        seed,
        starts_at,
        replace(
            manner,
            left_out=LEFT_OUT,
            seldom=24 * 3600.0,
            rare=SELDOM | manner.rare,
            paces=900.0,
            paces_anyway=12 * 3600.0,
        ),
        settings=SETTINGS,
        price=PRICE,
    )
    before = Books(sessions, campaign_id)
    try:
        week.play()
        reckon(week, before)
    finally:
        week.close()
    return week


def main() -> None:
    """Plays one week again and tells all of it: python -m tests.rehearsal.weeks SEED."""
    seed = int(sys.argv[1])
    with TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), durable=False)
        engine = make_engine(server.start())
        upgrade(engine)
        week = play(engine, seed)
        engine.dispose()
        server.shut_down()
    print("\n".join(week.world.story(REMEMBERED)))
    for broken in week.promises.broken:
        print(broken.promise.name, broken.at, broken.what)
    sys.exit(1 if week.promises.broken else 0)


if __name__ == "__main__":
    main()
