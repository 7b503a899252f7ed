"""The lists beside the voter file and its history: one module a kind, each with its loader."""

from app.services.lists import (
    answers,
    ballots,
    consents,
    do_not_contact,
    precincts,
    shifts,
    volunteers,
)
from app.services.loader import Loader

LOADERS: dict[str, Loader] = {
    "do_not_contact": do_not_contact.LOADER,
    "consents": consents.LOADER,
    "ballots": ballots.LOADER,
    "precincts": precincts.LOADER,
    "volunteers": volunteers.LOADER,
    "shifts": shifts.LOADER,
    "answers": answers.LOADER,
}
"""By the name of their kind (domain/kind.py)."""
