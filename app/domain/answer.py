"""A survey answer of a list: which voter, what was asked, what they said, when."""

from datetime import date

from app.domain.cleaned import NONE, Clean, Cleaned
from app.domain.layout import Columns
from app.domain.listed import day_value, needed, row_cleaner, short, voter_id

ROW = ("source_id", "question", "answer", "answered_on")


def answer_cleaner(columns: Columns, today: date) -> Clean:
    """Cleans rows of answers into ROW; without a day `answered_on` is NULL."""

    def finish(values: dict[str, str]) -> Cleaned:
        return Cleaned(tuple(values[field] or NONE for field in ROW))

    return row_cleaner(
        columns,
        {
            "source_id": voter_id,
            "question": needed("no question", short("the question")),
            "answer": needed("no answer", short("the answer")),
            "answered_on": day_value("Answered on", columns, today),
        },
        finish,
    )
