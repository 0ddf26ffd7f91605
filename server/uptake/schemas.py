"""The API of recipients: what they send, and what they are answered."""

from marshmallow import fields, validate

from server.core.schemas import Input, Schema, choice, length
from server.core.text import CleanText
from server.uptake.rules import LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS, ItemState


class ItemMoveInput(Input):
    """What became of an item."""

    id = fields.UUID(required=True)
    state = fields.Enum(ItemState, by_value=True, required=True)
    by = CleanText(load_default="", validate=length(LONGEST_NAME))
    outcome = CleanText(load_default="", validate=length(LONGEST_TEXT))


class AcknowledgementInput(Input):
    """Who took a parcel over, and, now or later, what became of its items."""

    by = CleanText(required=True, validate=length(LONGEST_NAME, 1))
    items = fields.List(
        fields.Nested(ItemMoveInput),
        load_default=list,
        validate=validate.Length(0, MOST_ITEMS, error=f"每次最多 {MOST_ITEMS} 项。"),
    )


class ItemStateSchema(Schema):
    """An item as it stands."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=choice(*ItemState))
    taken_by = fields.String(required=True)
    outcome = fields.String(required=True)


class ParcelStateSchema(Schema):
    """A parcel as it stands."""

    id = fields.UUID(required=True)
    quarter = fields.String(required=True)
    digest = fields.String(required=True)
    acknowledged_at = fields.DateTime(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True)
    items = fields.List(fields.Nested(ItemStateSchema), required=True)


class SignedParcelSchema(Schema):
    """A parcel's signed file."""

    document = fields.Dict(keys=fields.String(), required=True)
    digest = fields.String(required=True)
    signature = fields.String(required=True, metadata={"description": "Ed25519, base64"})
    key = fields.String(required=True, metadata={"description": "the verifier key of /log/key"})
