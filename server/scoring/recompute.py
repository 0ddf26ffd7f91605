"""A published figure worked out again, from a file and nothing else: no database, no clock.

    {"scheme": {…}, "snapshot": {…}, "result": {…}}

``scheme`` is a scheme's document, ``snapshot`` as ``snapshot`` says; ``result`` may be left out.
The answer is the result's canonical bytes: the same file gives the same bytes on any machine.
"""

import json
from decimal import Context, localcontext
from typing import Any

from server.scoring import canonical
from server.scoring import snapshot as snapshots
from server.scoring.checks import check_scheme
from server.scoring.result import SchemeMismatchError, result
from server.scoring.scheme import build

KEYS = frozenset({"scheme", "snapshot", "result"})


class RecomputeError(ValueError):
    """The file can't be worked out, or its own result differs; the text says why."""


class DifferentResultError(RecomputeError):
    """The file's result is not what its snapshot and scheme give."""


def recompute(data: bytes) -> bytes:
    """Return the canonical result of a file's snapshot under its scheme.

    Raises:
        RecomputeError: no such file, a faulty scheme or snapshot, or one for another scheme.
        DifferentResultError: the file carries a result, and its bytes are not these.
    """
    # Whatever context the caller's thread works in: checks and weights are read in the usual one.
    with localcontext(Context()):
        return _answer(_read(data))


def _answer(content: dict[str, Any]) -> bytes:
    try:
        taken = snapshots.read(content["snapshot"])
    except snapshots.SnapshotError as error:
        raise RecomputeError(str(error)) from error
    # What was published under an earlier format's rules comes out again by them.
    faults = check_scheme(content["scheme"], most_x=taken.most_x)
    if faults:
        text = "\n".join(f"{fault.place}: {fault.message}" for fault in faults)
        raise RecomputeError(text)
    try:
        found = result(build(content["scheme"]), taken)
    except SchemeMismatchError as error:
        raise RecomputeError(str(error)) from error
    answer = canonical.encode(found)
    if "result" in content and canonical.encode(content["result"]) != answer:
        message = "the result in the file is not what its snapshot and scheme give"
        raise DifferentResultError(message)
    return answer


def _read(data: bytes) -> dict[str, Any]:
    try:
        # A float would be read as what it isn't; numbers with a point are kept as their text.
        content = json.loads(data, parse_float=str, parse_constant=str)
        # What UTF-8 can't hold is no text of ours.
        json.dumps(content, ensure_ascii=False).encode()
    except ValueError as error:
        message = f"no JSON: {error}"
        raise RecomputeError(message) from error
    if not isinstance(content, dict) or not {"scheme", "snapshot"} <= set(content) <= KEYS:
        message = "an object with scheme, snapshot and, if wanted, result"
        raise RecomputeError(message)
    return content
