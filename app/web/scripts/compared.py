"""Two versions of a script held against each other."""

from dataclasses import dataclass

from app.domain.difference import Part, difference
from app.store.scripts import Version
from app.web.scripts.form import survey_text


@dataclass(frozen=True)
class Compared:
    """Two versions held against each other."""

    subject: list[Part]
    body: list[Part]
    questions: list[Part]


def compared(old: Version, new: Version) -> Compared:
    """What differs in subject, body and questions."""
    return Compared(
        difference(old.subject, new.subject),
        difference(old.body, new.body),
        difference(survey_text(old.survey or []), survey_text(new.survey or [])),
    )
