"""What phones send and are told of effects: links and ratings."""

from marshmallow import fields, validate

from server.core.schemas import Input, Schema, length
from server.core.text import CleanText
from server.frontline.rules import MOST_LINKS, LinkKind

ONE_TO_FIVE = "请选择满意程度。"


class LinksInput(Input):
    """Which links."""

    kind = fields.Enum(LinkKind, by_value=True, required=True)
    size = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, MOST_LINKS, error=f"每批 1 至 {MOST_LINKS} 个。"),
    )


class EffectSceneInput(Input):
    """What a scanned code says."""

    scene = CleanText(required=True, validate=length(64, 1))


class EffectInput(EffectSceneInput):
    """A rating."""

    level = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 5, error=ONE_TO_FIVE)
    )


class EffectSchema(Schema):
    """What may be told of an effect."""

    count = fields.Integer(required=True, allow_none=True)
    withheld = fields.Boolean(required=True)
    distribution = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, allow_none=True
    )
    smallest_group = fields.Integer(required=True)
    mine_may_share = fields.Boolean(required=True)


class PosterSchema(Schema):
    """A poster's scene, and where its picture is, relative to the site."""

    scene = fields.String(required=True)
    address = fields.String(required=True)


class CodeSchema(Schema):
    """A one-time code, and its web address."""

    code = fields.String(required=True)
    address = fields.String(required=True)


class LinksSchema(Schema):
    """Links as they are given out."""

    poster = fields.Nested(PosterSchema, required=True, allow_none=True)
    codes = fields.List(fields.Nested(CodeSchema), required=True)
    expires_on = fields.Date(required=True)


class RatedEntrySchema(Schema):
    """The matter that is rated."""

    branch = fields.String(required=True)
    place = fields.String(required=True)
    happened_on = fields.Date(required=True)
    problem = fields.String(required=True)
    measures = fields.String(required=True)
    came = fields.String(required=True)


class RatedSchema(Schema):
    """What a code asks about, and until when."""

    entry = fields.Nested(RatedEntrySchema, required=True)
    expires_on = fields.Date(required=True)


class ThanksSchema(Schema):
    """The answer to a rating: never the rating."""

    message = fields.String(required=True)
