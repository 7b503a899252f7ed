"""All benchmarks, one after the other, each in a process of its own: `make bench`."""

import subprocess
import sys

ALL = (
    *("import", "dispatch", "claims", "pace", "callbacks", "universes", "search", "plan"),
    *("takeover", "volunteers", "slow_line", "pages"),
)


def main() -> int:
    """Runs them; the number of those that failed. A figure below its bar is no failure."""
    failed = []
    for name in ALL:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
