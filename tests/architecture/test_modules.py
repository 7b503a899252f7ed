"""Each module says in its first line what it is."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import tracked
from tests.processes import ROOT

MODULES = [path for folder in ("app", "deploy", "benchmarks") for path in tracked(f"{folder}/*.py")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_module_opens_with_a_line_on_what_it_is(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text()))
    assert words, f"{path} has no docstring"
    assert words.splitlines()[0].rstrip(":")[-1] in ".…`’", f"{path}: one whole sentence first"
