"""The API of sources: batches signed by the system that sends them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import g, request

from server.core import clock
from server.core.access import anyone
from server.core.apidocs import needs_header, refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.core.web import MEGABYTE, takes
from server.sources import service
from server.sources.schemas import BatchInput, BatchSchema
from server.sources.service.batches import SIGNATURE

sources = APIBlueprint("sources", __name__, url_prefix="/api/v1/sources")

LARGEST_BATCH = 16 * MEGABYTE
ABOUT_SIGNATURE = (
    "HMAC-SHA-256 (hex) under the source's secret over Ronghe-Timestamp, a line break,"
    " Ronghe-Nonce, a line break, and the body as sent; both headers are needed too"
    " (docs/sources.md)"
)


def signed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a request in only if the source signed it just now, before its body is read."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        g.batch_nonce = service.verified(
            kwargs["source_id"], request.headers, request.get_data(), now=clock.now()
        )
        return view(*args, **kwargs)

    return checked


@sources.post("/<int:source_id>/batches")
@anyone
@takes(LARGEST_BATCH)
@limited("batch")
@signed
@sources.input(BatchInput)
@sources.output(BatchSchema, 201)
@sources.doc(
    responses=refusals(401, 409),
    extensions=needs_header(SIGNATURE, "^[0-9a-f]{64}$", ABOUT_SIGNATURE),
)
@commits
def take_batch(source_id: int, json_data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a signed batch of rows in; the same batch again is answered alike."""
    answer, is_new = service.take_batch(
        source_id,
        json_data["rows"],
        nonce=g.batch_nonce,
        body=request.get_data(),
        now=clock.now(),
    )
    return answer, 201 if is_new else 200
