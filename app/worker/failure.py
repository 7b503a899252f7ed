"""What is written down of work that failed: the kind of the error and its place."""

import structlog

log = structlog.get_logger()


def log_error(event: str, error: Exception, **facts: object) -> None:
    """Write down the kind of an error and its place, not its text, which can hold people's data."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
    log.error(event, error=type(error).__name__, where=where, **facts)
