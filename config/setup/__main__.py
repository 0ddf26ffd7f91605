"""Prepares the project's folder: `python3 config/setup run`, run by make.

Only the standard library; nothing is installed yet. This file and the messages in it must be
understood by old interpreters too, so that they can say that they are too old.
"""

import os
import shutil
import sys

OLDEST = (3, 11)
NEWER = ["python3.{}".format(minor) for minor in range(14, OLDEST[1] - 1, -1)]  # noqa: UP032


def use_new_enough_interpreter() -> None:
    """Go on in a Python that is new enough, or say that there is none."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        path = shutil.which(name)
        if path:
            os.execv(path, [path] + sys.argv)  # noqa: RUF005
    sys.exit("ronghe: Python 3.11 or later is needed, this is " + sys.version.split()[0])


if __name__ == "__main__":
    use_new_enough_interpreter()
    from preparation import main

    sys.exit(main(sys.argv[1:]))
