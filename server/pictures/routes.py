"""The API of pictures: taking them in, showing them."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server.core import clock
from server.core.access import anyone, current_member_id, signed_in
from server.core.apidocs import refusals
from server.core.imaging import LARGEST_PHOTO
from server.core.limits import limited
from server.core.transaction import commits
from server.pictures import addresses, checks, queries, service
from server.pictures.rules import Purpose
from server.pictures.schemas import PictureInput, PictureSchema

pictures = APIBlueprint("pictures", __name__, url_prefix="/api/v1")


@pictures.post("/pictures")
@signed_in
@limited("upload")
@pictures.input(PictureInput, location="form_and_files")
@pictures.output(PictureSchema, 201)
@pictures.doc(responses=refusals(401, 413))
@commits
def upload(form_and_files_data: dict[str, Any]) -> Any:
    """Take in a picture; what it belongs to names it by its id."""
    data = form_and_files_data["file"].stream.read(LARGEST_PHOTO + 1)
    purpose = Purpose(form_and_files_data["purpose"])
    return service.store(data, purpose, current_member_id(), now=clock.now())


shown_pictures = APIBlueprint("shown_pictures", __name__, enable_openapi=False)


@shown_pictures.get("/pictures/<token>")
@anyone
@limited("read")
def show(token: str) -> Response:
    """Show a picture by the signed address that its readers are given."""
    picture = queries.shown_picture(addresses.picture_of(token))
    return Response(
        queries.read(picture.id),
        mimetype="image/jpeg",
        headers={"Cache-Control": "private, max-age=3600"},
    )


@shown_pictures.get("/pictures/check/<token>")
@anyone
@limited("read")
def picture_for_check(token: str) -> Response:
    """Give a picture to the content check, by a signed address that expires in an hour."""
    return Response(
        queries.read(checks.picture_of_link(token)),
        mimetype="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )
