"""What one transaction asks for more than once is asked of the database once."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

Answer = TypeVar("Answer")
_INFO = "asked once"


def once(session: Session, key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask`, from the first time that it was asked under this key in the
    transaction. For what the transaction itself does not change; else `forget` it then."""
    answers = _answers(session)
    if key not in answers:
        answer = ask()
        answers = _answers(session)  # the question may have begun the transaction
        answers[key] = answer
    return cast("Answer", answers[key])


def know(session: Session, key: Hashable, answer: object) -> None:
    """Has `once` give this answer, which came with that to another question."""
    _answers(session)[key] = answer


def forget(session: Session) -> None:
    """Asks anew from here on."""
    session.info.pop(_INFO, None)


def _answers(session: Session) -> dict[Hashable, Any]:
    transaction = session.get_transaction()
    held: tuple[Any, dict[Hashable, Any]] | None = session.info.get(_INFO)
    if held is None or held[0] is not transaction:
        held = (transaction, {})
        session.info[_INFO] = held
    return held[1]
