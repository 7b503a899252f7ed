"""Phases: stretches of a campaign with people who are tried first and a goal of their own."""

from enum import StrEnum


class PhaseKind(StrEnum):
    """What a phase is; stored by value."""

    EARLY_VOTE = "early_vote"  # early voting in person
    BALLOT_CHASE = "ballot_chase"  # mail ballots on their way
    ROUND = "round"  # a knock-up round of polling day
