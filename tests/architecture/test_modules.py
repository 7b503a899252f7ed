"""Each module says in its first line what it is."""

import ast

from tests.architecture.tree import tracked
from tests.processes import ROOT

MODULES = [path for folder in ("app", "deploy", "benchmarks") for path in tracked(f"{folder}/*.py")]


def opens_with_a_sentence(source: str) -> bool:
    """Whether its docstring begins with one whole sentence."""
    words = ast.get_docstring(ast.parse(source))
    return bool(words) and str(words).splitlines()[0].rstrip(":")[-1:] in tuple(".…`’")


def test_each_module_opens_with_a_line_on_what_it_is() -> None:
    """All in one test: as many tests as modules would take longer to begin than to look."""
    assert MODULES
    wrong = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if not opens_with_a_sentence(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_a_module_without_such_a_line_is_told() -> None:
    assert opens_with_a_sentence('"""Whole."""')
    assert not opens_with_a_sentence("x = 1")
    assert not opens_with_a_sentence('"""Half of a\nsentence."""')
