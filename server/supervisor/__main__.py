"""`python -m server.supervisor`: run the project in the foreground until Ctrl-C."""

import argparse
import os
import signal
import sys

from server.supervisor.console import complain
from server.supervisor.errors import StartError
from server.supervisor.orphan import when_orphaned
from server.supervisor.settings import Settings
from server.supervisor.supervise import supervise


def main() -> int:
    """Return the exit code: 0 after a stop that was asked for, 1 when the start failed."""
    parser = argparse.ArgumentParser(prog="python -m server.supervisor", description=__doc__)
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="stop when the program that started this one, make for instance, is killed",
    )
    if parser.parse_args().exit_with_parent:
        when_orphaned(lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        settings = Settings.from_environment()
    except StartError as error:
        complain(str(error))
        return 1
    return run(settings)


def run(settings: Settings) -> int:
    """Run until somebody asks to stop; return the exit code."""
    try:
        supervise(settings)
    except StartError as error:
        complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
