"""Print the path of a Chromium for the browser tests; with --install, get one if there is none.

Looks at $CHROMIUM, then for the usual names on the PATH, then where Playwright keeps its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGE_MANAGERS = {
    "apt-get": (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]),
    "dnf": (["dnf", "install", "-y", "chromium"],),
    "apk": (["apk", "add", "chromium"],),
}
ADVICE = (
    "The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium), "
    "or let Playwright fetch one: .venv/bin/playwright install --with-deps chromium, "
    "or name one: CHROMIUM=/path/to/chrome make test"
)


def find() -> Path | None:
    """The first Chromium that really starts, or None."""
    named = os.environ.get("CHROMIUM", "")
    found = (shutil.which(name) for name in (named, *NAMES) if name)
    candidates = [*(Path(path) for path in found if path), *of_playwright()]
    return next((path for path in candidates if starts(path)), None)


def of_playwright() -> list[Path]:
    """Where Playwright's own may be, the newest first."""
    home = Path.home()
    caches = [
        Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or home / ".cache" / "ms-playwright"),
        home / "Library" / "Caches" / "ms-playwright",
    ]
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
        "chromium_headless_shell-*/*/*headless*shell",
    )
    return [
        path for cache in caches for each in patterns for path in sorted(cache.glob(each))[::-1]
    ]


def starts(program: Path) -> bool:
    """Whether it says its version; a stub that only says where to get one fails."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install() -> None:
    """Get one by the system's package manager, else by Playwright's own command."""
    if os.geteuid() == 0:
        for program, commands in PACKAGE_MANAGERS.items():
            if shutil.which(program) and all(succeeds(command) for command in commands):
                return
    succeeds([sys.executable, "-m", "playwright", "install", "chromium"])


def succeeds(command: list[str]) -> bool:
    """Run it, say so, and whether it went well; what it said is shown if it did not."""
    print(f"chromium: {' '.join(command)} …", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        print("\n".join((done.stdout + done.stderr).splitlines()[-5:]), file=sys.stderr)
    return done.returncode == 0


def main() -> None:
    """Print the path, or say what to do and fail."""
    found = find()
    if found is None and "--install" in sys.argv[1:]:
        install()
        found = find()
    if found is None:
        sys.exit(ADVICE)
    print(found)


if __name__ == "__main__":
    main()
