"""What membership's API takes in and gives out."""

from marshmallow import fields

from server.core.schemas import Input, LocalMoment, Named, Schema, length
from server.core.text import CleanText

LONGEST_SEARCH = 50


class PersonSchema(Schema):
    """The person that a phone is bound to, as its owner sees it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    branch = fields.Nested(Named, required=True)
    post = fields.String(required=True)
    post_label = fields.String(required=True)
    groups = fields.List(fields.Nested(Named), required=True)


class MyPersonSchema(Schema):
    """The bound person, or none."""

    person = fields.Nested(PersonSchema, required=True, allow_none=True)


class BindingInput(Input):
    """A binding code, with or without dashes."""

    code = CleanText(required=True, validate=length(40, 1))


class PhoneBindingInput(Input):
    """The code of the button that asks for one's number."""

    phone_code = CleanText(required=True, validate=length(200, 1))


class RosterQuery(Schema):
    """What a roster is searched for."""

    q = CleanText(load_default="", validate=length(LONGEST_SEARCH))


class RosterItem(Schema):
    """A line of a roster."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    post_label = fields.String(required=True)
    groups = fields.List(fields.String(), required=True)
    bound = fields.Boolean(required=True)


class RosterSchema(Schema):
    """A branch's persons by pinyin."""

    items = fields.List(fields.Nested(RosterItem), required=True)


class BindingCodeSchema(Schema):
    """A binding code, shown this once."""

    code = fields.String(required=True)
    expires_at = LocalMoment(required=True)


class GroupsSchema(Schema):
    """The groups of persons."""

    items = fields.List(fields.Nested(Named), required=True)
