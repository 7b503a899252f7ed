"""A plan, or a change to one, that cannot be."""

from collections.abc import Mapping


class PlanRefused(ValueError):
    """A change that makes no plan: which input, why, and what would make it feasible."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(problems.values()))


class NothingLeft(PlanRefused):
    """The polls have closed: there is nothing to plan any more, and nothing is wrong."""

    def __init__(self) -> None:
        super().__init__({"polling_day": "The polls have closed: nothing is left to plan."})
