"""Nothing in the tree depends on where it was written: no machine's paths, no index's host."""

import re
from pathlib import Path

from tests.architecture.tree import tracked
from tests.processes import ROOT

# In pieces, so that this file does not match itself.
HOSTS = [("py" + "pi", "org"), ("python" + "hosted", "org"), ("npm" + "js", "(?:org|com)")]
HERE = [str(place) for place in (ROOT, Path.home()) if len(place.parts) > 1]
"""Where this machine keeps the checkout and its user's files."""
PATTERN = re.compile(
    "|".join([r"\.".join(host) for host in HOSTS] + [f"{re.escape(place)}/" for place in HERE])
)


def found_in(path: Path) -> list[str]:
    """The lines that name a machine or an index; a file that is no text has none."""
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        return []
    name = path.relative_to(ROOT)
    return [f"{name}:{n}: {line[:120]}" for n, line in enumerate(lines, 1) if PATTERN.search(line)]


def test_no_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    assert [line for path in tracked() for line in found_in(path)] == []


def test_the_search_would_find_one(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.write_text("--index-url https://files." + ".".join(HOSTS[1]) + "/simple\n")
    assert PATTERN.search(planted.read_text())
