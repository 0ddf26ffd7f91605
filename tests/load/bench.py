"""``make bench``: measure on a throw-away instance, one JSON line a figure.

``python -m tests.load.bench submissions`` measures one part alone, as do ``gatherings``,
``counts``, ``ledger``, ``board`` and ``imports``; ``imports=100000`` takes so many rows instead of
a million. The figures go to standard output, what happens meanwhile to standard error. A missed
target is a figure with ``"holds": false``; the exit code only tells whether everything could be
measured.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from server.supervisor.errors import StartError
from tests.load.board import Board, board_figures
from tests.load.client import LoadError
from tests.load.counting import Counting, counting_figures
from tests.load.floors import FloorError
from tests.load.gatherings import Gatherings
from tests.load.gatherings_report import gathering_figures
from tests.load.importing import ROWS, Importing, importing_figures
from tests.load.instance import Instance, describe_machine, throwaway_instance
from tests.load.ledger import Ledger, ledger_figures
from tests.load.measures import Bench
from tests.load.report import Figure, figures

STARTED = time.monotonic()


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stderr.write(f"{time.monotonic() - STARTED:5.0f} s  {line}\n")
    sys.stderr.flush()


PARTS: dict[str, Callable[[Instance], list[Figure]]] = {
    "submissions": lambda instance: list(figures(Bench(instance, say).run())),
    "gatherings": lambda instance: list(gathering_figures(Gatherings(instance, say).run())),
    "counts": lambda instance: list(counting_figures(Counting(instance, say).run())),
    "board": lambda instance: board_figures(Board(instance, say).run()),
    "ledger": lambda instance: list(ledger_figures(Ledger(instance, say).run())),
    "imports": lambda instance: list(importing_figures(Importing(instance, say, ROWS).run())),
}
# Its worker's memory is a figure, and must hold nothing of other jobs.
ALONE = "imports"


def main() -> int:
    """Measure and print; return 1 when something could not be measured."""
    wanted = sys.argv[1:] or list(PARTS)
    if few := next((one for one in wanted if one.startswith("imports=")), ""):
        rows = int(few.partition("=")[2])
        PARTS[few] = lambda instance: list(importing_figures(Importing(instance, say, rows).run()))
    if unknown := set(wanted) - PARTS.keys():
        say(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
        return 1
    if sys.platform != "linux":
        say("the benchmark reads CPU times from /proc: it runs on Linux only")
        return 1
    say(describe_machine())
    together = [part for part in wanted if not part.startswith(ALONE)]
    groups = [together, *([part] for part in wanted if part.startswith(ALONE))]
    try:
        measured = [figure for group in groups if group for figure in _measured(group)]
    except (StartError, FloorError, LoadError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return 1
    for figure in measured:
        sys.stdout.write(figure.line() + "\n")
    return 0


def _measured(parts: Sequence[str]) -> list[Figure]:
    """Measure some parts on one throw-away instance."""
    with (
        redirect_stdout(sys.stderr),
        tempfile.TemporaryDirectory(prefix="ronghe-bench-") as folder,
        throwaway_instance(Path(folder)) as instance,
        instance.app.app_context(),
    ):
        return [figure for part in parts for figure in PARTS[part](instance)]


if __name__ == "__main__":
    sys.exit(main())
