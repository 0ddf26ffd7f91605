"""What the desk's API tells of ratings: the one behind a case, and comments that are held."""

from marshmallow import fields, validate

from server.core.schemas import Schema


class CaseAnswerSchema(Schema):
    """A question's level; 0 is 不了解."""

    question = fields.String(required=True)
    level = fields.Integer(required=True, validate=validate.Range(0, 5))
    level_label = fields.String(required=True)


class CasePhotoSchema(Schema):
    """A picture of the rating; its address lives five minutes."""

    id = fields.UUID(required=True)
    address = fields.String(required=True)


class CaseRatingSchema(Schema):
    """The rating behind a case; ``standing`` false or ``withheld`` true: nothing else is told."""

    campaign = fields.String(required=True)
    channel_label = fields.String(required=True)
    standing = fields.Boolean(required=True)
    withheld = fields.Boolean(required=True)
    real_name = fields.Boolean(required=True)
    wish = fields.Boolean(required=True)
    level = fields.Integer(required=True, allow_none=True)
    level_label = fields.String(required=True)
    answers = fields.List(fields.Nested(CaseAnswerSchema), required=True)
    tags = fields.List(fields.String(), required=True)
    comment = fields.String(required=True, allow_none=True)
    comment_state_label = fields.String(required=True)
    photos = fields.List(fields.Nested(CasePhotoSchema), required=True)
    signed_by = fields.String(required=True, allow_none=True)


class CaseContactSchema(Schema):
    """How the rater wishes to be reached; the look is on record."""

    name = fields.String(required=True)
    phone = fields.String(required=True)


class HeldCommentSchema(Schema):
    """A comment that waits for a person; of an open survey without any level."""

    campaign_id = fields.Integer(required=True)
    evaluation_id = fields.UUID(required=True)
    campaign = fields.String(required=True)
    department = fields.String(required=True)
    comment = fields.String(required=True, allow_none=True)
    photos = fields.Integer(required=True)
    level_label = fields.String(required=True)


class HeldPageSchema(Schema):
    """A page of what is held."""

    items = fields.List(fields.Nested(HeldCommentSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
