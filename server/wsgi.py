"""What granian serves."""

import gc
import multiprocessing
import os
import threading

from server.application import create_app

# New objects, give or take, until the collector looks for cycles among them: Python's 700 are
# fewer than one request makes.
COLLECT_AFTER = 20_000


def _die_with_the_server() -> None:
    """End this process when granian's main process is gone.

    A killed granian leaves its workers answering on the port, out of anybody's control.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


if multiprocessing.parent_process() is not None:
    threading.Thread(target=_die_with_the_server, daemon=True).start()

app = create_app()

# What the application is made of stays for good: the collector need not look through its half a
# million objects again and again, nor after every few hundred new ones, most of which die with
# their request anyway.
gc.collect()
gc.freeze()
gc.set_threshold(COLLECT_AFTER)
