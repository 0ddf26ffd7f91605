"""Run the supervisor on the tiny project: run_tiny.py ROOT VAR. Everything else is environment."""

import sys
from dataclasses import replace
from pathlib import Path

from server.supervisor.__main__ import run
from server.supervisor.backoff import Backoff
from server.supervisor.settings import Commands, Settings

TINY = Commands(
    web_app="tiny_app:app",
    worker=("-m", "tiny_worker"),
    migrate=("-m", "tiny_migrate"),
    demo=("-m", "tiny_demo"),
)

if __name__ == "__main__":
    settings = replace(
        Settings.from_environment(),
        root=Path(sys.argv[1]),
        var=Path(sys.argv[2]),
        commands=TINY,
        backoff=Backoff(first=0.3, longest=5.0, forgotten_after=60.0),
    )
    sys.exit(run(settings))
