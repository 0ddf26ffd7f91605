"""What comes in and goes out about pictures."""

from apiflask.fields import File
from marshmallow import fields

from server.core.schemas import Input, Schema, choice
from server.pictures.rules import Purpose


class PictureInput(Input):
    """A picture's file, and what it is for."""

    file = File(  # type: ignore[no-untyped-call]
        required=True, error_messages={"required": "请选择图片。", "invalid": "请选择图片。"}
    )
    purpose = fields.String(required=True, validate=choice(*[one.value for one in Purpose]))


class PictureSchema(Schema):
    """A stored picture, to be named by what takes it up."""

    id = fields.UUID(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class ShownPictureSchema(Schema):
    """A picture as it is shown; ``address`` is null until its content check has passed."""

    id = fields.UUID(required=True)
    address = fields.String(required=True, allow_none=True)
