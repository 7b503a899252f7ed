"""The fleet: simulated workers, each with the real worker's jobs, killed and started again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.channels.port import HookPort, MailPort, TextPort
from app.channels.voice import VoicePort
from app.config import Settings
from app.domain.rehearsal import Fault
from app.domain.sender import AHEAD_SECONDS
from app.keys import signing_key
from app.rehearsal.carrier import Carrier, RehearsedHooks, RehearsedMails, RehearsedTexts
from app.rehearsal.gate import Crash, GatedSessions, Lent
from app.rehearsal.process import Process, Stage
from app.rehearsal.world import World, WorldClock
from app.store.engine import make_sessions
from app.wiring import Parts
from app.worker.timetable import Job, Jobs

RESTART = (2.0, 12.0)
"""Seconds until a supervisor has started another."""
NEVER = datetime.min.replace(tzinfo=UTC)
LEFT_OUT = frozenset(
    {
        "import files",
        "tidy uploads",
        "tidy",
        "rehearse",
        "count reports",
        "mark reach",
        "alerts",
        "book own prices",
        "ping",
        "shift notices",
        "tell volunteers",
    }
)
"""Jobs that start processes, look at files, count what a rehearsal tells by itself, mark what its
copy has marked, drop what is old, or would tell real people of what is not real."""


@dataclass(frozen=True)
class WorkerParts(Parts):
    """The parts of a simulated worker."""

    texts_port: TextPort
    mails_port: MailPort
    draws: Random
    world: World

    def texts(self) -> TextPort:
        """The simulated carrier."""
        return self.texts_port

    def mails(self) -> MailPort:
        """The simulated relay."""
        return self.mails_port

    def voice(self) -> VoicePort | None:
        """Nobody's phone rings."""
        return None

    def hooks(self) -> HookPort:
        """Nobody outside."""
        return RehearsedHooks()

    def new_id(self) -> UUID:
        """The same in every run of a seed."""
        return UUID(int=self.draws.getrandbits(128), version=4)

    def set_clock(self) -> None:
        """The database's time is the world's."""
        self.clock.tell(self.world.now)


class Worker:
    """One simulated worker."""

    def __init__(self, fleet: "Fleet", number: int) -> None:
        world = fleet.world
        self.process = Process(world, f"worker {number}", fleet.stage())
        off = timedelta(0)
        if world.chance.strikes(Fault.CLOCK_OFF, world.now):
            off = timedelta(minutes=world.chance.between(Fault.CLOCK_OFF, -9, 9))
            world.note(f"the clock of worker {number} is off by {off.total_seconds():.0f} s")
        gate = self.process.gate
        self.parts = WorkerParts(
            fleet.settings,
            fleet.engine,
            GatedSessions(fleet.sessions, gate, fleet.lent),
            WorldClock(world, off),
            RehearsedTexts(fleet.carrier, gate),
            RehearsedMails(fleet.carrier, gate),
            world.chance.stream("ids"),
            world,
        )
        self.told_to_end = False
        loop = self.process.stage.loop
        # Nobody reads the advice of a rehearsed plan.
        self.jobs = Jobs(
            self.parts,
            f"worker:{number}",
            lambda: self.told_to_end,
            loop,
            advice=False,
            ahead=fleet.ahead,
        )
        self.table = [job for job in self.jobs.timetable() if job.name not in fleet.left_out]


