"""Plans: makes them, keeps them, sketches what a change would bring, applies advice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.account import Before, report_of
from app.domain.channel import Channel
from app.domain.draft import Draft, draw_up
from app.domain.ramp import RampRule
from app.domain.report import Report
from app.domain.situation import Situation
from app.domain.whole import Hours
from app.services.blast_loads import BlastLoads, loads_of
from app.services.carry_out import carry_out
from app.services.closing import polls_have_closed
from app.services.ramps import check_ramps
from app.services.refusal import NothingLeft
from app.services.refusal import PlanRefused as PlanRefused
from app.services.situations import situation_of
from app.store.campaigns import Campaign
from app.store.cells import cell_from_json, cell_to_json
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry
from app.store.plan_hours import hour_of, planned_hours, write_plan
from app.store.plan_inputs import WHY, digests
from app.store.plans import Plan, PlanState, forget_old, lock_state
from app.store.ramps import ramps_of as ramps_of
from app.store.ramps import write_ramps

KEPT = 100
"""So many plans of a campaign are kept; older ones go."""


@dataclass(frozen=True)
class Made:
    """A plan as it was made."""

    id: int
    made_at: datetime
    why: tuple[str, ...]
    solver: str
    seconds: float
    report: Report


def latest(session: Session, campaign_id: int) -> Made | None:
    """The plan in force; None before the first."""
    row = session.scalars(
        select(Plan).where(Plan.campaign_id == campaign_id).order_by(Plan.id.desc()).limit(1)
    ).first()
    return None if row is None else made_of(row)


def problems(session: Session, campaign_id: int) -> list[str]:
    """What the plan in force cannot keep, each in a sentence with its remedy; or why there is no
    newer one."""
    state, made = session.get(PlanState, campaign_id), latest(session, campaign_id)
    refused = [state.problem] if state is not None and state.problem else []
    shorts = made.report.shortfalls if made is not None else ()
    return [*refused, *(f"{short.words} {short.remedy}" for short in shorts)]


def made_of(row: Plan) -> Made:
    """A stored plan with its report."""
    report = Report.from_json(row.report)
    return Made(row.id, row.made_at, tuple(row.why), row.solver, row.seconds, report)


@dataclass(frozen=True)
class _Read:
    """What was read for a plan, in one look."""

    situation: Situation
    rests_on: dict[str, str]
    before: Before
    why: tuple[str, ...]


def make_plan(
    sessions: Sessions,
    campaign_id: int,
    *,
    now: datetime,
    wall: datetime,
    why: tuple[str, ...] = (),
    advice: bool = True,
) -> Report:
    """Makes the campaign's plan from now on, and stores it with its report; without `advice` in it
    where nobody reads it, since that takes twice as long as the plan.

    Reads, reckons without a transaction, then writes in one. Of two that are made at once the one
    that read later stays. Raises PlanRefused for inputs that no plan can be made of; what was in
    force then stays in force, and the refusal is kept for the pages.
    """
    began = perf_counter()
    with sessions.begin() as session:
        # First of all: what changes from here on differs from them, and brings another plan.
        rests_on = _digests(session, campaign_id, now)
    try:
        with sessions.begin() as session:
            read = _read(session, campaign_id, now, rests_on)
        draft = draw_up(read.situation)
        report = report_of(draft, read.before, advice=advice)
    except ValueError as error:
        refused = error if isinstance(error, PlanRefused) else PlanRefused({"ramps": str(error)})
        _note_problem(sessions, campaign_id, refused, rests_on, wall=wall)
        raise refused from error
    report = replace(report, seconds=round(perf_counter() - began, 3))
    _store(sessions, campaign_id, read, draft, report, why=why or read.why, wall=wall)
    return report


def _read(session: Session, campaign_id: int, now: datetime, rests_on: dict[str, str]) -> _Read:
    state = session.get(PlanState, campaign_id)
    situation = situation_of(session, campaign_id, now=now)
    if situation.closes_at <= now:
        raise NothingLeft
    if not situation.ramps:
        raise PlanRefused({"ramps": "There is no ramp yet. Draw one for at least one channel."})
    planned = {channel: planned_hours(session, campaign_id, channel) for channel in Channel}
    hour = hour_of(now)
    past = {c: {at: n for at, n in hours.items() if at < hour} for c, hours in planned.items()}
    ahead = {c: {at: n for at, n in hours.items() if at >= hour} for c, hours in planned.items()}
    known = state is not None and state.planned_at is not None
    changed = _changed(state.rests_on if state else {}, rests_on)
    return _Read(
        situation,
        rests_on,
        Before(past, ahead if known else None, _blasts(session, campaign_id)),
        changed if known else ("the first plan",),
    )


def _blasts(session: Session, campaign_id: int) -> dict[Channel, dict[datetime, int]]:
    """What blasts were to send by the plan before: of hours that are gone nobody can tell later."""
    mine = select(Plan.report).where(Plan.campaign_id == campaign_id)
    report = session.scalars(mine.order_by(Plan.id.desc()).limit(1)).first() or {}
    found: dict[Channel, dict[datetime, int]] = {}
    for hour in report.get("coverage", ()):
        if hour.get("blasts"):  # which older reports do not have
            at = datetime.fromisoformat(hour["at"])
            found.setdefault(Channel(hour["channel"]), {})[at] = int(hour["blasts"])
    return found


def _digests(session: Session, campaign_id: int, now: datetime) -> dict[str, str]:
    zone = session.scalars(select(Campaign.zone).where(Campaign.id == campaign_id)).one()
    return digests(session, campaign_id, now.astimezone(ZoneInfo(zone)).date())


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(WHY[name] for name in now if before.get(name) != now[name] and name in WHY)


@patiently
def _store(
    sessions: Sessions,
    campaign_id: int,
    read: _Read,
    draft: Draft,
    report: Report,
    *,
    why: tuple[str, ...],
    wall: datetime,
) -> None:
    """Writes hours, report and what the plan rests on, unless a later look was written already."""
    now = read.situation.now
    with sessions.begin() as session:
        state = lock_state(session, campaign_id)
        if state.planned_on is not None and state.planned_on > wall:
            return
        for channel in Channel:
            wanted = dict(
                zip(draft.grid.hours, draft.wishes.by_hour.get(channel, ()), strict=False)
            )
            write_plan(
                session, campaign_id, channel, dict(draft.hours.get(channel, {})), now, wanted
            )
        session.add(
            Plan(
                campaign_id=campaign_id,
                made_at=now,
                why=list(why),
                solver=report.solver,
                seconds=report.seconds,
                report=report.to_json(),
                hours=_hours_json(draft.hours),
            )
        )
        state.rests_on = read.rests_on
        state.planned_at, state.planned_on, state.counted_from = now, wall, hour_of(now)
        state.problem = ""
        state.cells = [cell_to_json(cell) for cell in read.situation.cells]
        state.cells_at = now
        forget_old(session, campaign_id, KEPT)


def _hours_json(hours: Hours) -> dict[str, dict[str, int]]:
    return {
        channel.value: {at.isoformat(): count for at, count in planned.items()}
        for channel, planned in hours.items()
    }


def _note_problem(
    sessions: Sessions,
    campaign_id: int,
    refused: PlanRefused,
    rests_on: dict[str, str],
    *,
    wall: datetime,
) -> None:
    with sessions.begin() as session:
        state = lock_state(session, campaign_id)
        if state.planned_on is not None and state.planned_on > wall:
            return
        state.problem = "" if isinstance(refused, NothingLeft) else str(refused)
        state.rests_on, state.planned_on = rests_on, wall


def sketch(
    sessions: Sessions, campaign_id: int, ramps: Mapping[Channel, RampRule], *, now: datetime
) -> Report:
    """What the plan would be with these ramps: a coarser program on voters as last counted, and
    nothing is stored. Raises PlanRefused.
    """
    began = perf_counter()
    with sessions() as session:
        _check(session, campaign_id, ramps)
        state = session.get(PlanState, campaign_id)
        kept = tuple(map(cell_from_json, state.cells)) if state and state.cells_at else None  # type: ignore[arg-type]
        made = latest(session, campaign_id)
        situation = situation_of(
            session,
            campaign_id,
            now=now,
            cells=kept,
            ramps=ramps,
            blasts=loads_of(made.report) if made is not None else BlastLoads(),
        )
    if situation.closes_at <= now:
        raise NothingLeft
    try:
        report = report_of(draw_up(situation, coarse=True), Before(), advice=False)
    except ValueError as error:
        raise PlanRefused({"ramps": str(error)}) from error
    return replace(report, seconds=round(perf_counter() - began, 3))


def _check(session: Session, campaign_id: int, ramps: Mapping[Channel, RampRule]) -> None:
    campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id)).one()
    first = campaign.starts_at.astimezone(ZoneInfo(campaign.zone)).date()
    problems = check_ramps(ramps, first, campaign.polling_day)
    if problems:
        raise PlanRefused(problems)


def set_ramps(
    sessions: Sessions,
    campaign_id: int,
    ramps: Mapping[Channel, RampRule],
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> Report:
    """Stores the ramps and makes the plan anew; raises PlanRefused.

    A channel that is left out keeps no ramp, and nothing more is planned on it.
    """
    with sessions.begin() as session:
        _check(session, campaign_id, ramps)
        if polls_have_closed(session, campaign_id, now):
            raise NothingLeft
        before = ramps_of(session, campaign_id)
        write_ramps(session, campaign_id, ramps)
        changed = [c.value for c in Channel if before.get(c) != ramps.get(c)]
        _note(session, campaign_id, "ramp changed", {"channels": changed}, by=by, now=now)
    return make_plan(sessions, campaign_id, now=now, wall=wall, why=("the ramp changed",))


def _note(
    session: Session,
    campaign_id: int,
    action: str,
    details: dict[str, object],
    *,
    by: int | None,
    now: datetime,
) -> None:
    session.add(
        AuditEntry(
            at=now, user_id=by, action=action, subject=f"campaign:{campaign_id}", details=details
        )
    )


def apply_advice(
    sessions: Sessions,
    campaign_id: int,
    plan_id: int,
    place: int,
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> str:
    """Does what the advice at this place of a plan's list says and makes the plan anew.

    Returns what was done, in words. Raises PlanRefused when the plan is no longer in force or
    when only people can do it; done twice it is refused, since the first made a new plan.
    """
    with sessions.begin() as session:
        lock_state(session, campaign_id)
        made = latest(session, campaign_id)
        if made is None or made.id != plan_id:
            raise PlanRefused(
                {"plan": "The plan has changed meanwhile. Look at its advice again, then apply it."}
            )
        if not 0 <= place < len(made.report.advice):
            raise PlanRefused({"plan": "This advice is not on the list any more."})
        advice = made.report.advice[place]
        words = carry_out(session, campaign_id, advice)
        details: dict[str, object] = {"advice": advice.words, "plan": plan_id}
        _note(session, campaign_id, "advice applied", details, by=by, now=now)
        # Nobody applies a plan's advice twice: the plan ends here, whatever becomes of the next.
        session.add(_ended(session, plan_id))
    make_plan(sessions, campaign_id, now=now, wall=wall, why=(f"advice applied: {advice.words}",))
    return words


def _ended(session: Session, plan_id: int) -> Plan:
    """The plan without its advice."""
    row = session.scalars(select(Plan).where(Plan.id == plan_id)).one()
    row.report = {**row.report, "advice": []}
    return row
