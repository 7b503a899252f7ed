"""What a reply leads to besides an answer: an opt-out, a ballot, a hand-over, answers kept."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.domain.channel import Channel
from app.domain.local import day_at
from app.services.conversations import Refusal, Refused, entry, in_hand, lock_target
from app.services.strike import strike_voters
from app.services.surveys import survey_of
from app.store import replies as stored
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.wishes import bury, opt_out

LONGEST_WHY = 300


@patiently
def done(
    sessions: Sessions,
    conversation_id: int,
    user_id: int,
    *,
    seen: int | None = None,
    now: datetime,
) -> None:
    """Nothing is to be answered in what came in up to `seen`. Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        stored.end(session, of, user_id, now, seen)
        session.add(entry(now, user_id, "conversation done", of.id))


@patiently
def wants_no_texts(
    sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime
) -> None:
    """Opts the address out, in the words that they wrote, and cancels what is pending to it.
    Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        lock_target(session, of)
        words = stored.last_words(session, of)
        opt_out(session, of.address, Channel.TEXT, source="reply", words=words, now=now)
        stored.end(session, of, user_id, now, None)
        session.add(entry(now, user_id, "opted out", of.id))


@patiently
def has_voted(sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime) -> None:
    """Records the ballot of whoever says so. Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        if of.voter_id is None:
            raise Refused(Refusal.GONE)
        day = session.scalars(
            select(Campaign.polling_day).where(Campaign.id == of.campaign_id)
        ).one()
        strike_voters(session, day, [of.voter_id], by=user_id, source="text", at=now)
        stored.end(session, of, user_id, now, None)
        session.add(entry(now, user_id, "ballot recorded", of.id))


@patiently
def wrong_number(sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime) -> None:
    """The number is another person's: nobody texts or calls it any more. Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        lock_target(session, of)
        for channel in (Channel.TEXT, Channel.CALL):
            bury(session, of.address, channel, "wrong number", now)
        stored.end(session, of, user_id, now, None)
        session.add(entry(now, user_id, "wrong number", of.id))


@patiently
def hand_over(
    sessions: Sessions,
    conversation_id: int,
    why: str,
    user_id: int,
    *,
    now: datetime,
) -> None:
    """Leaves it to an organizer, who sees it in the inbox with why. Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        stored.hand_over(session, of.id, user_id, " ".join(why.split())[:LONGEST_WHY], now)
        session.add(entry(now, user_id, "conversation handed over", of.id))


@patiently
def keep_answers(
    sessions: Sessions,
    conversation_id: int,
    user_id: int,
    given: Mapping[str, str],
    *,
    now: datetime,
) -> Mapping[str, str]:
    """Keeps what the voter answered to the survey, of which only questions and answers that there
    are count; returns what was kept. Raises Refused."""
    with sessions.begin() as session:
        of = in_hand(session, conversation_id, user_id)
        if of.voter_id is None:
            raise Refused(Refusal.GONE)
        survey = survey_of(session, of.campaign_id)
        kept = {
            one.key: given[one.key]
            for one in survey.questions
            if one.choice(given.get(one.key, "")) is not None
        }
        zone = session.get_one(Campaign, of.campaign_id).zone
        stored.answered(session, of.voter_id, kept, day_at(now, zone))
        return kept
