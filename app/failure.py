"""What is written down of work that failed: the kind of the error, its cause's and its place."""

import structlog

from app.config import ROOT

log = structlog.get_logger()


def log_error(event: str, error: BaseException, **facts: object) -> None:
    """Write down the kind of an error, its cause's if it has one (of what SQLAlchemy raises: what
    the server said), and its place, the last in our own code. Not its text, which can hold people's
    data."""
    if error.__cause__ is not None:
        facts["cause"] = type(error.__cause__).__name__
    where, step = "", error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if not where or (file.startswith(str(ROOT)) and "site-packages" not in file):
            where = f"{file}:{step.tb_lineno}"
        step = step.tb_next
    log.error(event, error=type(error).__name__, where=where, **facts)
