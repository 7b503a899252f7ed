"""Lets a child of the demo end with the demo, however that ends: `python -m app.cli.demo_watch …`.

A supervisor that is killed cannot stop its children, so each child watches it.
"""

import os
import signal
import sys
import threading
import time

import psutil

SUPERVISOR_PID = "LASTMILE_SUPERVISOR_PID"
LOOK_SECONDS = 0.5
GRACE_SECONDS = 5.0


def end_with_supervisor() -> None:
    """End this process soon after the one named in LASTMILE_SUPERVISOR_PID; else do nothing."""
    pid = os.environ.get(SUPERVISOR_PID, "")
    if not pid.isdigit() or any(thread.name == SUPERVISOR_PID for thread in threading.enumerate()):
        return
    try:
        supervisor = psutil.Process(int(pid))
    except psutil.NoSuchProcess:
        sys.exit("the demo that started this has ended")
    threading.Thread(target=_watch, args=[supervisor], name=SUPERVISOR_PID, daemon=True).start()


def _watch(supervisor: psutil.Process) -> None:
    while _lives(supervisor):
        time.sleep(LOOK_SECONDS)
    _signal_all(signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    _signal_all(signal.SIGKILL)


def _signal_all(number: signal.Signals) -> None:
    """Signal this process and, if the demo gave it a group of its own, all that it started."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), number)
    else:
        os.kill(os.getpid(), number)


def _lives(supervisor: psutil.Process) -> bool:
    try:
        return supervisor.is_running() and supervisor.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    from app.cli import main

    end_with_supervisor()
    main(prog_name="lastmile")
