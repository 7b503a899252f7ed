"""The locks say what pyproject.toml asks for, each version with its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
ASKED = {
    "run": [*PROJECT["project"]["dependencies"], *GROUPS["build"]],
    "test": [*PROJECT["project"]["dependencies"], *GROUPS["build"], *GROUPS["dev"]],
    "bench": GROUPS["bench"],
    "tool": [*GROUPS["build"], *GROUPS["tool"]],
}


def locked(purpose: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    text = (ROOT / "requirements" / f"{purpose}.lock").read_text()
    pairs = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("purpose", ASKED)
def test_each_dependency_is_locked_at_a_version_that_is_asked_for(purpose: str) -> None:
    versions = locked(purpose)
    for asked in map(Requirement, ASKED[purpose]):
        version = versions.get(canonicalize_name(asked.name))
        assert version, f"{asked.name} is not in requirements/{purpose}.lock: make lock"
        assert asked.specifier.contains(version, prereleases=True), f"{asked}: locked at {version}"


@pytest.mark.parametrize("purpose", ASKED)
def test_each_locked_version_has_hashes(purpose: str) -> None:
    path: Path = ROOT / "requirements" / f"{purpose}.lock"
    entries = path.read_text().replace("\\\n", " ").splitlines()
    unhashed = [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert unhashed == []


@pytest.mark.parametrize("other", ["test", "bench", "tool"])
def test_all_locks_agree_with_what_the_program_runs_on(other: str) -> None:
    program, others = locked("run"), locked(other)
    assert {name: others[name] for name in others.keys() & program.keys()} == {
        name: program[name] for name in others.keys() & program.keys()
    }


def test_the_tests_have_all_that_the_program_has() -> None:
    assert locked("run").keys() <= locked("test").keys()
