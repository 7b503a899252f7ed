"""What is written down of work that failed: the kind of the error and its place."""

import structlog

from app.config import ROOT

log = structlog.get_logger()


def log_error(event: str, error: BaseException, **facts: object) -> None:
    """Write down the kind of an error and its place, the last in our own code, not its text, which
    can hold people's data."""
    where, step = "", error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if not where or (file.startswith(str(ROOT)) and "site-packages" not in file):
            where = f"{file}:{step.tb_lineno}"
        step = step.tb_next
    log.error(event, error=type(error).__name__, where=where, **facts)
