"""Build .venv from the locks: `python bootstrap.py run` for the program, `test` for its tests.

Runs on the system's Python with nothing installed. What it did is written down beside it as a
stamp, so that the next run sees at a glance that nothing is to be done.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "lastmile-stamp"
REQUIREMENTS = ROOT / "requirements"


class CannotBuild(Exception):
    """The environment cannot be built; the text says in one line what to do."""


def main() -> None:
    """Build what is missing, or say in one line why that is impossible."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    if is_done(purpose):
        return
    try:
        with (ROOT / "requirements" / "tool.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two builds at once would trip over each other
            if not is_done(purpose):
                build(purpose)
    except CannotBuild as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(in_one_line(problem))
    except subprocess.CalledProcessError as problem:
        sys.exit(f"{' '.join(map(str, problem.cmd))} failed; is the disk full? {free_space()}")
    except KeyboardInterrupt:
        sys.exit("Stopped; the next run goes on from here.")


def fingerprint(purpose: str) -> str:
    """Changes with whatever the environment is built from."""
    digest = hashlib.sha256()
    parts = (REQUIREMENTS / f"{purpose}.lock", REQUIREMENTS / "tool.lock", ROOT / "pyproject.toml")
    for path in parts:
        digest.update(path.read_bytes())
    return f"{purpose} {digest.hexdigest()}"


def stamps() -> list[str]:
    """What the environment was built for."""
    return STAMP.read_text().splitlines() if STAMP.exists() else []


def is_done(purpose: str) -> bool:
    """Whether the environment is as the locks say, for this purpose or for more."""
    wanted = {fingerprint(purpose), fingerprint("test")}
    return (VENV / "bin" / "lastmile").exists() and is_at_home() and not wanted.isdisjoint(stamps())


def is_at_home() -> bool:
    """Whether the environment was made here; its scripts point nowhere once it is moved."""
    return str(ROOT) in stamps()


def build(purpose: str) -> None:
    """Make .venv if need be, and install what the lock for `purpose` says."""
    began = time.monotonic()
    adds_tests = purpose == "test" and is_done("run")
    if not (runs(PYTHON) and is_at_home()):
        make_venv()
    say(f"installing what requirements/{purpose}.lock says …")
    install_tools()
    if adds_tests:  # a demo may be running from it: add, remove nothing
        install_locked(purpose, ["pip", "install"])
    else:
        install_locked(purpose, ["pip", "sync"])
        install_project()
    compile_program()
    built_for = {fingerprint(purpose), fingerprint("run")}
    STAMP.write_text("\n".join([str(ROOT), *sorted(built_for)]) + "\n")
    say(f"ready in {time.monotonic() - began:.0f} s")


def make_venv() -> None:
    """Create .venv with this Python."""
    try:
        import ensurepip  # noqa: F401 some distributions split it off
        import venv
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotBuild(
            f"This Python {version} comes without venv; install it: "
            f"apt-get install python{version}-venv (Debian, Ubuntu), or use a Python that has it: "
            "make PYTHON=/path/to/python3"
        ) from None
    say(f"creating .venv with Python {sys.version.split()[0]} …")
    shutil.rmtree(VENV, ignore_errors=True)
    venv.EnvBuilder(with_pip=True, symlinks=True, clear=True).create(VENV)
    STAMP.write_text(f"{ROOT}\n")


def install_tools() -> None:
    """Install the installer, and what builds packages that come as source; by pip."""
    pip("install", "--require-hashes", "--no-deps", "-r", str(REQUIREMENTS / "tool.lock"))


def install_locked(purpose: str, command: list[str]) -> None:
    """Install exactly what the lock says; by pip where uv does not reach the package index."""
    lock = str(REQUIREMENTS / f"{purpose}.lock")
    options = ["--require-hashes", "--no-build-isolation"]
    uv = [str(VENV / "bin" / "uv"), *command, *options, "--quiet", "--python", str(PYTHON)]
    if not succeeds([*uv, *(["-r"] if "install" in command else []), lock]):
        say("uv could not (is the package index set for pip only?); trying pip, which is slower …")
        pip("install", *options, "--no-deps", "-r", lock)


def install_project() -> None:
    """Make `lastmile` a command of the environment; the code stays where it is."""
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    pip("install", *options, "--editable", str(ROOT))


def compile_program() -> None:
    """Compile what the program imports: its processes then start in half the time.

    Python keeps what it compiles by itself, but not where the environment forbids it, as that of
    many containers does.
    """
    imports = "import app.cli.demo, app.carrier.server, app.web.app, app.worker.process"
    allowed = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([str(PYTHON), "-c", imports], cwd=ROOT, env=allowed, check=False)


def pip(*arguments: str) -> None:
    """Run the environment's pip; what it says is shown only if it fails."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-python-version-warning"]
    done = subprocess.run(
        [str(PYTHON), "-m", "pip", arguments[0], *quiet, *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
    )
    if done.returncode != 0:
        if "No space left" in done.stderr:
            raise CannotBuild(in_one_line(OSError(errno.ENOSPC, "No space left on device")))
        raise CannotBuild(f"{done.stderr.strip()}\npip could not install; see above.")


def runs(program: Path) -> bool:
    """Whether `program` is there and starts; a removed Python leaves a .venv in ruins."""
    return succeeds([str(program), "--version"])


def succeeds(command: list[str]) -> bool:
    """Whether the command can be run and ends well; what it says is not shown."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def in_one_line(problem: OSError) -> str:
    """What the system refused, and what to do."""
    if isinstance(problem, PermissionError):
        return f"No permission to write {problem.filename or ROOT}; it has to be yours to write."
    if problem.errno == errno.ENOSPC:
        return f"The disk that holds {ROOT} is full; the environment needs 400 MB."
    return f"{problem.filename or ROOT}: {problem.strerror or problem}"


def free_space() -> str:
    """How much the disk still takes."""
    return f"{shutil.disk_usage(ROOT).free // 2**20} MB are free, 400 MB are needed."


def say(text: str) -> None:
    """One line of progress."""
    print(f"environment: {text}", flush=True)


if __name__ == "__main__":
    main()
