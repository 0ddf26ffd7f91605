"""The pictures of activities, for who manages them: before their check has passed as well."""

from uuid import UUID

from flask import Response

from server.console.blueprint import console
from server.console.views.activities import manageable
from server.core.access import Role, requires
from server.core.errors import Refusal
from server.pictures import queries
from server.pictures.queries import Picture
from server.pictures.rules import Purpose


@console.get("/activities/pictures/<uuid:picture_id>")
@requires(Role.PARTY_STAFF)
def show_activity_picture(picture_id: UUID) -> Response:
    """Give a picture of an activity that the reader manages, or of a form that is not saved yet."""
    picture = queries.picture(picture_id)
    _require_reader(picture)
    return Response(queries.read(picture.id), mimetype="image/jpeg")


def _require_reader(picture: Picture) -> None:
    """Refuse a picture of another activity, of something else, or that a member uploads just now.

    What a form at a desk has stored belongs to nothing yet: its id, which nobody can guess, is
    known to that form alone.
    """
    if picture.purpose != Purpose.ACTIVITY:
        raise Refusal("not_found", 404)
    if picture.subject_id is not None:
        manageable(int(picture.subject_id))
    elif picture.uploaded_by is not None:
        raise Refusal("not_found", 404)
