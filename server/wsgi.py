"""What granian serves."""

import multiprocessing
import os
import threading

from server.application import create_app


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