class Fleet:
    """So many workers at any time; who dies is replaced a little later."""

    def __init__(
        self,
        world: World,
        engine: Engine,
        lent: Lent,
        carrier: Carrier,
        settings: Settings,
        size: int,
        *,
        left_out: Collection[str] = (),
        seldom: float = 30.0,
        rare: dict[str, float] | None = None,
        frozen: int = 0,
        ahead: float = AHEAD_SECONDS,
    ) -> None:
        self.world, self.engine, self.carrier, self.lent = world, engine, carrier, lent
        self.ahead = ahead  # seconds of a sender's pace that go out at once
        # Else each worker that comes and goes reads the file of the key.
        key = SecretStr(signing_key(settings))
        self.settings = settings.model_copy(update={"secret_key": key})
        self.sessions = make_sessions(engine)
        self.left_out = LEFT_OUT | set(left_out)
        self.seldom, self.rare = seldom, rare or {}
        self.workers: list[Worker] = []
        self.patience = 1.0  # so many times as long waits what nothing calls for
        self.problems: list[str] = []  # errors that no job may raise
        self.troubled = False  # somebody died, stands still or could not do its work
        self._numbers = 0
        self._stages: list[Stage] = []  # that nobody is played on
        self._ran: dict[str, datetime] = {}
        self._draws = world.chance.stream("turns")
        for _ in range(size):
            self.start()
        self._stopped = self.workers[:frozen]
        for worker in self._stopped:
            worker.process.gate.stop_at_next()

    def stage(self) -> Stage:
        """One on which nobody is played."""
        return self._stages.pop() if self._stages else Stage()

    def start(self) -> None:
        """Starts one more worker."""
        self._numbers += 1
        self.workers.append(Worker(self, self._numbers))

    def replace(self) -> None:
        """All are told to end, as by a deploy, and as many others start."""
        self.world.note("a deploy")
        for worker in self.workers:
            worker.told_to_end = True
            self.world.later(self._draws.uniform(*RESTART), self.start)

    def last_run(self, job: str) -> datetime:
        """When a job was run last, by whomever."""
        return self._ran.get(job, NEVER)

    def turn(self, due: Collection[str], more: Callable[[], Collection[str]]) -> bool:
        """Lets who stands still go on if it is time, then one worker run the jobs of `due` and
        those whose time has come; once it has paced, `more` says what is due then. Returns whether
        anybody had anything to do."""
        before = self.world.noted
        self.troubled = False
        for worker in list(self.workers):
            worker.process.wake()
            self._see(worker)
        idle = [one for one in self.workers if one.process.idle and not one.told_to_end]
        if idle:
            worker, now = self._draws.choice(idle), self.world.now
            if any(self._is_time(job, now, job.name in due) for job in worker.table):
                worker.process.give(lambda: self._work(worker, set(due), more))
                self._see(worker)
        return self.world.noted != before

    @property
    def wakes_at(self) -> datetime | None:
        """When the next of those who stand still goes on."""
        return min(
            (one.process.wakes_at for one in self.workers if one.process.wakes_at is not None),
            default=None,
        )

    def end(self) -> None:
        """Ends all."""
        for worker in list(self.workers):
            self._end(worker)
        for stage in self._stages:
            stage.close()

    def _end(self, worker: Worker) -> None:
        self.workers.remove(worker)
        worker.process.end()
        self._stages.append(worker.process.stage)

    def _see(self, worker: Worker) -> None:
        """Buries the dead and those who were told to end; the dead are replaced."""
        failed = worker.process.failed
        if failed is not None:
            worker.process.failed = None
            self.problems.append(f"{worker.process.name}: {failed!r}")
        gone = not worker.process.alive
        self.troubled = self.troubled or gone or worker.process.wakes_at is not None
        if gone or (worker.told_to_end and worker.process.idle):
            self._end(worker)
            if gone and not worker.told_to_end:
                self.world.later(self._draws.uniform(*RESTART), self.start)

    def _work(self, worker: Worker, due: set[str], more: Callable[[], Collection[str]]) -> None:
        now = self.world.now
        worker.parts.set_clock()
        for job in worker.table:
            if self._is_time(job, now, job.name in due):
                self._ran[job.name] = now
                self._run(worker, job)
                if job.name == "pace":
                    due |= set(more())

    def _is_time(self, job: Job, now: datetime, due: bool) -> bool:
        if job.name in HOT and not due:
            return False
        wait = self.rare.get(job.name, 0.0 if due else max(job.seconds, self.seldom))
        wait *= 1.0 if due else self.patience
        ran = self._ran.get(job.name)
        return ran is None or (now - ran).total_seconds() >= wait or (due and job.name == "watch")

    def _run(self, worker: Worker, job: Job) -> None:
        """As the real worker runs a job: an error ends its run, not the schedule."""
        try:
            job.run()
        except Crash:
            raise
        except OperationalError:
            self.troubled = True
            self.world.note(f"{worker.process.name} could not {job.name}")
        except Exception as error:
            self.world.note(f"{worker.process.name} failed to {job.name}: {type(error).__name__}")
            self.problems.append(f"{job.name}: {error!r}")


HOT = frozenset(
    {
        "pace",
        "expire",
        "send texts",
        "send mails",
        "end leases",
        "look up texts",
        "look up mails",
        "book prices",
        "chase",
        "stay in line",
    }
)
"""Jobs that do nothing unless there is something to do, and which is asked for them all at once."""
