"""Runs the tests marked `everywhere` on each other CPython, from 3.10 on, that this machine has.

python scripts/elsewhere.py          every version that is found
python scripts/elsewhere.py 3.13     these alone

An environment for each lies in the cache folder, and is made anew when `tests/elsewhere.txt` changes. The version that
runs this is left out where none is named: it runs all of the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
NEEDS = HERE / "tests/elsewhere.txt"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pantile-elsewhere"
VERSIONS = [f"3.{minor}" for minor in range(10, 15)]


def main(wanted: list[str]) -> int:
    """Runs them all, says how it went, and fails if one did."""
    own = "{}.{}".format(*sys.version_info)
    found = {version: python for version in wanted or VERSIONS if (python := python_of(version))}
    if not wanted:
        found.pop(own, None)
    told = {version: ran(version, python) for version, python in found.items()}
    for version in wanted or VERSIONS:
        print(
            f"CPython {version}: {told.get(version) or ('runs all tests' if version == own else 'not on this machine')}"
        )
    return int(any(text.startswith("FAILED") for text in told.values()) or bool(set(wanted) - set(found)))


def python_of(version: str) -> str | None:
    """An interpreter of that version that works. Shims are there for versions that are not."""
    return next((str(path) for path in candidates(version) if works(path, version)), None)


def candidates(version: str) -> Iterator[Path]:
    """Where one may lie: on the path, and where pyenv and uv keep theirs."""
    yield from (Path(folder) / f"python{version}" for folder in os.get_exec_path())
    homes = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    homes.append(Path.home() / ".local/share/uv/python")
    for home in homes:
        yield from sorted(home.glob(f"*{version}.*/bin/python{version}"), reverse=True)


def works(path: Path, version: str) -> bool:
    """Whether it is there, begins, and can make an environment."""
    asked = "import ensurepip, sys, venv; print('{}.{}'.format(*sys.version_info))"
    if not os.access(path, os.X_OK):
        return False
    done = subprocess.run([path, "-c", asked], capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == version


def ran(version: str, python: str) -> str:
    """Runs the tests on it; how it went."""
    began = time.monotonic()
    home = CACHE / version
    if not is_made(home) and not made(home, python):
        return "FAILED to make its environment"
    tests = [home / "bin/python", "-m", "pytest", "-q", "-m", "everywhere", "--rootdir", HERE, "--timeout", "120"]
    more = {"PYTHONPATH": str(HERE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*tests, *files()], env={**os.environ, **more}, cwd=HERE)
    return f"{'FAILED' if done.returncode else 'ok'} ({time.monotonic() - began:.0f} s)"


def files() -> list[Path]:
    """The files that hold such tests: others import what is not in the environment."""
    return [path for path in sorted((HERE / "tests").glob("test_*.py")) if "mark.everywhere" in path.read_text()]


def is_made(home: Path) -> bool:
    """Whether its environment is there, with what the tests need now."""
    stamp = home / "needs.txt"
    return stamp.exists() and stamp.read_text() == NEEDS.read_text()


def made(home: Path, python: str) -> bool:
    """Makes the environment, of wheels alone."""
    shutil.rmtree(home, ignore_errors=True)
    pip = [home / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "-r", NEEDS]
    if any(subprocess.run(command).returncode for command in ([python, "-m", "venv", home], pip)):
        return False
    (home / "needs.txt").write_text(NEEDS.read_text())
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
