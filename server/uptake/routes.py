"""The API of recipients: they fetch parcels, acknowledge them and say what became of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import g, request

from server.core import clock
from server.core.access import anyone
from server.core.apidocs import needs_header, refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits
from server.core.web import MEGABYTE, takes
from server.uptake import queries, service
from server.uptake.models import Parcel
from server.uptake.schemas import AcknowledgementInput, ParcelStateSchema, SignedParcelSchema
from server.uptake.signing import SIGNATURE

uptake = APIBlueprint("uptake", __name__, url_prefix="/api/v1/uptake")

ABOUT_SIGNATURE = (
    "HMAC-SHA-256 (hex) under the recipient's secret over method, space, path, line break,"
    " Ronghe-Timestamp, line break, Ronghe-Nonce, line break, and the body as sent; both headers"
    " are needed too (docs/uptake.md)"
)


def signed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a request in only if the recipient signed it just now, before its body is read."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        g.recipient = service.verified(
            kwargs["recipient_id"],
            request.method,
            request.path,
            request.headers,
            request.get_data(),
            now=clock.now(),
        )
        return view(*args, **kwargs)

    return checked


@uptake.get("/recipients/<int:recipient_id>/parcels/<uuid:parcel_id>")
@anyone
@limited("batch")
@signed
@uptake.output(SignedParcelSchema)
@uptake.doc(
    responses=refusals(401, 404),
    extensions=needs_header(SIGNATURE, "^[0-9a-f]{64}$", ABOUT_SIGNATURE),
)
def fetch_parcel(recipient_id: int, parcel_id: UUID) -> dict[str, Any]:
    """Return a parcel's signed file to its recipient."""
    found = queries.parcel(parcel_id)
    if found.recipient_id != recipient_id:
        raise Refusal("parcel_unknown", 404)
    return service.file_of(found)


@uptake.post("/recipients/<int:recipient_id>/parcels/<uuid:parcel_id>/acknowledgements")
@anyone
@takes(MEGABYTE)
@limited("batch")
@signed
@uptake.input(AcknowledgementInput)
@uptake.output(ParcelStateSchema)
@uptake.doc(
    responses=refusals(401, 404),
    extensions=needs_header(SIGNATURE, "^[0-9a-f]{64}$", ABOUT_SIGNATURE),
)
@commits
def acknowledge_parcel(
    recipient_id: int, parcel_id: UUID, json_data: dict[str, Any]
) -> dict[str, Any]:
    """Acknowledge a parcel, and say what became of its items; safe to send again."""
    del recipient_id
    found = service.acknowledge(parcel_id, json_data, sender=g.recipient, now=clock.now())
    return _state(found)


def _state(parcel: Parcel) -> dict[str, Any]:
    return {
        "id": parcel.id,
        "quarter": parcel.quarter,
        "digest": parcel.digest.hex(),
        "acknowledged_at": parcel.acknowledged_at,
        "acknowledged_by": parcel.acknowledged_by,
        "items": queries.items(parcel.id),
    }
