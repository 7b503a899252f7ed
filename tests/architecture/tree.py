"""What the tests of the tree look at: the files that git tracks."""

import subprocess
from pathlib import Path

from tests.processes import ROOT


def tracked(pattern: str = "*") -> list[Path]:
    """Every tracked file that matches, new ones included that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", pattern]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]
