"""The smallest web application: it says which process answers and what it was told."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    told = {name: text for name, text in os.environ.items() if name.endswith(("_URL", "_DIR"))}
    return [json.dumps({"pid": os.getpid(), **told}).encode()]
