"""The smallest worker: it waits for the end."""

import os
import signal
import time
from pathlib import Path

if __name__ == "__main__":
    if Path(os.environ["VAR_DIR"], "worker-cannot-start").exists():
        raise RuntimeError
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:
        time.sleep(60)
