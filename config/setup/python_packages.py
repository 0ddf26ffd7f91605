"""The virtual environment and the pinned Python packages in it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from steps import PROJECT, SetupError, environment, fingerprint, is_stamped, run

VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
_MADE_FOR = VENV / ".made-for.json"
_INSTALLED = VENV / ".installed"
_REQUIREMENTS = PROJECT / "requirements-dev.txt"
_CONSTRAINTS = PROJECT / "config" / "constraints.txt"


def prepare_python() -> None:
    """Make .venv, again when it was made by another interpreter or in another place; fill it."""
    wanted = {
        "interpreter": str(Path(sys.executable).resolve()),
        "version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "place": str(VENV),
    }
    if not _is_made_for(wanted):
        _make_venv()
        _MADE_FOR.write_text(json.dumps(wanted), encoding="utf-8")
    inputs = fingerprint([PROJECT / "requirements.txt", _REQUIREMENTS, _CONSTRAINTS])
    if not is_stamped(_INSTALLED, inputs):
        command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        command += ["-r", _REQUIREMENTS, "-c", _CONSTRAINTS]
        run("Installing Python packages (about a minute the first time)", command, environment())
        _INSTALLED.write_text(inputs, encoding="ascii")


def _is_made_for(wanted: dict[str, str]) -> bool:
    if not PYTHON.exists():
        return False
    try:
        return bool(json.loads(_MADE_FOR.read_text(encoding="utf-8")) == wanted)
    except (FileNotFoundError, ValueError):
        return _adopt(wanted)


def _adopt(wanted: dict[str, str]) -> bool:
    """Take over a .venv that somebody made by hand, if it fits."""
    question = "import sys; print(sys.prefix, '%d.%d' % sys.version_info[:2], sep='\\n')"
    answer = subprocess.run(
        [PYTHON, "-I", "-c", question], check=False, capture_output=True, text=True
    )
    fits = answer.stdout.splitlines() == [wanted["place"], wanted["version"]]
    if fits:
        _MADE_FOR.write_text(json.dumps(wanted), encoding="utf-8")
    return fits


def _make_venv() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            message = (
                f"this Python has no module {module}: install it (Debian: python3-venv),"
                " or name another Python, as in make run PYTHON=/path/to/python3"
            )
            raise SetupError(message)
    if VENV.is_symlink():
        # What it leads to is somebody else's, and would be emptied.
        VENV.unlink()
    run("Making .venv", [sys.executable, "-m", "venv", "--clear", VENV], environment())
