"""The worker process: heartbeat, scheduler, and a watch that ends it when its own ticks stop."""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.failure import log_error
from app.garbage import collect_seldom
from app.services.heartbeat import beat, sign_off
from app.wiring import Parts
from app.worker.doing import Doing
from app.worker.timetable import Job, Jobs

log = structlog.get_logger()

BEAT_SECONDS = 2.0
HUNG_SECONDS = 60.0
"""A tick this late means that the process hangs; its supervisor starts another."""
HUNG_EXIT = 70
LONG_ENOUGH = 1.0
"""A job that has run for so many seconds is told of with the beat."""
NOTIFY_SOCKET = "NOTIFY_SOCKET"
"""Where a supervisor wants to hear from us, as systemd has it: sd_notify(3), WATCHDOG=1."""


class Pulse:
    """When the scheduler last did anything, on the monotonic clock."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def felt(self) -> None:
        """The scheduler is alive now."""
        self.at = time.monotonic()

    def age(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self.at


class Bell:
    """Rings when one of these signals comes, at whatever moment that is.

    Python runs a handler between two of its instructions: that of a signal right before a wait
    runs only after the wait, which is never. The byte that comes with the signal is read at once.
    """

    def __init__(self, *numbers: signal.Signals) -> None:
        self._heard, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        for number in numbers:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._rung.fileno())

    def wait(self) -> None:
        """Return once it has rung."""
        self._heard.recv(1)


def careful(job: Job, doing: Doing, patience: float) -> Callable[[], None]:
    """The job, with an error written down instead of ending the schedule; the next tick retries."""

    def run() -> None:
        with doing.job(job.name, job.patience or patience):
            try:
                job.run()
            except Exception as error:
                log_error("job failed", error, job=job.name)

    return run


def run_worker(parts: Parts) -> None:
    """Runs until SIGTERM or SIGINT; then finishes what it holds and signs off."""
    level = logging.getLevelNamesMapping().get(parts.settings.log_level.upper(), logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    name = f"{socket.gethostname()}:{os.getpid()}"
    pulse, doing, ended = Pulse(), Doing(), Event()
    patience = parts.settings.job_patience_seconds

    def told_to_end() -> bool:
        doing.goes_on()  # a job that asks whether to end does not hang
        return ended.is_set()

    jobs = Jobs(parts, f"worker:{name}", told_to_end)
    scheduler = BackgroundScheduler(
        timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs.timetable()) + 1)}
    )

    def heart() -> None:
        parts.set_clock()
        wall = parts.clock.wall()
        job, seconds = doing.longest()
        if seconds >= LONG_ENOUGH:
            since = wall - timedelta(seconds=seconds)
            beat(parts.sessions, name, wall=wall, doing=job, doing_since=since)
        else:
            beat(parts.sessions, name, wall=wall)
        pulse.felt()

    for job in [Job("beat", BEAT_SECONDS, heart), *jobs.timetable()]:
        # Late runs are wanted: the grace is longer than any pause, and many late ones become one.
        scheduler.add_job(
            careful(job, doing, patience),
            "interval",
            seconds=job.seconds,
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=parts.clock.wall(),
        )
    bell = Bell(signal.SIGTERM, signal.SIGINT)
    notify("READY=1")
    Thread(target=_watch, args=(pulse, doing, ended), daemon=True, name="watch").start()
    collect_seldom()
    scheduler.start()
    log.info("worker started", name=name)
    bell.wait()
    ended.set()
    scheduler.shutdown(wait=True)
    jobs.close()
    sign_off(parts.sessions, name, wall=parts.clock.wall())
    log.info("worker ended", name=name)


def _watch(pulse: Pulse, doing: Doing, ended: Event) -> None:
    """Ends the process when its beats stop or a job hangs: a hung worker must not look alive.

    Tells a supervisor that it is there itself, for the case that the whole process stands still.
    """
    while not ended.wait(1):
        hung = doing.hung()
        if hung is not None:
            log.error("a job hangs; ending the worker", job=hung[0], seconds=round(hung[1]))
            os._exit(HUNG_EXIT)
        if pulse.age() > HUNG_SECONDS:
            log.error("worker hangs; ending it", seconds=round(pulse.age()))
            os._exit(HUNG_EXIT)
        notify("WATCHDOG=1")


def notify(state: str) -> None:
    """Says something to the supervisor that NOTIFY_SOCKET names, if there is one."""
    path = os.environ.get(NOTIFY_SOCKET, "")
    if not path:
        return
    # An abstract socket begins with a zero byte, which an environment writes as @.
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), address)
