"""Files that people hand in: received, mapped, checked, imported by a worker, canceled."""

import re
import shutil
from collections.abc import Mapping as Facts
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.layout import Layout, layout_from, load_layout
from app.services.import_file import Job, Summary, Tell, carry_out
from app.services.import_watch import Canceled, Lost
from app.services.loader import Setting
from app.services.rejects import ImportRefused
from app.store import import_runs
from app.store.engine import Sessions
from app.store.import_runs import Claimed
from app.store.imports import ENDED, ImportRun, Mapping
from app.store.people import AuditEntry

BLOCK = 1024 * 1024
KEPT = timedelta(days=7)
"""How long an uploaded file waits for its owner before it goes."""

MENDABLE = ("draft", "checked", "failed")
"""States in which the kind, the mapping and the options may still be chosen."""


def receive(
    sessions: Sessions, uploads: Path, stream: BinaryIO, filename: str, *, by: int, at: datetime
) -> int:
    """Store a file that is sent, block by block, and open a run for it; the run's id.

    Raises ImportRefused if the disk takes no more; nothing of the file is left then.
    """
    name = _file_name(filename)
    stored_as = f"{uuid4().hex}{Path(name).suffix[:10]}"
    path = uploads / stored_as
    try:
        uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("xb") as file:
            shutil.copyfileobj(stream, file, BLOCK)
            size = file.tell()
        if not size:
            raise ImportRefused(f"{name} is empty")
        with sessions.begin() as session:
            return import_runs.begin(
                session.connection(),
                filename=name,
                stored_as=stored_as,
                size=size,
                layout="",
                state="draft",
                started_at=at,
                created_by=by,
            )
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ImportRefused(
            f"{name} could not be stored ({error.strerror or error}); "
            "ask whoever runs the server to make room, then send it again"
        ) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _file_name(name: str) -> str:
    """The last part of a path, without what no name holds."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(mark for mark in last if mark.isprintable()).strip()[:200] or "file"


def choose(
    sessions: Sessions,
    run_id: int,
    *,
    kind: str,
    layout: str,
    mapping: Facts[str, Any] | None = None,
    options: Facts[str, Any] | None = None,
) -> bool:
    """Say what a file is: a shipped or saved layout by name, or a mapping of its own under one.

    False if the run is past that. Raises WrongLayout for a mapping that says nothing sensible.
    """
    if mapping:
        layout_from(mapping, layout)
    with sessions.begin() as session:
        return import_runs.move(
            session.connection(),
            run_id,
            MENDABLE,
            "draft",
            kind=kind,
            layout=layout,
            mapping=dict(mapping or {}),
            options=dict(options or {}),
            message="",
            counts={},
            notes=[],
        )


def start(sessions: Sessions, run_id: int, *, check: bool, by: int | None, at: datetime) -> bool:
    """Hand a run to the workers, for a dry run or for good; False if it is on its way already."""
    froms = MENDABLE if check else (*MENDABLE, "check_queued")
    fresh = {"bytes_read": 0, "rows_read": 0, "tries": 0, "message": "", "cancel_asked": False}
    with sessions.begin() as session:
        moved = import_runs.move(
            session.connection(),
            run_id,
            froms,
            "check_queued" if check else "queued",
            ended_at=None,
            **fresh,
        )
        if moved and not check:
            session.add(
                AuditEntry(at=at, user_id=by, action="imported", subject=f"import {run_id}")
            )
        return moved


def cancel(sessions: Sessions, uploads: Path, run_id: int, *, at: datetime) -> str | None:
    """Cancel a run: at once if nobody works on it, else within seconds; its state, or None if it
    has ended already."""
    with sessions.begin() as session:
        state = import_runs.ask_to_cancel(session.connection(), run_id, at)
        run = session.get(ImportRun, run_id) if state == "canceled" else None
    if run is not None:
        _forget(uploads, run)
    return state


def note_rejects(sessions: Sessions, run_id: int, *, rows: int, by: int, at: datetime) -> None:
    """Write down who takes the rejected rows of a run away: they are of voters, as they were read.
    Before the first byte goes out, as every export."""
    details = {"kind": "rejects", "format": "csv", "rows": rows}
    with sessions.begin() as session:
        session.add(
            AuditEntry(
                at=at, user_id=by, action="exported", subject=f"import:{run_id}", details=details
            )
        )


def remember(
    sessions: Sessions,
    name: str,
    kind: str,
    facts: Facts[str, Any],
    *,
    by: int | None,
    at: datetime,
) -> None:
    """Keep a mapping under a name, in place of an older one of that name."""
    layout_from(facts, name)
    made = insert(Mapping).values(
        name=name, kind=kind, spec=dict(facts), created_by=by, created_at=at, used_at=at
    )
    with sessions.begin() as session:
        session.execute(
            made.on_conflict_do_update(
                index_elements=["name"],
                set_={"kind": kind, "spec": made.excluded.spec, "used_at": at},
            )
        )


def saved_mappings(session: Session, kind: str | None = None) -> Sequence[Mapping]:
    """The mappings that were kept, the last used first."""
    query = select(Mapping).order_by(Mapping.used_at.desc(), Mapping.name)
    return session.scalars(query.where(Mapping.kind == kind) if kind else query).all()


def layout_of(run: ImportRun) -> Layout:
    """The layout that a run was told to read its file by; raises WrongLayout."""
    if run.mapping:
        return layout_from(run.mapping, run.layout)
    return load_layout(run.layout)


def take(
    engine: Engine, uploads: Path, worker: str, *, at: datetime, wall: datetime
) -> Claimed | None:
    """Claim the next run whose file this machine sees; fails those that nobody can finish."""
    with engine.begin() as connection:
        import_runs.give_up(connection, at, wall)
        names = import_runs.waiting_files(connection, wall)
        seen = [name for name in names if (uploads / name).is_file()]
        return import_runs.take(connection, worker, seen, wall) if seen else None


def work(
    sessions: Sessions,
    engine: Engine,
    uploads: Path,
    run_id: int,
    worker: str,
    clock: Any,
    country: str,
) -> None:
    """Carry a claimed run out, to its end."""
    with sessions() as session:
        run = session.get(ImportRun, run_id)
    if run is None or run.worker != worker:
        return
    with suppress(ImportRefused, Canceled, Lost):  # the run says so
        job = _job(run, uploads, worker, country, at=clock.now(), wall=clock.wall())
        carry_out(engine, job, clock.wall)
    with sessions() as session:
        after = session.get(ImportRun, run_id)
    if after is not None and after.state in ("done", "canceled"):
        _forget(uploads, after)


def _job(
    run: ImportRun, uploads: Path, worker: str, country: str, *, at: datetime, wall: datetime
) -> Job:
    layout = layout_of(run)
    country = str(run.options.get("country") or layout.country or country)
    setting = Setting(
        source=str(run.options.get("source") or layout.source),
        country=country,
        at=at,
        wall=wall,
        by=run.created_by,
        options=run.options,
    )
    return Job(
        run.id,
        worker,
        uploads / run.stored_as,
        run.filename,
        layout,
        setting,
        check=run.state == "checking",
    )


def bring_in(
    engine: Engine,
    path: Path,
    layout: Layout,
    setting: Setting,
    wall: Any,
    *,
    worker: str,
    check: bool = False,
    rejects_to: Path | None = None,
    tell: Tell | None = None,
) -> Summary:
    """Bring a local file in at once, as the command line does; raises ImportRefused."""
    with engine.begin() as connection:
        import_runs.give_up(connection, setting.at, setting.wall)
        run_id = import_runs.begin(
            connection,
            kind=layout.kind,
            filename=path.name,
            layout=layout.name,
            options=dict(setting.options),
            state="checking" if check else "running",
            started_at=setting.at,
            created_by=setting.by,
            worker=worker,
            lease_until=setting.wall + import_runs.LEASE,
            tries=1,
        )
    job = Job(run_id, worker, path, path.name, layout, setting, check, rejects_to)
    return carry_out(engine, job, wall, tell)


def tidy(sessions: Sessions, uploads: Path, *, at: datetime, wall: datetime) -> int:
    """Delete uploaded files that no run wants any more, and those nobody came back to; how many."""
    if not uploads.is_dir():
        return 0
    with sessions() as session:
        runs = session.execute(
            select(ImportRun.stored_as, ImportRun.state, ImportRun.started_at).where(
                ImportRun.stored_as != ""
            )
        ).all()
    wanted = {
        run.stored_as
        for run in runs
        if run.state not in ENDED or (run.state == "failed" and run.started_at > at - KEPT)
    }
    old = (wall - timedelta(hours=1)).timestamp()  # an upload has a file before it has a run
    gone = 0
    for path in uploads.iterdir():
        if path.name not in wanted and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _forget(uploads: Path, run: ImportRun) -> None:
    if run.stored_as:
        with suppress(OSError):
            (uploads / run.stored_as).unlink(missing_ok=True)
